"""Checks of overlays and contours: a file, a plot and an interpolation for each. Standard library
only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wollemi.analysis.plain.overlays import (
    grid_points,
    has_contour,
    has_limit_axis,
)
from wollemi.analysis.plain.queries import is_published, signal_samples
from wollemi.loading.published import check_file
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_overlays(analysis: Analysis) -> list[str]:
    """Problems of the sections `overlays` and `contour`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    given = analysis.plain.get("overlays") or {}
    problems = [
        problem
        for name, entry in given.items()
        for problem in check_file(f"overlays.{name}", entry)
    ]
    if given and not has_contour(analysis) and not has_limit_axis(analysis):
        problems.append(
            "overlays: there is no plot for them; give several signals a place in limits.points, "
            "or remove them"
        )
    if analysis.contour is not None and not has_contour(analysis):
        problems.append(
            "contour: there is no such plot; give three signals or more two values each in "
            "contour.points, of a published model in workspace.patches.points, or remove it"
        )
    return [*problems, *_grid_problems(analysis)]


def _grid_problems(analysis: Analysis) -> Iterator[str]:
    """Problems of the signals' places on two axes."""
    points, contour = grid_points(analysis), analysis.contour
    if not points:
        if contour and contour.axes:
            yield "contour.axes: there are no contour.points; give them, or remove the labels"
        return
    if is_published(analysis):
        yield "contour.points: a published model has them in workspace.patches.points; remove them"
        return
    yield from unknown_names("contour.points", points, signal_samples(analysis), "signal sample")
    axes = (contour and contour.axes) or ()
    if len(set(axes)) < 2:
        yield "contour.axes: give two labels, one for each of the values in contour.points"
    seen: dict[tuple[float, ...], str] = {}
    for name, place in points.items():
        other = seen.setdefault(tuple(place), name)
        if other != name:
            yield f"contour.points.{name}: {other} is at the same place; give each one of its own"
