"""Half the deviance of a likelihood as the objective of a minimizer."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np

from wollemi_likelihood.compiled import CompiledModel, PackedData, Space
from wollemi_likelihood.kernels import descent
from wollemi_likelihood.kernels.records import BARRIER_WIDTH
from wollemi_likelihood.kernels.refit import refit
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.newton import Point

# Expected events of a bin that a search along a wall may leave.
NEAR_WALL = 1e-5


class Curvature(NamedTuple):
    """Second derivatives at a minimum.

    Attributes:
        covariance: Inverse of the exact second derivatives by the free parameters inside their
            bounds, shape (P, P).
        regular: Whether they are positive definite; otherwise the covariance is meaningless.
        states: State of each parameter, `descent.FREE`, `HELD`, `AT_BOUND` or `UNDETERMINED`.
    """

    covariance: np.ndarray
    regular: bool
    states: np.ndarray


@dataclass(frozen=True)
class Objective:
    """-ln L(parameters) + ln L(saturated) for one data set.

    Attributes:
        likelihood: Likelihood of the model.
        data: Observations, main and auxiliary.
        wall: Width of the parabola below an expectation of 0 in bins without events.
    """

    likelihood: Likelihood
    data: Data
    wall: float = BARRIER_WIDTH

    @cached_property
    def _packed(self) -> PackedData:
        return PackedData(self.data.main, self.data.auxiliary, self.wall)

    def _call(self, function: Callable[..., Any], work: Space, *arguments: Any) -> Any:
        return self.likelihood.model.call(function, self._packed, work, *arguments)

    def __call__(self, values: np.ndarray) -> Point:
        """Compute value and gradient at a point.

        Args:
            values: Parameters, shape (P,).

        Returns:
            Point with value and gradient.
        """
        values = np.ascontiguousarray(values, dtype=float)
        work = self.likelihood.model.work()
        objective = self._call(descent.evaluate, work, values)
        return _point(values, objective, work)

    def at_wall(self, values: np.ndarray) -> np.ndarray:
        """Bins without events whose expectation is 0, shape (bins,): -ln L would keep falling
        below.

        Args:
            values: Parameters, shape (P,).
        """
        expected = self.likelihood.expected(values)
        return np.asarray((self.data.main == 0) & (expected < NEAR_WALL) & (expected != 0))

    def with_walls(self) -> Self:
        """Copy with walls instead of floors in bins without events, which removes their kinks."""
        model = self.likelihood.model.model
        floors = np.where(self.data.main == 0, -math.inf, model.bin_floor)
        walled = CompiledModel(replace(model, bin_floor=floors))
        return replace(self, likelihood=replace(self.likelihood, model=walled))

    def descend(
        self, start: np.ndarray, movable: np.ndarray, bounds: np.ndarray
    ) -> tuple[Point, int, np.ndarray]:
        """Search for a minimum within bounds.

        Args:
            start: Starting point, shape (P,).
            movable: Whether each parameter may change, shape (P,).
            bounds: Lower and upper bounds of the movable parameters, shape (2, P).

        Returns:
            Last point, outcome of the search (see `descent`), and a summary: objective, distance to
            the minimum, iterations.
        """
        values = np.array(start, dtype=float)
        work = self.likelihood.model.work()
        lower, upper = np.ascontiguousarray(bounds)
        moves = movable.astype(np.int64)
        end = self._call(descent.descend, work, values, moves, lower, upper)
        summary = work["summary"].copy()
        return _point(values, float(summary[0]), work), end, summary

    def curvature(self, point: Point, movable: np.ndarray) -> Curvature:
        """Compute the covariance at a minimum from exact second derivatives.

        Args:
            point: Minimum of the objective.
            movable: Whether each parameter was free, shape (P,).
        """
        count = len(point.values)
        covariance, work = np.zeros((count, count)), self.likelihood.model.work()
        lower, upper = np.ascontiguousarray(self.likelihood.bounds)
        moves = movable.astype(np.int64)
        regular = self._call(descent.invert_at, work, point.values, moves, lower, upper, covariance)
        return Curvature(covariance, regular, work["free"].view(np.int64).copy())

    def refit(
        self, start: np.ndarray, place: int, movable: np.ndarray, covariance: np.ndarray
    ) -> np.ndarray | None:
        """Find the minimum with one more parameter fixed, near a fit; much faster than `descend`.

        Args:
            start: Starting point, shape (P,).
            place: Index of the fixed parameter, which has a variance.
            movable: Whether each parameter was free in the fit, shape (P,).
            covariance: Covariance of a fit without degenerate parameters, shape (P, P).

        Returns:
            Parameters, shape (P,); None without a minimum nearby, or with others at a bound.
        """
        values, work = np.array(start, dtype=float), self.likelihood.model.work()
        lower, upper = np.ascontiguousarray(self.likelihood.bounds)
        places, moves = np.array([place]), movable.astype(np.int64)
        arguments = (values, places, moves, lower, upper, np.ascontiguousarray(covariance))
        return values if self._call(refit, work, *arguments) else None

    def solve(self, point: Point, right: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Solve equations with the Fisher information for the free parameters; others stay 0.

        Args:
            point: Point of the second derivatives.
            right: Right-hand side, shape (P,).
            free: States of the parameters, positive if free, shape (P,).
        """
        work = self.likelihood.model.work()
        work["right"][:] = right
        work["free"].view(np.int64)[:] = free
        self._call(descent.solve_at, work, point.values)
        return work["step"].copy()

    def information(self, point: Point) -> np.ndarray:
        """Fisher information, shape (P, P).

        It is Σ observed / expected² x Jacobian Jacobianᵀ + constraints: the second derivatives
        without the curvature of the expectations, hence never negative.
        """
        return self._second_derivatives(point, exact=False)

    def hessian(self, point: Point) -> np.ndarray:
        """Exact second derivatives, shape (P, P)."""
        return self._second_derivatives(point, exact=True)

    def _second_derivatives(self, point: Point, exact: bool) -> np.ndarray:
        work, model = self.likelihood.model.work(), self.likelihood.model.model
        self._call(descent.curve_at, work, point.values, exact)
        matrix = np.zeros((model.parameters, model.parameters))
        shared = model.shared_parameter
        block = np.triu(work["matrix"].reshape(len(shared), len(shared)))
        matrix[np.ix_(shared, shared)] = block + np.triu(block, 1).T
        places = [*zip(model.channel_bin, model.channel_column, model.channel_matrix, strict=True)]
        for (first, column, begin), (last, end, stop) in pairwise(places):
            rows = work["coupling"][begin:stop].reshape(last - first, end - column)
            for row, private in zip(rows, model.private_parameter[first:last], strict=True):
                if private >= 0:
                    matrix[shared[model.columns[column:end]], private] = row
                    matrix[private, shared[model.columns[column:end]]] = row
        has = model.private_parameter >= 0
        private = model.private_parameter[has]
        matrix[private, private] = work["own_information"][has]
        return matrix


def _point(values: np.ndarray, objective: float, work: Space) -> Point:
    """Point with the contents of the work space after an evaluation."""
    return Point(values, objective, work["gradient"].copy(), work["expected"].copy())
