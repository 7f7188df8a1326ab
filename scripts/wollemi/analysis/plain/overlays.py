"""Files of the curves that others have made, for the plots of limits.

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
    """Their files on this machine, each with its place in the analysis."""
    return [
        (f"overlays.{name}.path", str(entry["path"]))
        for name, entry in overlays(document).items()
        if entry.get("path") is not None
    ]


def fetched_overlays(document: Document) -> list[dict[str, Any]]:
    """Their public files: `url`, `size` and `sha256` of each; one of several curves once."""
    found = [
        {key: entry[key] for key in ("url", "size", "sha256")}
        for entry in overlays(document).values()
        if entry.get("url") is not None
    ]
    return [file for place, file in enumerate(found) if file not in found[:place]]


def overlay_path(run: str, entry: Mapping[str, Any]) -> str:
    """Path of the file of an overlay: as given, or where `fetch_overlays` puts it.

    Args:
        run: the folder below `results`.
        entry: the overlay, or a public file.
    """
    return published_path(run, entry, "overlays")


def has_limit_axis(document: Document) -> bool:
    """Whether there is a plot of limits against the axis of `limits.points`."""
    points = (document.get("limits") or {}).get("points")
    return isinstance(points, Mapping) and len(points) > 1


def has_contour(document: Document) -> bool:
    """Whether overlays are for the plot of the contour; if not, they are for the limit plot."""
    return "limits" in document and (on_two_axes(document) or len(grid_points(document)) > 2)


def grid_points(document: Document) -> Mapping[str, Sequence[float]]:
    """Signal → its place on the two axes of the plot of the contour, as the analysis says."""
    return (document.get("contour") or {}).get("points") or {}
