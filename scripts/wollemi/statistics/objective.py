"""Half the deviance of a likelihood as the objective of a minimizer."""

from dataclasses import dataclass

import numpy as np

from wollemi.statistics.expectation import Jacobian, expectation, jacobian, second_derivatives
from wollemi.statistics.likelihood import Data, Likelihood
from wollemi.statistics.newton import Information, Point
from wollemi.statistics.terms import constraint_terms, guarded_poisson_terms


@dataclass(frozen=True)
class Objective:
    """-ln L(parameters) + ln L(saturated) for one set of data.

    Attributes:
        likelihood: the model.
        data: observations, main and auxiliary.
    """

    likelihood: Likelihood
    data: Data

    def __call__(self, values: np.ndarray) -> Point:
        """Value, gradient and Fisher information at a point.

        The information, Σ observed / expected² x Jacobian Jacobianᵀ + constraints, is the second
        derivative without the curvature of the expectations, hence never negative.

        Args:
            values: shape (P,).

        Returns:
            The point.
        """
        tables = self.likelihood.tables
        cells = expectation(tables, values)
        main = guarded_poisson_terms(self.data.main, cells.bins(tables.bins))
        slopes = jacobian(tables, values, cells)
        auxiliary = constraint_terms(self.likelihood.constraints, values, self.data.auxiliary)
        gradient = auxiliary.slope + slopes.apply(tables.split, main.slope)
        information = self._information(slopes, main.weight, auxiliary.weight)
        return Point(values, main.value + auxiliary.value, gradient, information)

    def hessian(self, point: Point) -> np.ndarray:
        """Exact second derivatives at a point, shape (P, P)."""
        tables = self.likelihood.tables
        expected = self.likelihood.expected(point.values)
        slope = guarded_poisson_terms(self.data.main, expected).slope
        curvature = second_derivatives(tables, point.values, slope)
        return np.asarray(point.information.dense() + curvature)

    def exact_information(self, point: Point) -> Information:
        """Exact second derivatives at a point; they may be negative in some directions."""
        hessian = self.hessian(point)
        everything, nothing = np.arange(len(hessian)), np.empty(0, dtype=np.int64)
        return Information(everything, nothing, hessian, hessian[:, nothing], np.empty(0))

    def _information(
        self, slopes: Jacobian, weight: np.ndarray, constraint: np.ndarray
    ) -> Information:
        split = self.likelihood.tables.split
        root = np.sqrt(weight)[:, None] * slopes.shared
        # The product of an array with its own transpose costs half.
        block = root.T @ root
        block.flat[:: len(block) + 1] += constraint[split.shared]
        scaled = weight[split.private_bin] * slopes.private
        return Information(
            split.shared,
            split.private,
            block,
            slopes.shared[split.private_bin].T * scaled,
            scaled * slopes.private + constraint[split.private],
        )
