"""Bias, pulls, coverage and linearity from the fits of toys."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.matrices import product
from wollemi_likelihood.inference.interval_ends import RISES


@dataclass(frozen=True)
class ThrownFits:
    """Fits of the toys of one true value.

    Attributes:
        injected: True value of the parameter of interest.
        estimates: Estimate of each toy with a fit.
        errors: Error of each toy; None at a bound, or if the second derivatives give no error.
        rises: -2 ln L at the true value, relative to the minimum, of each toy.
        failed: Number of toys without a fit.
        without_error: Number of toys inside the bounds without an error.
    """

    injected: float
    estimates: tuple[float, ...]
    errors: tuple[float | None, ...]
    rises: tuple[float, ...]
    failed: int
    without_error: int = 0


@dataclass(frozen=True)
class Measured:
    """A number with its standard deviation."""

    value: float
    error: float


@dataclass(frozen=True)
class ToySummary:
    """Summary of the toys of one true value.

    Attributes:
        injected: True value of the parameter of interest.
        mean: Mean estimate.
        bias: Mean estimate minus the true value.
        pull_mean: Mean of (estimate - true value) / error; None with fewer than two errors.
        pull_width: Standard deviation of the same; None with fewer than two errors.
        coverage: Key of `RISES` → fraction of toys whose interval contains the true value.
        at_bound: Number of toys whose estimate is at a bound.
        toys: Number of toys with a fit.
        failed: Number of toys without a fit.
        without_error: Number of toys inside the bounds without an error.
    """

    injected: float
    mean: Measured
    bias: Measured
    pull_mean: Measured | None
    pull_width: Measured | None
    coverage: Mapping[str, Measured]
    at_bound: int
    toys: int
    failed: int
    without_error: int = 0


@dataclass(frozen=True)
class Line:
    """Line through mean estimates against true values."""

    slope: Measured
    intercept: Measured


def mean_of(values: Floats) -> Measured:
    """Compute the mean with its standard deviation.

    Args:
        values: Values, at least two.
    """
    spread = float(np.std(values, ddof=1))
    return Measured(value=float(np.mean(values)), error=spread / math.sqrt(len(values)))


def width_of(values: Floats) -> Measured:
    """Compute the standard deviation with its error, √((m₄ - s⁴) / (4 s² n)), m₄ being the fourth
    central moment (M. Kendall, A. Stuart, The Advanced Theory of Statistics, vol. 1, section 10).

    Args:
        values: Values, at least two, not all equal.
    """
    variance = float(np.var(values, ddof=1))
    fourth = float(np.mean((values - np.mean(values)) ** 4))
    excess = max(fourth - variance**2, 0.0)
    error = math.sqrt(excess / (4 * variance * len(values))) if variance else 0.0
    return Measured(value=math.sqrt(variance), error=error)


def share_of(inside: int, toys: int) -> Measured:
    """Compute a fraction of toys with its binomial error, at least one toy."""
    share = inside / toys
    error = max(math.sqrt(share * (1 - share) / toys), 1 / toys)
    return Measured(value=share, error=error)


def toy_summary(fits: ThrownFits) -> ToySummary:
    """Summarize the toys of one true value.

    Args:
        fits: Fits of at least two toys.
    """
    estimates, rises = np.array(fits.estimates), np.array(fits.rises)
    known = np.array([error is not None for error in fits.errors])
    errors = np.array([error for error in fits.errors if error is not None])
    pulls = (estimates[known] - fits.injected) / errors
    mean = mean_of(estimates)
    enough = len(pulls) > 1
    return ToySummary(
        injected=fits.injected,
        mean=mean,
        bias=Measured(value=mean.value - fits.injected, error=mean.error),
        pull_mean=mean_of(pulls) if enough else None,
        pull_width=width_of(pulls) if enough else None,
        coverage={
            level: share_of(int(np.count_nonzero(rises <= rise)), len(rises))
            for level, rise in RISES.items()
        },
        at_bound=int(np.count_nonzero(~known)) - fits.without_error,
        toys=len(estimates),
        failed=fits.failed,
        without_error=fits.without_error,
    )


def line_through(summaries: Sequence[ToySummary]) -> Line | None:
    """Fit a line to mean estimates against true values, by weighted least squares (PDG, Statistics,
    section 40.2.3); None with a single value.
    """
    x = np.array([item.injected for item in summaries])
    y = np.array([item.mean.value for item in summaries])
    errors = np.array([item.mean.error for item in summaries])
    if len(set(x.tolist())) < 2 or not errors.all():
        return None
    design = np.stack([x, np.ones_like(x)], axis=1) / errors[:, None]
    covariance = np.linalg.inv(product(design.T, design))
    values = product(np.asarray(covariance, np.float64), design.T, y / errors)
    slope, intercept = (
        Measured(value=float(value), error=math.sqrt(variance))
        for value, variance in zip(values, np.diag(covariance).tolist(), strict=True)
    )
    return Line(slope=slope, intercept=intercept)
