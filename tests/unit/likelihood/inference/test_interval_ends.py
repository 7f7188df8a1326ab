"""Ends of intervals from p-values: by hand, at bounds, with gaps, and their errors."""

import numpy as np
import pytest
import scipy.stats

from wollemi.results import confidence_intervals
from wollemi_likelihood.inference.interval_ends import (
    LEVELS,
    RISES,
    confidence_interval,
    interval,
)

BOUNDS = (0.0, 10.0)


def gaussian(values, estimate=5.0, width=1.0):
    return scipy.stats.chi2.sf(((np.asarray(values) - estimate) / width) ** 2, 1)


@pytest.mark.parametrize("level", [0.6827, 0.95])
def test_of_gaussian_p_values_ends_are_exact_on_any_grid(level):
    values = np.array([0.5, 2.0, 3.3, 5.0, 5.7, 6.9, 9.0])
    half = scipy.stats.norm.ppf((1 + level) / 2)
    assert interval(values, gaussian(values), level, BOUNDS) == pytest.approx((5 - half, 5 + half))


def test_a_bound_that_is_inside_is_the_end():
    values = np.linspace(0, 10, 21)
    lower, upper = interval(values, gaussian(values, 0.3), 0.6827, BOUNDS)
    assert (lower, upper) == (0.0, pytest.approx(1.3, abs=0.02))


def test_beyond_the_values_there_is_no_end():
    values = np.array([4.0, 5.0, 5.5])
    assert interval(values, gaussian(values), 0.95, BOUNDS) == (None, None)


def test_of_an_interval_with_a_gap_the_outermost_ends_count():
    values, p_values = np.arange(6.0), np.array([0.01, 0.5, 0.02, 0.9, 0.5, 0.01])
    lower, upper = interval(values, p_values, 0.95, BOUNDS)
    assert 0 < lower < 1
    assert 4 < upper < 5


def shares(values, toys):
    p_values = gaussian(values)
    errors = np.sqrt(np.maximum(p_values * (1 - p_values), 1 / toys) / toys)
    return dict(zip(values, zip(p_values.tolist(), errors.tolist(), strict=True), strict=True))


@pytest.mark.parametrize("toys", [400, 40_000])
def test_errors_are_those_of_the_p_value_over_its_slope(toys):
    """dp/dx of a Gaussian at 1σ is twice its density there."""
    values = np.linspace(0, 10, 101).tolist()
    found = confidence_interval(shares(values, toys), 5.0, LEVELS["68"], BOUNDS, toys)
    exact = np.sqrt(0.6827 * 0.3173 / toys) / (2 * scipy.stats.norm.pdf(1))
    assert (found.lower, found.upper) == pytest.approx((4.0, 6.0), abs=1e-3)
    assert found.lower_error == pytest.approx(exact, rel=0.1)
    assert found.upper_error == pytest.approx(exact, rel=0.1)


def test_an_interval_between_two_values_has_the_estimate():
    found = confidence_interval(shares([0.0, 10.0], 400), 5.0, LEVELS["68"], BOUNDS, 400)
    assert found.lower < 5 < found.upper


def test_products_have_the_levels_of_the_library():
    assert (LEVELS, RISES) == (confidence_intervals.LEVELS, confidence_intervals.RISES)


def test_an_end_that_may_be_beyond_the_values_has_its_error_up_to_the_last_one():
    """With p-values as high as their errors allow, neither end is inside."""
    shares = {0.5: (0.31, 0.1), 3.0: (0.8, 0.02), 8.0: (0.9, 0.02), 9.0: (0.3, 0.1)}
    found = confidence_interval(shares, 6.0, LEVELS["68"], BOUNDS, 1000)
    high = interval(
        np.array(sorted({*shares, 6.0})),
        np.array([0.41, 0.82, 1.0, 0.92, 0.4]),
        LEVELS["68"],
        BOUNDS,
    )
    assert high == (None, None)
    low = interval(
        np.array(sorted({*shares, 6.0})),
        np.array([0.21, 0.78, 1.0, 0.88, 0.2]),
        LEVELS["68"],
        BOUNDS,
    )
    assert found.upper_error == pytest.approx((9.0 - low[1]) / 2)
