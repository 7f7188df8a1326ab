"""Variables whose first and last bins include under- and overflow. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import variable_edges

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

KEY = "merge_flow"


def expand_merged_flow(document: Document) -> dict[str, Any]:
    """The analysis in which each variable with `merge_flow` has an expression that never leaves the
    bins: values beyond them become the center of the first or the last bin.

    Args:
        document: Analysis accepted by the schema; an inapplicable key is left to
            `wollemi.loading.axes`.
    """
    known = document.get("variables", {})
    if not any(KEY in item for item in known.values()):
        return dict(document)
    merged = {name for name, item in known.items() if KEY in item and not _stays(document, name)}
    variables = {name: _inside(item) if name in merged else item for name, item in known.items()}
    return {**document, "variables": variables, **_blinded(document, merged)}


def _stays(document: Document, name: str) -> bool:
    return merge_problem(document, name) is not None


def _blinded(document: Document, merged: Set[str]) -> dict[str, Any]:
    """The section `blinding`, if it has windows; windows beyond the bins are extended into the
    first or last bin, which includes these entries.
    """
    blinding = document.get("blinding") or {}
    windows = blinding.get("windows") or {}
    if not merged & windows.keys():
        return {}
    variables = document["variables"]
    reached = {
        name: _reaching(variables[name], ends) if name in merged else ends
        for name, ends in windows.items()
    }
    return {"blinding": {**blinding, "windows": reached}}


def _reaching(variable: Mapping[str, Any], window: Sequence[float]) -> list[float]:
    (low, high), edges = window, variable_edges(variable)
    first, last = _centers(variable)
    beyond = variable[KEY] and low < high
    if beyond and low >= edges[-1]:
        return [last, high]
    return [low, first] if beyond and high <= edges[0] else [low, high]


def merge_problem(document: Document, name: str) -> str | None:
    """The reason why under- and overflow of a variable cannot be merged, or None.

    Args:
        document: Analysis, as plain values.
        name: Name of the variable with `merge_flow`.
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
    """The variable in expanded form. A bin center is in its bin, whatever the rounding of the axis;
    an edge may not be.
    """
    kept = {name: value for name, value in variable.items() if name != KEY}
    if not variable[KEY]:
        return kept
    first, last = _centers(variable)
    return {**kept, "expression": f"max(min({variable['expression']}, {last!r}), {first!r})"}


def own_expression(variable: Mapping[str, Any]) -> str:
    """Expression of the original values of a variable, which `expand_merged_flow` may have
    expanded.
    """
    text = str(variable.get("expression") or "")
    if len(variable_edges(variable)) < 2:
        return text
    first, last = _centers(variable)
    start, end = "max(min(", f", {last!r}), {first!r})"
    inside = text.startswith(start) and text.endswith(end)
    return text[len(start) : -len(end)] if inside else text


def _centers(variable: Mapping[str, Any]) -> tuple[float, float]:
    """Centers of the first and the last bin."""
    edges = variable_edges(variable)
    first, last = ((low + high) / 2 for low, high in (edges[:2], edges[-2:]))
    return first, last
