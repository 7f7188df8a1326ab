"""Checks of stitched datasets. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wollemi.analysis.plain.stitching import stitch_problems

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_stitching(analysis: Analysis) -> list[str]:
    """Problems of the slices of datasets, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    problems = [
        f"datasets.{name}.stitch{problem}"
        for name, item in analysis.datasets.items()
        if item.stitch
        for problem in stitch_problems(analysis.plain, name)
    ]
    return problems + [
        f"datasets.{name}.slice: is set internally; remove it"
        for name, item in analysis.datasets.items()
        if item.slice and not _is_made(analysis, item.slice.inclusive)
    ]


def _is_made(analysis: Analysis, inclusive: str) -> bool:
    """Whether slices of an inclusive dataset come from the expansion."""
    return any(
        item.split_of == inclusive and "slice" in item.plain for item in analysis.datasets.values()
    )
