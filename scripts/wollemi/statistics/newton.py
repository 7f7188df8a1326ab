"""Newton steps with the Fisher information or exact second derivatives, within bounds.

The projected Newton method of Bertsekas (SIAM J. Control Optim. 20 (1982) 221): parameters at a
bound that the gradient pushes outwards stay there, the others take a Newton step that is cut at the
bounds and shortened until the objective falls.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

MAXIMUM_ITERATIONS = 100
# After this many steps, one that reduced the distance to the minimum by less than this factor is
# followed by one with the exact second derivatives.
PATIENCE = 6
SLOW = 4
MAXIMUM_HALVINGS = 40
SUFFICIENT_DECREASE = 1e-4
# Estimated distance to the minimum in -ln L: parameters are within 4.5e-7 standard deviations.
TOLERANCE = 1e-13
# Distance at which a search that cannot improve any more counts as converged.
ROUNDING_TOLERANCE = 1e-8
# Relative increase of the diagonal, so that degenerate parameters can be solved for.
RIDGE = 1e-10


@dataclass(frozen=True)
class Information:
    """A symmetric positive semi-definite matrix in the form of an arrowhead.

    Attributes:
        shared: indices of S parameters in the vector of P, shape (S,).
        private: indices of the other K parameters, shape (K,).
        block: matrix of the shared parameters, shape (S, S).
        coupling: between shared and private parameters, shape (S, K).
        private_diagonal: block of the private parameters, which is diagonal, shape (K,).
    """

    shared: np.ndarray
    private: np.ndarray
    block: np.ndarray
    coupling: np.ndarray
    private_diagonal: np.ndarray

    def solve(self, right: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Solve for the free parameters, with the others at 0.

        Private parameters are eliminated with the Schur complement of their block. Parameters
        without information (a zero on the diagonal) are 0 as well.

        Args:
            right: right-hand side, shape (P,).
            free: shape (P,).

        Returns:
            The solution, shape (P,).
        """
        solution = np.zeros_like(right)
        kept = np.flatnonzero(free[self.shared] & (self.block.diagonal() > 0))
        usable = free[self.private] & (self.private_diagonal > 0)
        inverse = usable / np.where(usable, self.private_diagonal, 1.0)
        coupling = self.coupling.take(kept, axis=0)
        scaled = coupling * inverse
        schur = self.block.take(kept, axis=0).take(kept, axis=1) - scaled @ coupling.T
        schur.flat[:: len(kept) + 1] += RIDGE * self.block.diagonal()[kept]
        rest = right[self.private]
        shared = np.linalg.solve(schur, right[self.shared[kept]] - scaled @ rest)
        solution[self.shared[kept]] = shared
        solution[self.private] = inverse * (rest - shared @ coupling)
        return solution

    def diagonal(self) -> np.ndarray:
        """The whole diagonal, shape (P,)."""
        result = np.empty(len(self.shared) + len(self.private))
        result[self.shared] = self.block.diagonal()
        result[self.private] = self.private_diagonal
        return result

    def dense(self) -> np.ndarray:
        """The whole matrix, shape (P, P)."""
        size = len(self.shared) + len(self.private)
        matrix = np.zeros((size, size))
        matrix[np.ix_(self.shared, self.shared)] = self.block
        matrix[np.ix_(self.shared, self.private)] = self.coupling
        matrix[np.ix_(self.private, self.shared)] = self.coupling.T
        matrix[self.private, self.private] = self.private_diagonal
        return matrix


@dataclass(frozen=True)
class Point:
    """The objective at one point.

    Attributes:
        values: parameters, shape (P,).
        objective: -ln L up to a constant.
        gradient: shape (P,).
        information: positive semi-definite approximation of the second derivatives.
    """

    values: np.ndarray
    objective: float
    gradient: np.ndarray
    information: Information


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
    """What is minimized; the value may be infinite."""

    def __call__(self, values: np.ndarray) -> Point:
        """Value, gradient and information at a point."""
        ...

    def exact_information(self, point: Point) -> Information:
        """Exact second derivatives, which may be negative in some directions."""
        ...


def minimize(
    objective: Objective, start: np.ndarray, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """Search for a minimum within bounds.

    Args:
        objective: what to minimize.
        start: where to begin, with a finite value, shape (P,).
        movable: which parameters may change, shape (P,).
        bounds: lower and upper bounds of the movable parameters, shape (2, P).

    Returns:
        The minimum, converged or not.
    """
    point = objective(np.where(movable, np.clip(start, *bounds), start))
    noise = 1e-13 * (1 + abs(point.objective))
    distance = np.inf
    for iteration in range(MAXIMUM_ITERATIONS):
        before = distance
        step = newton_step(point, movable, bounds)
        distance = -0.5 * float(point.gradient @ step)
        if iteration >= PATIENCE and distance > before / SLOW:
            step = _exact_step(objective, point, movable, bounds, step)
            distance = -0.5 * float(point.gradient @ step)
        if abs(distance) < TOLERANCE:
            return Minimum(point, True, iteration, distance, "converged")
        better = _line_search(objective, point, step, bounds, noise)
        if better is None:
            converged = distance < ROUNDING_TOLERANCE
            return Minimum(point, converged, iteration, distance, "no further improvement")
        point = better
    return Minimum(point, False, MAXIMUM_ITERATIONS, distance, "iteration limit reached")


def newton_step(point: Point, movable: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Newton step of the parameters that are free to move from here, shape (P,).

    The objective is linear in a parameter with a gradient and no curvature: it heads for a bound.
    """
    lower, upper = bounds
    gradient = point.gradient
    at_lower, at_upper = point.values <= lower, point.values >= upper
    free = movable & ~(at_lower & (gradient > 0)) & ~(at_upper & (gradient < 0))
    linear = free & (gradient != 0) & (point.information.diagonal() == 0)
    while True:
        step = point.information.solve(-gradient, free)
        step = np.where(linear, np.where(gradient > 0, lower, upper) - point.values, step)
        outwards = free & ((at_lower & (step < 0)) | (at_upper & (step > 0)))
        if not outwards.any():
            return step
        free &= ~outwards


def _exact_step(
    objective: Objective,
    point: Point,
    movable: np.ndarray,
    bounds: np.ndarray,
    otherwise: np.ndarray,
) -> np.ndarray:
    """Step with the exact second derivatives, if they are positive where it moves."""
    exact = replace(point, information=objective.exact_information(point))
    moving = np.flatnonzero(otherwise)
    try:
        np.linalg.cholesky(exact.information.dense()[moving[:, None], moving])
    except np.linalg.LinAlgError:
        return otherwise
    step = newton_step(exact, movable, bounds)
    return step if point.gradient @ step < 0 else otherwise


def _line_search(
    objective: Objective, point: Point, step: np.ndarray, bounds: np.ndarray, noise: float
) -> Point | None:
    """Halve the step until the objective falls by a fraction of what the gradient predicts."""
    lower, upper = np.where(step != 0, bounds, point.values)
    for halving in range(MAXIMUM_HALVINGS):
        place = np.minimum(np.maximum(point.values + 0.5**halving * step, lower), upper)
        promised = float(point.gradient @ (place - point.values))
        trial = objective(place)
        if trial.objective <= point.objective + SUFFICIENT_DECREASE * promised + noise:
            return trial
    return None
