"""Turn-ons against closed formulas, scipy, and what their errors promise."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import binom, norm

from wollemi_interactive.menus.turn_on_fit import (
    PARAMETERS,
    fit_turn_on,
    minus_two_log_likelihood,
    turn_on,
    turn_on_band,
)

TRUE = (0.93, 25.0, 3.0)
CENTERS = np.arange(10.5, 60, 1.0)
TOTAL = np.full(CENTERS.size, 60.0)
TOYS = 500


def test_curve_is_a_gaussian_s_distribution_function():
    expected = 0.93 * norm.cdf(CENTERS, loc=25, scale=3)
    np.testing.assert_allclose(turn_on(CENTERS, *TRUE), expected, rtol=1e-12)
    assert turn_on(np.array([25.0]), *TRUE)[0] == pytest.approx(0.93 / 2)


def test_likelihood_is_binomial():
    """Differences are those of scipy's probabilities; at the efficiencies themselves it is 0."""
    passed = np.random.default_rng(1).binomial(60, turn_on(CENTERS, *TRUE)).astype(float)
    values = [TRUE, (0.9, 24.0, 4.0)]
    own = [minus_two_log_likelihood(CENTERS, passed, TOTAL, *each) for each in values]
    other = [-2 * binom.logpmf(passed, 60, turn_on(CENTERS, *each)).sum() for each in values]
    assert own[1] - own[0] == pytest.approx(other[1] - other[0], rel=1e-9)
    nothing = minus_two_log_likelihood(CENTERS, TOTAL * 0, TOTAL, 1e-9, 25, 3)
    assert nothing == pytest.approx(0, abs=1e-4)


def test_fit_is_scipy_s_minimum():
    passed = np.random.default_rng(2).binomial(60, turn_on(CENTERS, *TRUE)).astype(float)
    fit = fit_turn_on(CENTERS, passed, TOTAL)
    found = minimize(
        lambda each: minus_two_log_likelihood(CENTERS, passed, TOTAL, *each),
        TRUE,
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000},
    )
    errors = np.sqrt(np.diag(fit.covariance))
    assert fit.converged
    assert np.max(np.abs(fit.values - found.x) / errors) < 1e-2
    for place, error in enumerate(fit.errors):
        assert error.lower < 0 < error.upper, PARAMETERS[place]
        assert error.upper == pytest.approx(errors[place], rel=0.2)


@pytest.mark.parametrize("threshold", [8.0, 65.0])
def test_a_threshold_outside_the_bins_is_found(threshold):
    true = (0.8, threshold, 15.0)
    fit = fit_turn_on(CENTERS, TOTAL * turn_on(CENTERS, *true), TOTAL)
    assert fit.values == pytest.approx(true, rel=1e-2)


def test_profile_rises_by_one():
    """The errors are where -2 ln L, minimized over the others, is 1 above its minimum."""
    passed = np.random.default_rng(3).binomial(60, turn_on(CENTERS, *TRUE)).astype(float)
    fit = fit_turn_on(CENTERS, passed, TOTAL)
    lowest = minus_two_log_likelihood(CENTERS, passed, TOTAL, *fit.values)
    for place, error in enumerate(fit.errors):
        others = [number for number in range(3) if number != place]
        for shift in error:
            fixed = fit.values[place] + shift

            def profile(free, place=place, others=others, fixed=fixed):
                values = np.zeros(3)
                values[place], values[others] = fixed, free
                return minus_two_log_likelihood(CENTERS, passed, TOTAL, *values)

            found = minimize(profile, fit.values[others], method="Nelder-Mead")
            assert found.fun - lowest == pytest.approx(1, abs=0.02)


def test_plateau_of_one_has_no_upper_error():
    passed = np.where(CENTERS > 35, TOTAL, np.round(TOTAL * turn_on(CENTERS, 1.0, 25.0, 3.0)))
    fit = fit_turn_on(CENTERS, passed, TOTAL)
    assert fit.values[0] == pytest.approx(1, abs=1e-3)
    assert fit.errors[0].upper is None
    assert fit.errors[0].lower is not None


@pytest.mark.parametrize(
    ("passed", "total"),
    [
        (TOTAL * 0, TOTAL),
        (TOTAL, TOTAL),
        (TOTAL / 2, TOTAL * (CENTERS < 12)),
    ],
)
def test_nothing_to_fit(passed, total):
    assert fit_turn_on(CENTERS, np.minimum(passed, total), total) is None


def test_band_is_the_propagated_error():
    """At a plateau that is reached, the band is the error of the plateau."""
    passed = np.random.default_rng(4).binomial(60, turn_on(CENTERS, *TRUE)).astype(float)
    fit = fit_turn_on(CENTERS, passed, TOTAL)
    (band,) = turn_on_band(fit, np.array([200.0]))
    assert band == pytest.approx(np.sqrt(fit.covariance[0, 0]), rel=1e-4)


@pytest.mark.slow
def test_coverage():
    """Each interval of ±1σ holds the true value in 68 % of 500 toys of single probes in bins: at
    the mean of the entries, from a falling spectrum.
    """
    rng = np.random.default_rng(2026)
    edges = np.arange(10.0, 61.0)
    covered, level = np.zeros(3), norm.cdf(1) - norm.cdf(-1)
    for _ in range(TOYS):
        values = 10 + rng.exponential(18, 4000)
        values = values[values < 60]
        passes = rng.random(values.size) < turn_on(values, *TRUE)
        total, _ = np.histogram(values, edges)
        passed, _ = np.histogram(values[passes], edges)
        sums, _ = np.histogram(values, edges, weights=values)
        means = np.where(total > 0, sums / np.maximum(total, 1), (edges[1:] + edges[:-1]) / 2)
        fit = fit_turn_on(means, passed.astype(float), total.astype(float))
        ends = [(error.lower, error.upper) for error in fit.errors]
        covered += [
            (low is None or value + low <= true) and (high is None or true <= value + high)
            for value, true, (low, high) in zip(fit.values, TRUE, ends, strict=True)
        ]
    error = np.sqrt(level * (1 - level) / TOYS)
    assert np.all(np.abs(covered / TOYS - level) < 3 * error), covered / TOYS


def test_chi2_leaves_out_bins_that_are_all_but_decided():
    """Pearson's, of bins whose expected variance exceeds 1."""
    efficient = turn_on(CENTERS, 0.997, 25.0, 3.0)
    passed = np.random.default_rng(4).binomial(60, efficient).astype(float)
    fit = fit_turn_on(CENTERS, passed, TOTAL)
    chances = turn_on(CENTERS, *fit.values)
    used = [
        (found - total * chance) ** 2 / (total * chance * (1 - chance))
        for found, total, chance in zip(passed, TOTAL, chances, strict=True)
        if total * chance * (1 - chance) > 1
    ]
    assert 0 < len(used) < CENTERS.size
    assert (fit.chi2, fit.bins) == (pytest.approx(sum(used)), len(used))
