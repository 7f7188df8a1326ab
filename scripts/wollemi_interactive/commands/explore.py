"""The work of `wollemi explore`: a page of an analysis with cuts as sliders."""

import json
import logging
import secrets
import sys
import traceback
import webbrowser
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click

from wollemi.commands.local_server import LocalRequests, LocalServer, send
from wollemi.commands.programs import analysis_file, results_folder, workflow_root
from wollemi.finished.event_run import inside_project
from wollemi.loading.stamps import Stamps, stamps
from wollemi.pages.pages import html_environment
from wollemi_interactive.explore.explorer import Explorer
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.syntax import ExpressionError

TEMPLATE = "explore.html.j2"
LONGEST_REQUEST = 100_000  # bytes
# Nothing from other origins, no other page around it, and no address that passes the token on.
POLICY = (
    "default-src 'none'; connect-src 'self'; img-src data:; style-src 'nonce-{0}'; "
    "script-src 'nonce-{0}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Values = Mapping[str, Any]


class ExploreServer(LocalServer):
    """Serves the page of `wollemi explore`.

    Args:
        explorer: Explorer that does the work of the page.
        path: Path of the analysis file.
        templates: Folder of the templates, `workflow/report`.
        port: Port to listen on; 0 for any free port.
    """

    def __init__(self, explorer: Explorer, path: Path, templates: Path, port: int = 0):
        super().__init__(_Requests, port)
        self.explorer, self._path, self._templates = explorer, path, templates
        self._known: Stamps = stamps(path)

    def page(self, nonce: str) -> str:
        """The page; the analysis is read again if one of its files has changed.

        Args:
            nonce: Nonce of the page's style and script.
        """
        if (now := stamps(self._path)) != self._known:
            self.explorer.reload()
            self._known = now
        files = [*(self._templates / "explore").iterdir(), self._templates / "parts/style.css"]
        template = html_environment(files).get_template(TEMPLATE)
        return template.render(**self.explorer.page(), nonce=nonce)

    def changing(self, work: Callable[[], Values]) -> Values:
        """Result of a change to the file, which the page has then already read.

        Raises:
            WollemiError: A file of the analysis was changed elsewhere.
        """
        if stamps(self._path) != self._known:
            problem = "has changed since the page read it"
            raise WollemiError(str(self._path), problem, "load the page again")
        answer = work()
        self._known = stamps(self._path)
        return answer

    def question(self, name: str) -> Callable[[Values], Values] | None:
        """Handler of a request that changes nothing; None for an unknown request."""
        explorer = self.explorer
        known: dict[str, Callable[[Values], Values]] = {
            "progress": lambda _: {"progress": explorer.progress},
            "region": lambda values: explorer.region(values["region"]),
            "moved": lambda values: explorer.moved(
                values["region"], values["variable"], json.loads(values["numbers"])
            ),
            "limits": lambda values: explorer.limits(
                values["region"], json.loads(values["numbers"])
            ),
        }
        return known.get(name)

    def order(self, name: str) -> Callable[[Values], Values] | None:
        """Handler of a request that changes the file or precedes a change; None if unknown."""
        explorer = self.explorer
        known: dict[str, Callable[[Values], Values]] = {
            "edit": lambda values: explorer.edit(*_bound(values)),
            "write": lambda values: self.changing(partial(explorer.write, *_bound(values))),
            "undo": lambda _: self.changing(explorer.undo),
        }
        return known.get(name)


def _bound(values: Values) -> tuple[str, int, str]:
    """Region, place of the bound and its number in a request."""
    return str(values["region"]), int(values["place"]), str(values["number"])


class _Requests(LocalRequests):
    server: ExploreServer

    def do_GET(self) -> None:  # noqa: N802 (a name of http.server)
        """Answer with the page, or with data that it requests."""
        asked = urlsplit(self.path)
        name = asked.path.removeprefix(f"/{self.server.token}/")
        if name:
            self._answer(self.server.question(name), dict(parse_qsl(asked.query)))
            return
        nonce = secrets.token_urlsafe(16)
        try:
            page, code = self.server.page(nonce), HTTPStatus.OK
        except (WollemiError, ExpressionError) as error:
            click.echo(str(error), err=True)
            send(self, str(error).encode(), "text/plain; charset=utf-8", HTTPStatus.BAD_REQUEST)
            return
        headers = {
            "Content_Security_Policy": POLICY.format(nonce),
            "Referrer_Policy": "no-referrer",
            "X_Content_Type_Options": "nosniff",
        }
        send(self, page.encode(), "text/html; charset=utf-8", code, **headers)

    def do_POST(self) -> None:  # noqa: N802 (a name of http.server)
        """Answer a request that may write."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_REQUEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(int(length))
        self._answer(self.server.order(self.path.removeprefix(f"/{self.server.token}/")), body)

    def _answer(self, compute: Callable[[Values], Values] | None, given: Any) -> None:
        if compute is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        code = HTTPStatus.OK
        try:
            found = compute(json.loads(given) if isinstance(given, bytes) else given)
        except (WollemiError, ExpressionError) as error:
            found, code = {"error": str(error)}, HTTPStatus.BAD_REQUEST
        except (KeyError, TypeError, ValueError, AttributeError):
            traceback.print_exc()
            found = {"error": "The program did not understand; it says why in the terminal."}
            code = HTTPStatus.INTERNAL_SERVER_ERROR
        send(self, json.dumps(found).encode(), "application/json", code)


def explore_analysis(analysis: str, events: int, port: int, show: bool) -> None:
    """Serve the page until Ctrl-C; exits with code 2 for a user error.

    Args:
        analysis: Name of the analysis.
        events: Number of events to read from each simulated dataset.
        port: Port to listen on; 0 for any free port.
        show: Whether to open the page in the browser.
    """
    path = analysis_file(analysis).resolve()
    folder = _folder(analysis)
    logging.getLogger("wollemi").setLevel(logging.ERROR)  # a run warns, the page fills again
    try:
        with inside_project(folder.resolve().parents[1]):
            _serve(Explorer(folder.resolve(), path, events), path, port, show)
    except (WollemiError, ExpressionError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None


def _folder(analysis: str) -> Path:
    """Folder of the results, or of a preview's results."""
    try:
        return results_folder(analysis)
    except click.UsageError:
        preview = Path("results") / f"{analysis}_preview"
        if (preview / "records").is_dir():
            return preview
        raise


def _serve(explorer: Explorer, path: Path, port: int, show: bool) -> None:
    try:
        server = ExploreServer(explorer, path, workflow_root() / "workflow/report", port)
    except OSError as error:
        problem = f"the port {port} cannot be had ({error.strerror})"
        raise WollemiError("--port", problem, "take another one") from None
    click.echo(f"{server.root}  (Ctrl-C ends)")
    sys.stdout.flush()
    if show:
        webbrowser.open(server.root)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("")
    finally:
        server.server_close()
