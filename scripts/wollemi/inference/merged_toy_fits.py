"""Compute bias, pulls, coverage and linearity from the fits of all batches of toys."""

import math
from collections.abc import Sequence

import numpy as np

from wollemi.results.confidence_intervals import RISES
from wollemi.results.toy_fits import (
    Line,
    Measured,
    ThrownFits,
    ToyBatch,
    ToyFits,
    ToyStudy,
    ToySummary,
)
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.matrices import product


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
    summary = ToySummary(
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
    )
    return summary.noting(without_error=fits.without_error) if fits.without_error else summary


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


def merged_toys(batches: Sequence[ToyBatch], seed: int) -> ToyFits:
    """Merge the fits of the toys of all batches.

    Args:
        batches: Batches, in order.
        seed: Seed of the random numbers.

    Raises:
        WollemiError: Fewer than two toys have a fit.
    """
    studies = {}
    for signal, poi in batches[0].pois.items():
        fits = [_joined(parts) for parts in zip(*(b.fits[signal] for b in batches), strict=True)]
        for item in fits:
            if len(item.estimates) < 2:
                problem = f"{signal}: of {item.failed} toys fewer than two have a fit"
                raise WollemiError(
                    "toy_fits", problem, "look at fit.json for degenerate parameters"
                )
        summaries = tuple(map(toy_summary, fits))
        studies[signal] = ToyStudy(
            poi=poi, summaries=summaries, line=line_through(summaries), fits=tuple(fits)
        )
    return ToyFits(measurement=batches[0].measurement, seed=seed, studies=studies)


def _joined(parts: Sequence[ThrownFits]) -> ThrownFits:
    """Join the fits of the toys of one true value from all batches."""
    joined = ThrownFits(
        injected=parts[0].injected,
        estimates=tuple(value for part in parts for value in part.estimates),
        errors=tuple(value for part in parts for value in part.errors),
        rises=tuple(value for part in parts for value in part.rises),
        failed=sum(part.failed for part in parts),
    )
    without = sum(part.without_error for part in parts)
    return joined.noting(without_error=without) if without else joined
