"""The work of `wollemi serve`: a finished run as read-only tools of the Model Context Protocol."""

import functools
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from math import inf
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import click

import wollemi
from wollemi.base.json_files import read_json, render_json
from wollemi.base.json_pointer import PointerError, resolve_pointer
from wollemi.base.user_commands import started_by_uv
from wollemi.commands.programs import results_folder
from wollemi.finished.event_run import inside_project
from wollemi.finished.explorable_run import analysis_file
from wollemi.finished.finished_run import FinishedRun, open_run
from wollemi.finished.hidden_data import check_blinding
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.report import report_json, report_text
from wollemi.provenance.verify import run_folder, verify_run
from wollemi.results.products import KINDS
from wollemi_interactive.explore.exploration import explore
from wollemi_interactive.explore.run_drawing import (
    is_hidden,
    largest_systematics,
    sample_lines,
    systematic_lines,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.expressions.syntax import ExpressionError

if TYPE_CHECKING:  # an optional package
    from mcp.server.mcpserver import MCPServer

INSTRUCTIONS = (
    "A finished run of an analysis in particle physics, read-only. Quote numbers with the marks of "
    "their run: pseudo-data are not measured, a PREVIEW used a part of the events, BLINDED hides "
    "data. `verdict` says whether the products fit the present analysis file."
)
# Kinds of products that may contain hidden events, see docs/data_taking.md.
UNREAD = ("commands", "events", "files", "records")
LONGEST = 100_000  # characters of an answer
MOST_BINS = 1_000
SUMMARY = "summary.json"
Bins = tuple[int, float, float] | None


@dataclass(frozen=True)
class Answers:
    """Answers about a finished run, from its present files.

    Args:
        folder: Folder of the results, as an absolute path.
    """

    folder: Path

    def list_products(self) -> dict[str, Any]:
        """List the products of the run by kind, with its headline, marks, regions, samples and
        signals.
        """
        run = self._run()
        found = {"run": self.folder.name, "products": self._readable()}
        if not (self.folder / SUMMARY).is_file():
            return found
        summary = run.product(SUMMARY)
        found |= {key: summary[key] for key in ("title", "headline", "marks")}
        return found | {key: getattr(run, key) for key in ("regions", "samples", "signals")}

    def read_product(self, product: str, at: str = "") -> dict[str, Any]:
        """Read the numbers of a product, or the text of a table.

        Args:
            product: Name of the product, such as `limits.json` or `tables/selected.md`.
            at: JSON Pointer to a part of it, such as `/limits/zprime_3000/expected`; items of
                lists also by name.
        """
        run, known = self._run(), [name for names in self._readable().values() for name in names]
        if product not in known:
            problem = f"is not a product that can be read{did_you_mean(product, known)}"
            raise WollemiError(product, problem, "`list_products` has the names")
        path, place = self.folder / product, f"{product} {at}".rstrip()
        if path.suffix == ".md":
            return {"product": product, "content": path.read_text(encoding="utf-8")}
        try:
            content, _ = resolve_pointer(read_json(path), at)
        except PointerError as error:
            raise WollemiError(place, str(error), "correct `at`") from None
        if (length := len(render_json(content))) > LONGEST:
            first = list(content if isinstance(content, dict) else range(len(content)))[:12]
            parts = ", ".join(f"{at}/{key}" for key in first)
            problem = f"has {length:,} characters, more than the {LONGEST:,} of an answer"
            raise WollemiError(place, problem, f"read a part with `at`: {parts}, ...")
        marks = run.product(SUMMARY)["marks"] if (self.folder / SUMMARY).is_file() else None
        return {"product": product, "at": at, "marks": marks, "content": content}

    def verdict(self) -> dict[str, Any]:
        """Judge by the records whether the products are intact, stale (an input, a setting or code
        has changed since) or broken.
        """
        chain = verify_run(run_folder(self.folder), PresentState())
        found = report_json(chain)
        return {key: found[key] for key in ("status", "counts")} | {
            "report": report_text(chain, None)
        }

    def lineage(self, product: str) -> str:
        """Show the jobs and inputs behind a product, back to the production files.

        Args:
            product: Name of the product, such as `limits.json`.
        """
        return open_run(self.folder).lineage(product)

    def draw(
        self,
        expression: str,
        regions: list[str],
        where: str = "",
        bins: Bins = None,
        by: Literal["sample", "systematic", "region"] = "sample",
    ) -> tuple[str, bytes]:
        """Draw any expression in a region of the run, from its events: a picture, and the events of
        each sample.

        Args:
            expression: Expression, or name of a variable, such as `muon[0].pt`.
            regions: Names of regions: one, or several with `by: region`.
            where: Additional cut, such as `muon[0].pt > 50`.
            bins: Number of bins, lower and upper edge; round numbers by default.
            by: Samples as a stack, effects of systematics, or the background of several regions.
        """
        if bins and not (1 <= bins[0] <= MOST_BINS and 0 < bins[2] - bins[1] < inf):
            remedy = f"give 1 to {MOST_BINS} bins, and a lower edge below the upper one"
            raise WollemiError("bins", f"{list(bins)} is not an axis", remedy)
        # Also closes the figures of a drawing that failed.
        import matplotlib.pyplot as plt

        try:
            found = explore(self.folder, expression, regions, where, bins)
            content = BytesIO()
            found.figure(by).savefig(content, format="png", dpi=80)
        finally:
            plt.close("all")
        lines, drawn = [], found.histograms
        for settings, look in zip(found.settings, found.looks, strict=True):
            hidden = is_hidden(settings, drawn, look.place)
            lines += [f"{look.region}:", *sample_lines(settings, drawn, look.place, hidden)]
        if by == "systematic":
            ratios = largest_systematics(found.settings[0], drawn, found.looks[0].place)
            lines += systematic_lines(ratios)
        return "\n".join(lines), content.getvalue()

    def _run(self) -> FinishedRun:
        """The run.

        Raises:
            WollemiError: The present analysis file hides other data than the run has hidden.
        """
        check_blinding(self.folder, analysis_file(self.folder))
        return open_run(self.folder)

    def _readable(self) -> dict[str, list[str]]:
        """Description of a kind → names of its products that can be read."""
        found: dict[str, list[str]] = {}
        for kind, (about, _) in KINDS.items():
            names = [
                path.relative_to(self.folder).as_posix()
                for path in sorted(self.folder.glob(kind))
                if path.suffix in (".json", ".md")
                and path.is_file()
                # Not by a link to a file elsewhere.
                and path.resolve().is_relative_to(self.folder)
            ]
            if names and kind.partition("/")[0] not in UNREAD:
                found.setdefault(about, []).extend(names)
        return found


def make_server(answers: Answers) -> "MCPServer":
    """A server whose tools are the answers, one call at a time."""
    from mcp.server.mcpserver import Image, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import ToolAnnotations

    lock = Lock()

    def tool(answer: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(answer)
        def answered(**arguments: Any) -> Any:
            with lock:  # an answer may change the working folder and the style of plots
                try:
                    found = answer(**arguments)
                except (WollemiError, ExpressionError) as error:
                    raise ToolError(str(error)) from None
            if isinstance(found, tuple):
                text, picture = found
                return [text, Image(data=picture, format="png")]
            return found

        return answered

    server = MCPServer(
        f"wollemi {answers.folder.name}",
        instructions=INSTRUCTIONS,
        version=wollemi.__version__,
        log_level="WARNING",
    )
    known = (answers.list_products, answers.read_product, answers.verdict, answers.lineage)
    hints = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for answer in known:
        server.add_tool(tool(answer), annotations=hints)
    server.add_tool(tool(answers.draw), annotations=hints, structured_output=False)
    return server


def serve_run(analysis: str) -> None:
    """Answer a client on the standard streams until it closes them.

    Args:
        analysis: Name of the analysis, or a folder of results.

    Raises:
        WollemiError: The package mcp is missing.
    """
    if importlib.util.find_spec("mcp") is None:
        uv = f"uv run --extra serve wollemi serve {analysis}"
        way = uv if started_by_uv() else 'pip install "wollemi[serve]"'
        raise WollemiError("wollemi serve", "needs the package mcp", f"install it: {way}")
    folder = results_folder(analysis).resolve()
    if sys.stdin.isatty():
        click.echo("An MCP client has to start this command. Ctrl-C ends it.", err=True)
    with inside_project(folder.parents[1]), tempfile.TemporaryDirectory() as cache:
        # Compiled expressions would be written into the folder of the project.
        os.environ["WOLLEMI_CACHE"] = os.environ.get("WOLLEMI_CACHE") or cache
        make_server(Answers(folder)).run()
