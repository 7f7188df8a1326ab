"""Compute the test statistic for upper limits and its asymptotic CLs (arXiv:1007.1727, Cowan,
Cranmer, Gross, Vitells).
"""

import math
from statistics import NormalDist

import numpy as np

from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.scan import ProfileScan, parameter_of_interest

BANDS = (-2, -1, 0, 1, 2)


class Qtilde:
    """The test statistic qtilde (arXiv:1007.1727, eq. 16) of one data set.

    If the best fit is negative, qtilde is relative to a strength of 0, whatever the fit's bounds.

    Args:
        scan: Scan of the parameter of interest; the free fit starts from its first fit, if any.
        index: Index of the parameter of interest in the parameter vector.

    Raises:
        WollemiError: No minimum was found.
    """

    def __init__(self, scan: ProfileScan, index: int) -> None:
        self.scan = scan
        free = scan.free().point
        self.best_fit = float(free.values[index])
        self._best = free if self.best_fit >= 0 else scan.fixed(0.0).point

    def __call__(self, poi: float) -> float:
        """Value of qtilde at a signal strength.

        Raises:
            WollemiError: No minimum was found.
        """
        if self.best_fit > poi:
            return 0.0
        return 2 * max(0.0, self.scan.fixed(poi).point.objective - self._best.objective)

    def q0(self) -> float:
        """The discovery test statistic q0 (eq. 12); 0 for a deficit.

        Raises:
            WollemiError: No minimum was found.
        """
        return 2 * max(0.0, self.scan.fixed(0.0).point.objective - self._best.objective)


class AsymptoticTest:
    """The test statistic qtilde of observed data and of background-only Asimov data.

    Args:
        likelihood: Likelihood of the model.
        data: Observed data.
    """

    def __init__(self, likelihood: Likelihood, data: Data) -> None:
        self.index = parameter_of_interest(likelihood, 0.0)
        self.upper_bound = likelihood.parameters[self.index].bounds[1]
        self.poi = likelihood.poi
        observed = ProfileScan(Objective(likelihood, data), self.poi)
        without = observed.fixed(0.0).point
        self.observed = Qtilde(observed, self.index)
        self.best_fit = self.observed.best_fit
        self.asimov = ProfileScan(
            Objective(likelihood, likelihood.asimov(without.values)), self.poi, without.values
        )

    def asimov_root(self, poi: float) -> float:
        """Square root of qtilde of the Asimov data, whose best-fit signal is 0."""
        rise = self.asimov.fixed(poi).point.objective - self.asimov.fixed(0.0).point.objective
        return math.sqrt(max(0.0, 2 * rise))

    def cls(self, poi: float) -> float:
        """Observed CLs, computed from the distributions of eq. 65."""
        asimov = self.asimov_root(poi)
        return _cls(self._standardized(poi, asimov), asimov) if asimov > 0 else 1.0

    def clb(self, poi: float) -> float:
        """Observed CLb: probability of data without signal to agree less with the background."""
        asimov = self.asimov_root(poi)
        return tail(self._standardized(poi, asimov)) if asimov > 0 else 1.0

    def _standardized(self, poi: float, asimov: float) -> float:
        """Observed statistic in standard deviations from its median, both without signal."""
        observed = self.observed(poi)
        root = math.sqrt(observed)
        return root - asimov if root <= asimov else (observed - asimov**2) / (2 * asimov)

    def expected_cls(self, poi: float) -> list[float]:
        """Expected CLs without signal at -2 ... +2 standard deviations (eq. 89)."""
        return [_cls(-band, self.asimov_root(poi)) for band in BANDS]

    def verified(self, poi: float) -> bool:
        """Whether the fits at a signal strength found the global minima."""
        observed = self.observed.scan.verified(poi)
        return self.asimov.verified(poi) and observed

    def error(self) -> float:
        """Standard deviation of the parameter of interest without signal, 0 if unknown."""
        point = self.asimov.fixed(0.0).point
        unit = np.zeros_like(point.values)
        unit[self.index] = 1.0
        free = ~self.asimov.objective.likelihood.fixed
        return math.sqrt(max(0.0, self.asimov.objective.solve(point, unit, free)[self.index]))


def expected_root(band: float, level: float) -> float:
    """Square root of qtilde of the Asimov data at the expected limit of a band (eq. 89).

    Args:
        band: Band in standard deviations.
        level: Confidence level of the limit, such as 0.95.
    """
    return band - NormalDist().inv_cdf((1 - level) * tail(-band))


def tail(value: float) -> float:
    """Probability that a standard normal variable exceeds a value."""
    return 0.5 * math.erfc(value / math.sqrt(2))


def _cls(statistic: float, asimov: float) -> float:
    background = tail(statistic)
    return tail(statistic + asimov) / background if background > 0 else 0.0
