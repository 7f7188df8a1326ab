"""Checks of stitched datasets. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.stitching import stitch_problems

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_stitching(document: Document) -> list[str]:
    """Problems of the slices of datasets, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    problems = [
        f"datasets.{name}.stitch{problem}"
        for name, item in document["datasets"].items()
        if item.get("stitch")
        for problem in stitch_problems(document, name)
    ]
    return problems + [
        f"datasets.{name}.slice: is set internally; remove it"
        for name, item in document["datasets"].items()
        if item.get("slice") and not _is_made(document, name)
    ]


def _is_made(document: Document, name: str) -> bool:
    """Whether the slice of a dataset comes from the expansion."""
    inclusive = document["datasets"][name]["slice"]["inclusive"]
    parts = [
        other
        for other, item in document["datasets"].items()
        if item.get("split_of") == inclusive and "slice" in item
    ]
    return bool(parts)
