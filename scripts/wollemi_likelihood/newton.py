"""Newton's search for a minimum within bounds; see the kernels of `descent`."""

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
        values: Parameters, shape (P,).
        objective: Value of -ln L up to a constant.
        gradient: Gradient, shape (P,).
        expected: Expected events per bin, shape (B,).
    """

    values: np.ndarray
    objective: float
    gradient: np.ndarray
    expected: np.ndarray


@dataclass(frozen=True)
class Minimum:
    """Outcome of a search.

    Attributes:
        point: Last point of the search.
        converged: Whether the point is a minimum within the tolerance.
        iterations: Number of Newton steps.
        distance: Estimated vertical distance to the minimum (EDM), in -ln L.
        message: Description of the outcome.
    """

    point: Point
    converged: bool
    iterations: int
    distance: float
    message: str


class Objective(Protocol):
    """A function to minimize."""

    def descend(
        self, start: np.ndarray, movable: np.ndarray, bounds: np.ndarray
    ) -> tuple[Point, int, np.ndarray]:
        """Last point, outcome and summary of a search: objective, distance, iterations."""
        ...


def minimize(
    objective: Objective, start: np.ndarray, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """Search for a minimum within bounds.

    Args:
        objective: Function to minimize.
        start: Starting point, shape (P,).
        movable: Whether each parameter may change, shape (P,).
        bounds: Lower and upper bounds of the movable parameters, shape (2, P).

    Returns:
        Minimum, converged or not.
    """
    point, end, (_, distance, iterations) = objective.descend(start, movable, bounds)
    converged = end in (CONVERGED, ROUNDED)
    return Minimum(point, converged, int(iterations), float(distance), MESSAGES[end])
