"""Newton's search for a minimum within bounds: see the kernels of `descent`."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from wollemi_likelihood.kernels.descent import CONVERGED, LIMIT, ROUNDED, STUCK

MESSAGES = {
    CONVERGED: "converged",
    ROUNDED: "no further improvement",
    STUCK: "no further improvement",
    LIMIT: "iteration limit reached",
}


@dataclass(frozen=True)
class Point:
    """The objective at one point.

    Attributes:
        values: parameters, shape (P,).
        objective: -ln L up to a constant.
        gradient: shape (P,).
        expected: events of each bin, shape (B,).
    """

    values: np.ndarray
    objective: float
    gradient: np.ndarray
    expected: np.ndarray


@dataclass(frozen=True)
class Minimum:
    """Where a search ended.

    Attributes:
        point: the last point.
        converged: whether it is a minimum within the tolerance.
        iterations: number of Newton steps.
        distance: estimated vertical distance to the minimum (EDM), in -ln L.
        message: how the search ended.
    """

    point: Point
    converged: bool
    iterations: int
    distance: float
    message: str


class Objective(Protocol):
    """What is minimized."""

    def descend(
        self, start: np.ndarray, movable: np.ndarray, bounds: np.ndarray
    ) -> tuple[Point, int, np.ndarray]:
        """Last point, how the search ended, and a summary: objective, distance, iterations."""
        ...


def minimize(
    objective: Objective, start: np.ndarray, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """Search for a minimum within bounds.

    Args:
        objective: what to minimize.
        start: where to begin, shape (P,).
        movable: which parameters may change, shape (P,).
        bounds: lower and upper bounds of the movable parameters, shape (2, P).

    Returns:
        The minimum, converged or not.
    """
    point, end, (_, distance, iterations) = objective.descend(start, movable, bounds)
    converged = end in (CONVERGED, ROUNDED)
    return Minimum(point, converged, int(iterations), float(distance), MESSAGES[end])
