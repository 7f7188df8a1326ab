"""Variables whose first and last bins have what is beyond them. Standard library only, like
`wollemi.analysis.checks.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import variable_edges

if TYPE_CHECKING:
    Document = Mapping[str, Any]

KEY = "merge_flow"


def expand_merged_flow(document: Document) -> dict[str, Any]:
    """An analysis in which each variable with `merge_flow` has an expression that never leaves the
    bins: values beyond them become the center of the first or the last bin.

    Args:
        document: an analysis whose shape the schema has accepted; where the key does not fit, it
            stays for `wollemi.analysis.checks.axes`.
    """
    known = document.get("variables", {})
    if not any(KEY in item for item in known.values()):
        return dict(document)
    variables = {
        name: _inside(item) if KEY in item and not merge_problem(document, name) else item
        for name, item in known.items()
    }
    return {**document, "variables": variables}


def merge_problem(document: Document, name: str) -> str | None:
    """Why under- and overflow of a variable cannot be merged, or nothing.

    Args:
        document: the analysis.
        name: of the variable with `merge_flow`.
    """
    variable = document["variables"][name]
    if variable.get("axes") or variable.get("categories"):
        return "has no bins of its own beyond which anything could be; remove it"
    if len(variable_edges(variable)) < 2 or "expression" not in variable:
        return "needs an expression and bins"
    made = [key for key, item in document["datasets"].items() if item.get("histograms")]
    if made and any(item["variable"] == name for item in document["regions"].values()):
        return f"{made[0]} has histograms that were filled elsewhere: merge theirs, and remove it"
    return None


def _inside(variable: Mapping[str, Any]) -> dict[str, Any]:
    """Written out. A center is in its bin, whatever the rounding of the axis; the edge may not
    be.
    """
    kept = {name: value for name, value in variable.items() if name != KEY}
    if not variable[KEY]:
        return kept
    edges = variable_edges(variable)
    first, last = ((low + high) / 2 for low, high in (edges[:2], edges[-2:]))
    return {**kept, "expression": f"max(min({variable['expression']}, {last!r}), {first!r})"}
