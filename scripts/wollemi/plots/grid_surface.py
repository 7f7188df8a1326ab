"""Limits between the points of a grid of signals: linear in triangles, or by multiquadrics.

The interpolated quantity is log10 of the limit on the signal strength: limits change by orders of
magnitude between points, their logarithm almost linearly. Each axis is scaled to its range first,
so that distances do not depend on units.
"""

from typing import Any, Literal

import numpy as np
from matplotlib.tri import LinearTriInterpolator, Triangulation, UniformTriRefiner

from wollemi_likelihood.base.arrays import Floats

Method = Literal["linear", "multiquadric"]
METHODS: tuple[Method, ...] = ("linear", "multiquadric")
# Number of times each triangle is divided by four, for a smooth surface: 8 lines between points.
_DIVISIONS = 3


def scaled(values: Floats) -> Floats:
    """Values of an axis in units of their range, from 0 to 1."""
    found: Floats = (values - values.min()) / (float(np.ptp(values)) or 1.0)
    return found


def surface(
    triangulation: Triangulation, heights: Floats, method: Method
) -> tuple[Triangulation, Floats]:
    """Triangles on which the interpolated heights are linear, and the heights at their corners.

    Args:
        triangulation: Triangulation of the points.
        heights: Heights at the points, shape (points,).
        method: Interpolation method. `linear` keeps both; multiquadrics are evaluated on smaller
            triangles within the same outline, since nothing can be interpolated outside it.
    """
    if method == "linear":
        return triangulation, heights
    fine = UniformTriRefiner(triangulation).refine_triangulation(subdiv=_DIVISIONS)
    x, y = (np.asarray(values, np.float64) for values in (triangulation.x, triangulation.y))
    places = np.column_stack([_on(fine.x, x), _on(fine.y, y)])
    return fine, _multiquadric(np.column_stack([scaled(x), scaled(y)]), heights)(places)


def _on(values: Any, axis: Floats) -> Floats:
    found: Floats = (np.asarray(values, np.float64) - axis.min()) / (float(np.ptp(axis)) or 1.0)
    return found


def _multiquadric(places: Floats, heights: Floats) -> Any:
    """Interpolating function: sqrt(1 + (r / d)²) around each point and a plane, so that planes are
    exact. d is a typical distance of the points, as in `scipy.interpolate.Rbf`, the choice of
    HistFitter.

    Args:
        places: Scaled coordinates of the points, shape (points, 2).
        heights: Heights at the points, shape (points,).
    """
    # Not at the top: it takes longer to import than everything else here.
    from scipy.interpolate import RBFInterpolator

    edge = np.sqrt(len(places))
    return RBFInterpolator(places, heights, kernel="multiquadric", epsilon=edge, degree=1)


def leave_one_out(
    triangulation: Triangulation, heights: Floats, method: Method
) -> dict[int, float]:
    """Heights at inner points as predicted by the other points, by index of the point.

    Args:
        triangulation: Triangulation of all points.
        heights: Heights at the points, shape (points,).
        method: Interpolation method.
    """
    axes = (triangulation.x, triangulation.y)
    places = np.column_stack([scaled(np.asarray(axis, np.float64)) for axis in axes])
    found = {}
    for point in range(len(places)):
        others = np.arange(len(places)) != point
        predicted = _predicted(places[others], heights[others], places[point], method)
        if predicted is not None:
            found[point] = predicted
    return found


def _predicted(places: Floats, heights: Floats, at: Floats, method: Method) -> float | None:
    """Height at a place; None outside the outline of the points, or if they are on a line."""
    try:
        around = Triangulation(*places.T)
    except (RuntimeError, ValueError):
        return None
    linear = LinearTriInterpolator(around, heights)(*at)
    if np.ma.is_masked(linear):
        return None
    if method == "linear":
        return float(linear)
    return float(_multiquadric(places, heights)(at[None])[0])
