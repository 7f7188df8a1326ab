"""The minimum of a likelihood that is smooth in pieces: codes 0 and 1 of the interpolation have a
kink at the nominal value of a systematic, where a minimum without a vanishing gradient may be.

Between the kinks it is smooth: searches are restricted to a piece, then go on in the next one if it
falls there.
"""

import math
from dataclasses import replace

import numpy as np

from wollemi.statistics.newton import Minimum, Point, minimize
from wollemi.statistics.objective import Objective

# Distance from a kink, in standard deviations of the auxiliary measurement, at which a parameter is
# at one side of it.
EDGE = 1e-12
# Of -ln L, what is not worth another search.
SAME_MINIMUM = 1e-10
MOST_PIECES = 100
_MESSAGE = "converged, systematics at a kink of their interpolation: "


def minimize_in_pieces(
    objective: Objective, found: Minimum, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """Go on where a search was held up.

    Args:
        objective: the likelihood with data.
        found: the end of the search.
        movable: which parameters may change, shape (P,).
        bounds: lower and upper bounds, shape (2, P).

    Returns:
        The minimum; parameters that are held at a kink are at it exactly, and have a gradient of
        0, which is one of their slopes there.
    """
    if not math.isfinite(found.point.objective):
        return found
    kinks = objective.likelihood.kinks & movable
    above = found.point.values >= 0
    minimum = found
    for _ in range(MOST_PIECES):
        piece = _bounds(bounds, kinks, above)
        start = np.where(movable, np.clip(minimum.point.values, *piece), minimum.point.values)
        minimum = minimize(objective, start, movable, piece)
        if not minimum.converged:
            return minimum
        at_kink = kinks & (np.abs(minimum.point.values) <= EDGE)
        falls = at_kink & _falls_across(objective, minimum.point, at_kink, above)
        if not falls.any():
            return _at_kinks(objective, minimum, at_kink)
        above = above ^ falls
    return replace(minimum, converged=False, message="no minimum between kinks")


def _bounds(bounds: np.ndarray, kinks: np.ndarray, above: np.ndarray) -> np.ndarray:
    lower, upper = bounds
    return np.array(
        [
            np.where(kinks & above, np.maximum(lower, EDGE), lower),
            np.where(kinks & ~above, np.minimum(upper, -EDGE), upper),
        ]
    )


def _falls_across(
    objective: Objective, point: Point, at_kink: np.ndarray, above: np.ndarray
) -> np.ndarray:
    """Whether the objective falls beyond the kink of a parameter, shape (P,)."""
    curvature = np.diag(objective.information(point))
    found = np.zeros(len(at_kink), dtype=bool)
    for place in np.flatnonzero(at_kink):
        values, side = point.values.copy(), -1.0 if above[place] else 1.0
        values[place] = side * EDGE
        slope = side * float(objective(values).gradient[place])
        found[place] = slope < 0 and slope**2 > SAME_MINIMUM * curvature[place]
    return found


def _at_kinks(objective: Objective, minimum: Minimum, at_kink: np.ndarray) -> Minimum:
    if not at_kink.any():
        return minimum
    point = objective(np.where(at_kink, 0.0, minimum.point.values))
    gradient = np.where(at_kink, 0.0, point.gradient)
    names = ", ".join(objective.likelihood.names[at_kink])
    point = replace(point, gradient=gradient)
    return replace(minimum, point=point, message=f"{_MESSAGE}{names}")
