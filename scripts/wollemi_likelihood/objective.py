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

# Expected events of a bin that a search along a wall may leave there.
NEAR_WALL = 1e-5


class Curvature(NamedTuple):
    """Second derivatives at a minimum.

    Attributes:
        covariance: inverse of the exact ones by the parameters that are free and inside their
            bounds, shape (P, P).
        regular: whether they are positive; the covariance means nothing otherwise.
        states: of each parameter: `descent.FREE`, `HELD`, `AT_BOUND` or `UNDETERMINED`, shape (P,).
    """

    covariance: np.ndarray
    regular: bool
    states: np.ndarray


@dataclass(frozen=True)
class Objective:
    """-ln L(parameters) + ln L(saturated) for one set of data.

    Attributes:
        likelihood: the model.
        data: observations, main and auxiliary.
        wall: width of the parabola below an expectation of 0 in bins without events.
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
        """Value and gradient at a point.

        Args:
            values: shape (P,).

        Returns:
            The point.
        """
        values = np.ascontiguousarray(values, dtype=float)
        work = self.likelihood.model.work()
        objective = self._call(descent.evaluate, work, values)
        return _point(values, objective, work)

    def at_wall(self, values: np.ndarray) -> np.ndarray:
        """Bins without events whose expectation is 0, shape (bins,): -ln L would keep falling
        below.

        Args:
            values: parameters, shape (P,).
        """
        expected = self.likelihood.expected(values)
        return np.asarray((self.data.main == 0) & (expected < NEAR_WALL) & (expected != 0))

    def with_walls(self) -> Self:
        """The same with walls in place of the floors of bins without events: it has no kinks
        there.
        """
        model = self.likelihood.model.model
        floors = np.where(self.data.main == 0, -math.inf, model.bin_floor)
        walled = CompiledModel(replace(model, bin_floor=floors))
        return replace(self, likelihood=replace(self.likelihood, model=walled))

    def descend(
        self, start: np.ndarray, movable: np.ndarray, bounds: np.ndarray
    ) -> tuple[Point, int, np.ndarray]:
        """Search for a minimum within bounds.

        Args:
            start: where to begin, shape (P,).
            movable: which parameters may change, shape (P,).
            bounds: lower and upper bounds of the movable parameters, shape (2, P).

        Returns:
            The last point, how the search ended (see `descent`), and a summary: objective, distance
            to the minimum, iterations.
        """
        values = np.array(start, dtype=float)
        work = self.likelihood.model.work()
        lower, upper = np.ascontiguousarray(bounds)
        moves = movable.astype(np.int64)
        end = self._call(descent.descend, work, values, moves, lower, upper)
        summary = work["summary"].copy()
        return _point(values, float(summary[0]), work), end, summary

    def curvature(self, point: Point, movable: np.ndarray) -> Curvature:
        """Covariance at a minimum, from exact second derivatives.

        Args:
            point: the minimum.
            movable: which parameters were free, shape (P,).
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
        """Minimum with one more parameter fixed, near a fit; much faster than `descend`.

        Args:
            start: where to begin, shape (P,).
            place: the fixed parameter, with a variance.
            movable: which parameters were free in the fit, shape (P,).
            covariance: of the fit, not of degenerate parameters, shape (P, P).

        Returns:
            The parameters; None if there is no minimum near, or other parameters are at a bound.
        """
        values, work = np.array(start, dtype=float), self.likelihood.model.work()
        lower, upper = np.ascontiguousarray(self.likelihood.bounds)
        places, moves = np.array([place]), movable.astype(np.int64)
        arguments = (values, places, moves, lower, upper, np.ascontiguousarray(covariance))
        return values if self._call(refit, work, *arguments) else None

    def solve(self, point: Point, right: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Solve equations with the Fisher information for the free parameters, others at 0.

        Args:
            point: where.
            right: right-hand side, shape (P,).
            free: shape (P,).
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
    """A point with what its evaluation left in the work space."""
    return Point(values, objective, work["gradient"].copy(), work["expected"].copy())
