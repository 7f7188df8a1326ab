"""Files of published curves for the plots of limits. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.published import on_two_axes, published_path

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def overlay_paths(analysis: Analysis) -> list[tuple[str, str]]:
    """Local files of the overlays, each with its place in the analysis."""
    return [
        (f"overlays.{name}.path", str(entry.path))
        for name, entry in analysis.overlays.items()
        if entry.path is not None
    ]


def fetched_overlays(analysis: Analysis) -> list[dict[str, Any]]:
    """Public files of the overlays, without repetition: `url`, `size` and `sha256` of each."""
    found = [
        {key: entry.plain[key] for key in ("url", "size", "sha256")}
        for entry in analysis.overlays.values()
        if entry.url is not None
    ]
    return [file for place, file in enumerate(found) if file not in found[:place]]


def overlay_path(run: str, entry: Mapping[str, Any]) -> str:
    """Path of the file of an overlay: as given, or as written by `fetch_overlays`.

    Args:
        run: Folder below `results`.
        entry: Overlay, or a public file.
    """
    return published_path(run, entry, "overlays")


def has_limit_axis(analysis: Analysis) -> bool:
    """Whether there is a plot of limits against the axis of `limits.points`."""
    return bool(analysis.limits and len(analysis.limits.points or ()) > 1)


def has_contour(analysis: Analysis) -> bool:
    """Whether overlays belong to the contour plot; if not, they belong to the limit plot."""
    return "limits" in analysis.plain and (on_two_axes(analysis) or len(grid_points(analysis)) > 2)


def grid_points(analysis: Analysis) -> Mapping[str, Sequence[float]]:
    """Signal → its place on the two axes of the contour plot, as given in the analysis."""
    return (analysis.contour and analysis.contour.points) or {}
