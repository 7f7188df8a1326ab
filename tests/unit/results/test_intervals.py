"""Against published intervals and the Poisson distribution itself."""

import numpy as np
import pytest
from scipy.stats import poisson

from wollemi.results.intervals import ONE_SIGMA, poisson_interval


def test_published_intervals():
    # N. Gehrels, Astrophys. J. 303 (1986) 336, tables 1 and 2, at 84.13 % on each side.
    low, high = poisson_interval(np.array([0.0, 1.0, 2.0, 5.0, 10.0]))
    assert low == pytest.approx([0, 0.173, 0.708, 2.840, 6.891], abs=5e-4)
    assert high == pytest.approx([1.841, 3.300, 4.638, 8.382, 14.27], abs=5e-3)


def test_tails_of_the_distribution():
    counts = np.array([1.0, 3.0, 17.0, 400.0])
    low, high = poisson_interval(counts)
    tail = (1 - ONE_SIGMA) / 2
    assert poisson.sf(counts - 1, low) == pytest.approx([tail] * 4, rel=1e-9)
    assert poisson.cdf(counts, high) == pytest.approx([tail] * 4, rel=1e-9)


def test_another_coverage():
    low, high = poisson_interval(np.array([0.0]), 0.90)
    assert low[0] == 0.0
    assert high[0] == pytest.approx(-np.log(0.05))
