"""Intervals for counted events."""

import numpy as np

from wollemi_likelihood.base.arrays import Floats

ONE_SIGMA = 0.682689492137086  # probability of a normal variable within ±1σ


def poisson_interval(counts: Floats, coverage: float = ONE_SIGMA) -> tuple[Floats, Floats]:
    """Central interval for the mean of a Poisson variable (F. Garwood, Biometrika 28 (1936) 437).

    The ends are quantiles of the χ² distribution, written with the inverse incomplete gamma
    function.

    Args:
        counts: Observed events, shape (bins,).
        coverage: Smallest probability that the interval contains the mean.

    Returns:
        Lower and upper end, each (bins,); the lower end for 0 events is 0.
    """
    # Not at the top: scipy.special takes 0.1 s to load, and a plot without data does not need it.
    from scipy.special import gammaincinv

    tail = (1 - coverage) / 2
    lower = np.where(counts > 0, gammaincinv(np.where(counts > 0, counts, 1.0), tail), 0.0)
    return lower, gammaincinv(counts + 1.0, 1 - tail)
