"""The work of `wollemi watch`: rerun after each edit, and reload the page.

The page is served on the loopback interface only, under an address with a random token: other
people on the machine cannot see it.
"""

import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import click

from wollemi.commands.local_server import LocalRequests, LocalServer, send
from wollemi.commands.programs import analysis_file, run_child
from wollemi.loading.stamps import Stamps, stamps

INTERVAL_S = 0.5  # seconds between two checks of the files
STATE = "_state"  # path of the number requested by the page
# The page asks every second, and reloads when the number is not the one it was sent with.
RELOAD = """<script>setInterval(async () => {
  const state = await fetch("%s").then((answer) => answer.text()).catch(() => "%s");
  if (state !== "%s") location.reload();
}, 1000);</script>"""


def next_change(path: Path, known: Stamps, wait: Callable[[float], None] = time.sleep) -> Stamps:
    """Wait until a file has changed, and then until no file changes for a moment.

    Args:
        path: Path of the analysis file.
        known: Previous times of change.
        wait: Function that waits some seconds.
    """
    while (now := stamps(path)) == known:
        wait(INTERVAL_S)
    while True:
        wait(INTERVAL_S)
        if (later := stamps(path)) == now:
            return now
        now = later


class PageServer(LocalServer):
    """Server of a folder under a random token, with a counter of its states.

    Args:
        folder: Folder of the results.
    """

    def __init__(self, folder: Path):
        super().__init__(partial(_Pages, directory=str(folder)))
        self.state = 0

    @property
    def address(self) -> str:
        """Address of the summary page."""
        return f"{self.root}index.html"


class _Pages(LocalRequests, SimpleHTTPRequestHandler):
    server: PageServer

    def translate_path(self, path: str) -> str:
        """Path of the file for an address, which begins with the token."""
        return super().translate_path(path.removeprefix(f"/{self.server.token}"))

    def do_GET(self) -> None:
        """Answer with a file, or with the state."""
        if self.path == f"/{self.server.token}/{STATE}":
            send(self, str(self.server.state).encode(), "text/plain")
        elif self.path.partition("?")[0].endswith(".html"):
            self._send_page(Path(self.translate_path(self.path)))
        else:
            super().do_GET()

    def _send_page(self, path: Path) -> None:
        sent = self.server.state  # before the file is read, which a run may replace
        content = path.read_bytes() if path.is_file() else b"There are no results yet."
        script = RELOAD % (f"/{self.server.token}/{STATE}", sent, sent)
        send(self, content + script.encode(), "text/html; charset=utf-8")


def watch_analysis(analysis: str, cores: int, more: Sequence[str], show: bool) -> None:
    """Run an analysis now and after each edit, until Ctrl-C.

    Args:
        analysis: Name of the analysis.
        cores: Number of simultaneous jobs.
        more: Further arguments of `wollemi run`.
        show: Whether to open the page in the browser.
    """
    path = analysis_file(analysis)
    command = [sys.executable, "-m", "wollemi.commands.main", "run", analysis]
    command += ["--cores", str(cores), *more]
    server = PageServer(Path("results") / analysis)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    click.echo(f"{server.address}  (Ctrl-C ends)")
    if show:
        webbrowser.open(server.address)
    known = stamps(path)
    try:
        while True:
            run_child(command)
            server.state += 1
            click.echo(f"waiting for an edit of {path.parent}")
            known = next_change(path, known)
    except KeyboardInterrupt:
        click.echo("")
    finally:
        server.shutdown()
        server.server_close()
