"""The differences between two runs as one HTML page that needs no other file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wollemi.history.causes import find_causes, sentence
from wollemi.history.changed_cutflows import cut_tables
from wollemi.history.comparison_figures import Moved
from wollemi.history.opened import OpenedRun
from wollemi.history.physics import Change, changed_cuts, find_changes
from wollemi.pages.pages import html_environment

TEMPLATE = "comparison.html.j2"
_SHOWN = 40  # most numbers of a kind, the largest changes
# Kind of a number → heading.
HEADINGS = {
    "fit": "Signal strengths",
    "limit": "Limits",
    "significance": "Significances",
    "yield": "Yields",
    "pull": "Pulls and free parameters",
}


class Compared(NamedTuple):
    """Two runs and their differences.

    Args:
        names: Names of the first and the second run.
        runs: The runs in the same order.
        plots: Plots that changed.
        products: Verdict by kind of product.
        details: Lines on products that differ.
    """

    names: tuple[str, str]
    runs: tuple[OpenedRun, OpenedRun]
    plots: Moved
    products: Mapping[str, str]
    details: Sequence[str]


def comparison_page(compared: Compared, folder: Path) -> str:
    """Render the page.

    Args:
        compared: Runs to be compared.
        folder: Folder of the templates, `workflow/report`.
    """
    templates = [folder / TEMPLATE, *sorted((folder / "parts").iterdir())]
    return html_environment(templates).get_template(TEMPLATE).render(page_content(compared))


def page_content(compared: Compared) -> dict[str, Any]:
    """Content of the page.

    Args:
        compared: Runs to be compared.
    """
    then, now = compared.runs
    numbers = then.numbers(), now.numbers()
    summaries = tuple(item.get("summary.json", {}) for item in numbers)
    causes = find_causes(then.work, now.work)
    changes = find_changes(*numbers)
    return {
        "run": then.archive.run,
        "title": summaries[1].get("title") or summaries[0].get("title") or then.archive.run,
        "names": compared.names,
        "sentence": sentence(causes),
        "causes": causes,
        "found": [_found(*pair) for pair in zip(compared.runs, summaries, strict=True)],
        "changes": {
            HEADINGS[kind]: _rows(kind, changes) for kind in HEADINGS if _rows(kind, changes)
        },
        "shown": _SHOWN,
        "cuts": changed_cuts(*numbers),
        "tables": list(cut_tables(*summaries)),
        "plots": compared.plots,
        "products": compared.products,
        "details": compared.details,
    }


def _rows(kind: str, changes: Sequence[Change]) -> list[tuple[str, str, str, str]]:
    """Rows of the table of one kind: name, then, now, change."""
    return [(item.name, *item.cells[1:]) for item in changes if item.kind == kind]


def _found(run: OpenedRun, summary: Mapping[str, Any]) -> dict[str, Any]:
    """Results of a run, with its marks and commit."""
    headline = summary.get("headline", ())
    return {
        # The place of the page is not a result.
        "headline": [line for line in headline if not line.startswith("open ")],
        "marks": summary.get("marks", ()),
        "commit": (run.work.commit or "")[:8],
    }
