"""Bias, spread and coverage of a regularized unfolding against toys."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm
from support.products.unfolding import NAMES, unfolding_workspace

from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.unfolding import scan_regularization
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.regularization import with_penalties

CONTENT = unfolding_workspace(8, scale=0.1)
STRENGTHS = (0.0, 1.0, 3.0, 6.0, 12.0, 40.0)
TOYS = 200


def scanned():
    return scan_regularization(CONTENT, NAMES, STRENGTHS)


def test_bias_grows_and_spread_falls():
    found = scanned()
    bias = [np.sum(item.bias**2) for item in found]
    spread = [np.sum(item.spread**2) for item in found]
    assert bias[0] == pytest.approx(0, abs=1e-10)
    assert (np.diff(bias) > 0).all()
    assert (np.diff(spread) < 0).all()
    assert all((item.spread <= item.errors * (1 + 1e-3)).all() for item in found)
    np.testing.assert_allclose(found[0].spread, found[0].errors, rtol=1e-3)


def test_the_global_correlation_has_a_minimum():
    correlations = [item.global_correlation for item in scanned()]
    assert 0 < int(np.argmin(correlations)) < len(STRENGTHS) - 1


def test_a_bin_at_its_bound_has_no_correlation():
    """The others have that of a fit in which it is held there."""
    content = unfolding_workspace(8, scale=0.1)
    content["observations"][0]["data"][:2] = [0.2, 63.3]
    (found,) = scan_regularization(content, NAMES, [0.0])
    at_bound = found.errors == 0
    assert 0 < np.count_nonzero(at_bound) < len(NAMES)
    held = [name for name, there in zip(NAMES, at_bound, strict=True) if there]
    settings = [
        {"name": name, "fixed": True, "inits": [0.0], "bounds": [[0.0, 10.0]]} for name in held
    ]
    content["measurements"][0]["config"] = {"poi": NAMES[-1], "parameters": settings}
    free = [name for name in NAMES if name not in held]
    (expected,) = scan_regularization(content, free, [0.0])
    assert found.global_correlation == pytest.approx(expected.global_correlation, rel=1e-3)


@pytest.mark.parametrize("strength", [3.0, pytest.param(12.0, marks=pytest.mark.slow)])
def test_toys_have_the_bias_the_spread_and_the_coverage_that_are_expected(strength):
    (expected,) = scan_regularization(CONTENT, NAMES, [strength])
    likelihood = Likelihood.from_workspace(with_penalties(CONTENT, NAMES, strength))
    truth = fit(Likelihood.from_workspace(CONTENT)).values
    places, random = [likelihood.index[name] for name in NAMES], np.random.default_rng(7)
    fits = [
        fit(replace(likelihood, data=likelihood.toy(truth, random)), start=truth)
        for _ in range(TOYS)
    ]
    moved = np.array([item.values[places] for item in fits]) - truth[places]
    errors = np.array([item.errors[places] for item in fits])
    size = expected.spread / np.sqrt(TOYS)
    assert (np.abs(moved.mean(axis=0) - expected.bias) < 3.5 * size).all()
    np.testing.assert_allclose(moved.std(axis=0), expected.spread, rtol=3.5 / np.sqrt(2 * TOYS))
    covered = (np.abs(moved) < errors).mean(axis=0)
    high, low = (
        norm.cdf((side * expected.errors - expected.bias) / expected.spread) for side in (1, -1)
    )
    assert (np.abs(covered - (high - low)) < 3.5 * np.sqrt(0.25 / TOYS)).all()
    assert np.abs(expected.bias / expected.spread).max() > 0.3
