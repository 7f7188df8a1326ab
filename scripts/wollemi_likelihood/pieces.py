"""Minimize a piecewise smooth likelihood: interpolation codes 0 and 1 have a kink at the nominal
value of a systematic, linear morphing has one at each template. A minimum at a kink has a gradient
that does not vanish.

Between kinks it is smooth: a search is restricted to a piece and continues in the next one if the
likelihood falls there. Walls, at empty bins, also stop a search, until they become steep in steps.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from wollemi_likelihood.newton import Minimum, Point, minimize
from wollemi_likelihood.objective import Objective

# Distance to a kink, in units of its absolute value or at least 1, that counts as one side of it.
EDGE = 1e-12
# Improvement in -ln L that does not justify another search.
SAME_MINIMUM = 1e-10
MOST_PIECES = 100
# Widths of the walls of a search along them; the likelihood has the last one. With factors of 100,
# a search can end at a thin wall far from the minimum.
WALL_WIDTHS = tuple(10.0**-power for power in range(9))
_MESSAGE = "converged, at a kink of: "


def minimize_in_pieces(
    objective: Objective, found: Minimum, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """Continue a search that a kink has stopped.

    Args:
        objective: Objective of the likelihood with data.
        found: Result of the stopped search.
        movable: Whether each parameter may change, shape (P,).
        bounds: Lower and upper bounds, shape (2, P).

    Returns:
        Minimum; parameters at a kink have exactly its value and a gradient of 0, which is between
        their slopes on both sides.
    """
    if not math.isfinite(found.point.objective):
        return found
    kinks = {p: at for p, at in objective.likelihood.kinks.items() if movable[p]}
    # Index of the piece of each parameter: the number of kinks below it.
    pieces = {p: int(np.sum(found.point.values[p] >= at)) for p, at in kinks.items()}
    minimum = found
    for _ in range(MOST_PIECES):
        piece = _bounds(bounds, kinks, pieces)
        start = np.where(movable, np.clip(minimum.point.values, *piece), minimum.point.values)
        minimum = minimize(objective, start, movable, piece)
        if not minimum.converged:
            return minimum
        curvature = np.diag(objective.information(minimum.point))
        at_kink = {p: _kink(minimum.point.values[p], at) for p, at in kinks.items()}
        held = {p: value for p, value in at_kink.items() if value is not None}
        falls = [p for p, at in held.items() if _falls(objective, minimum.point, p, at, curvature)]
        if not falls:
            return _at_kinks(objective, minimum, held)
        for p in falls:
            pieces[p] += 1 if minimum.point.values[p] < held[p] else -1
    return replace(minimum, converged=False, message="no minimum between kinks")


def minimize_along_walls(
    objective: Objective, found: Minimum, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """Search again with walls that become steep step by step. Along a bent wall, Newton's steps are
    as short as the wall is thin.
    """
    minimum = found
    for width in WALL_WIDTHS:
        soft = replace(objective, wall=width)
        minimum = minimize(soft, minimum.point.values, movable, bounds)
    minimum = minimize(objective, minimum.point.values, movable, bounds)
    return minimum if minimum.converged else found


def _edge(kink: float) -> float:
    return EDGE * max(1.0, abs(kink))


def _bounds(
    bounds: np.ndarray, kinks: Mapping[int, np.ndarray], pieces: Mapping[int, int]
) -> np.ndarray:
    """Bounds of the current pieces, shape (2, P)."""
    lower, upper = bounds.copy()
    for p, at in kinks.items():
        if pieces[p] > 0:
            below = float(at[pieces[p] - 1])
            lower[p] = max(lower[p], below + _edge(below))
        if pieces[p] < len(at):
            above = float(at[pieces[p]])
            upper[p] = min(upper[p], above - _edge(above))
    return np.array([lower, upper])


def _kink(value: float, kinks: np.ndarray) -> float | None:
    """The kink at which a parameter is, or None."""
    nearest = float(kinks[np.argmin(np.abs(kinks - value))])
    return nearest if abs(value - nearest) <= 2 * _edge(nearest) else None


def _falls(objective: Objective, point: Point, p: int, kink: float, curvature: np.ndarray) -> bool:
    """Whether the objective falls beyond the kink of a parameter."""
    side = -1.0 if point.values[p] > kink else 1.0
    lower, upper = objective.likelihood.bounds[:, p]
    values = point.values.copy()
    values[p] = kink + side * _edge(kink)
    if not lower <= values[p] <= upper:
        return False
    slope = side * float(objective(values).gradient[p])
    return bool(slope < 0 and slope**2 > SAME_MINIMUM * curvature[p])


def _at_kinks(objective: Objective, minimum: Minimum, held: Mapping[int, float]) -> Minimum:
    if not held:
        return minimum
    values, places = minimum.point.values.copy(), list(held)
    values[places] = list(held.values())
    point = objective(values)
    gradient = point.gradient.copy()
    gradient[places] = 0.0
    names = ", ".join(objective.likelihood.names[sorted(places)])
    point = replace(point, gradient=gradient)
    return replace(minimum, point=point, message=f"{_MESSAGE}{names}")
