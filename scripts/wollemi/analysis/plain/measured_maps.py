"""Corrections that a run measures: their settings, axes and variations. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

VARIATION = "variation"  # the input of the correction in addition to its axes
SIDES = ("up", "down")
PROMPT_SIDES = ("prompt_up", "prompt_down")


def measured_corrections(document: Document) -> dict[str, Any]:
    """Correction → its measurement, with one correction per era for a map per era."""
    return {
        name: item["measured"]
        for name, item in (document.get("corrections") or {}).items()
        if item.get("measured") and not item["measured"].get("by_era")
    }


def axis_text(name: str, axis: Any) -> str:
    """Expression of the value on an axis."""
    given = axis.get("expression") if isinstance(axis, Mapping) else None
    return name if given is None else str(given)


def has_edges(axis: Any) -> bool:
    """Whether an axis has either edges or bins of equal width, not both."""
    return not isinstance(axis, Mapping) or bool(axis.get("edges")) != bool(axis.get("bins"))


def axis_edges(axis: Any) -> list[float]:
    """Edges of an axis, from its edges or its bins of equal width."""
    if not isinstance(axis, Mapping):
        return list(axis)
    if axis.get("edges"):
        return list(axis["edges"])
    bins, lower, upper = axis["bins"]
    inner = [(lower * (bins - place) + upper * place) / bins for place in range(1, bins)]
    return [float(lower), *inner, float(upper)]
