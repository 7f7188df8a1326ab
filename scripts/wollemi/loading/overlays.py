"""Checks of overlays and contours: a file, a plot and an interpolation for each. Standard library
only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.overlays import (
    grid_points,
    has_contour,
    has_limit_axis,
    overlays,
)
from wollemi.analysis.plain.queries import is_published, signal_samples
from wollemi.loading.published import check_file
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_overlays(document: Document) -> list[str]:
    """Problems of the sections `overlays` and `contour`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    given = overlays(document)
    problems = [
        problem
        for name, entry in given.items()
        for problem in check_file(f"overlays.{name}", entry)
    ]
    if given and not has_contour(document) and not has_limit_axis(document):
        problems.append(
            "overlays: there is no plot for them; give several signals a place in limits.points, "
            "or remove them"
        )
    if document.get("contour") is not None and not has_contour(document):
        problems.append(
            "contour: there is no such plot; give three signals or more two values each in "
            "contour.points, of a published model in workspace.patches.points, or remove it"
        )
    return [*problems, *_grid_problems(document)]


def _grid_problems(document: Document) -> Iterator[str]:
    """Problems of the signals' places on two axes."""
    points, section = grid_points(document), document.get("contour") or {}
    if not points:
        if section.get("axes"):
            yield "contour.axes: there are no contour.points; give them, or remove the labels"
        return
    if is_published(document):
        yield "contour.points: a published model has them in workspace.patches.points; remove them"
        return
    yield from unknown_names("contour.points", points, signal_samples(document), "signal sample")
    axes = section.get("axes") or ()
    if len(set(axes)) < 2:
        yield "contour.axes: give two labels, one for each of the values in contour.points"
    seen: dict[tuple[float, ...], str] = {}
    for name, place in points.items():
        other = seen.setdefault(tuple(place), name)
        if other != name:
            yield f"contour.points.{name}: {other} is at the same place; give each one of its own"
