"""Files of published curves for the plots of limits.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.published import on_two_axes, published_path

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def overlays(document: Document) -> Mapping[str, Any]:
    """Name → entry."""
    return document.get("overlays") or {}


def overlay_paths(document: Document) -> list[tuple[str, str]]:
    """Local files of the overlays, each with its place in the analysis."""
    return [
        (f"overlays.{name}.path", str(entry["path"]))
        for name, entry in overlays(document).items()
        if entry.get("path") is not None
    ]


def fetched_overlays(document: Document) -> list[dict[str, Any]]:
    """Public files of the overlays, without repetition: `url`, `size` and `sha256` of each."""
    found = [
        {key: entry[key] for key in ("url", "size", "sha256")}
        for entry in overlays(document).values()
        if entry.get("url") is not None
    ]
    return [file for place, file in enumerate(found) if file not in found[:place]]


def overlay_path(run: str, entry: Mapping[str, Any]) -> str:
    """Path of the file of an overlay: as given, or as written by `fetch_overlays`.

    Args:
        run: Folder below `results`.
        entry: Overlay, or a public file.
    """
    return published_path(run, entry, "overlays")


def has_limit_axis(document: Document) -> bool:
    """Whether there is a plot of limits against the axis of `limits.points`."""
    points = (document.get("limits") or {}).get("points")
    return isinstance(points, Mapping) and len(points) > 1


def has_contour(document: Document) -> bool:
    """Whether overlays belong to the contour plot; if not, they belong to the limit plot."""
    return "limits" in document and (on_two_axes(document) or len(grid_points(document)) > 2)


def grid_points(document: Document) -> Mapping[str, Sequence[float]]:
    """Signal → its place on the two axes of the contour plot, as given in the analysis."""
    return (document.get("contour") or {}).get("points") or {}
