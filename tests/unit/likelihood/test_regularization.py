"""Penalties on differences of parameters: in numbers made by hand, and beside pyhf."""

import copy

import numpy as np
import pytest
from iminuit import Minuit
from support.products.statistical_models import pyhf_model
from support.products.unfolding import NAMES, unfolding_workspace

from wollemi.model.published import require_workspace
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.goodness_of_fit import goodness_of_fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.pyhf_comparison import compare_with_pyhf
from wollemi_likelihood.regularization import (
    global_correlations,
    has_penalties,
    penalties_in,
    penalty_settings,
    with_penalties,
)

# As many reconstructed bins as bins of the truth: their factors would be private parameters.
CONTENT = unfolding_workspace(4, scale=0.02)


def regularized(strength, differences=2, content=CONTENT):
    return with_penalties(content, NAMES, strength, differences)


@pytest.mark.parametrize(
    ("differences", "matrix"), [(1, np.diff(np.eye(4), axis=0)), (2, np.diff(np.eye(4), 2, axis=0))]
)
def test_it_is_the_square_of_differences(differences, matrix):
    plain, found = (Likelihood.from_workspace(regularized(tau, differences)) for tau in (0, 3))
    values = found.inits * np.linspace(0.7, 1.4, len(found.inits))
    strengths = values[[found.index[name] for name in NAMES]]
    penalty = 9 * np.sum((matrix @ strengths) ** 2)
    assert found.penalty(values) == pytest.approx(penalty)
    difference = -2 * (found.logpdf(values) - plain.logpdf(values))
    assert difference == pytest.approx(penalty)


def test_pyhf_passes_over_it():
    content = regularized(3.0)
    model, data = pyhf_model(content)
    bare, _ = pyhf_model(CONTENT)
    values = np.linspace(0.5, 1.5, bare.config.npars)
    assert float(model.logpdf(values, data)[0]) == float(bare.logpdf(values, data)[0])
    compare_with_pyhf("model", content, Likelihood.from_workspace(content))


@pytest.mark.parametrize("differences", [1, 2])
def test_derivatives_are_those_of_finite_differences(differences):
    likelihood = Likelihood.from_workspace(regularized(4.0, differences))
    objective = Objective(likelihood, likelihood.data)
    point = objective(likelihood.inits + np.linspace(0.01, 0.2, len(likelihood.inits)))
    hessian = objective.hessian(point)
    for place, step in enumerate(1e-5 * np.eye(len(point.values))):
        above, below = objective(point.values + step), objective(point.values - step)
        slope = (above.objective - below.objective) / 2e-5
        assert point.gradient[place] == pytest.approx(slope, rel=1e-6, abs=1e-6)
        second = (above.gradient - below.gradient) / 2e-5
        np.testing.assert_allclose(hessian[place], second, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("strength", [0.5, 5.0, 50.0])
def test_the_fit_is_that_of_another_minimizer(strength):
    """Of -2 ln L of pyhf plus the penalty."""
    model, data = pyhf_model(CONTENT)
    found = fit(Likelihood.from_workspace(regularized(strength)))
    places = [found.names.index(name) for name in NAMES]

    def objective(values):
        bent = np.diff(values[places], 2)
        return -2 * float(model.logpdf(values, data)[0]) + strength**2 * bent @ bent

    minuit = Minuit(objective, found.values + 0.3 * found.errors)
    minuit.errordef, minuit.tol, minuit.strategy = Minuit.LEAST_SQUARES, 1e-6, 2
    minuit.errors = found.errors
    minuit.migrad()
    assert minuit.valid
    assert found.minus_two_log_likelihood == pytest.approx(minuit.fval, abs=1e-7)
    pulls = (np.array(minuit.values) - found.values) / found.errors
    np.testing.assert_allclose(pulls, 0, atol=1e-4)
    np.testing.assert_allclose(minuit.errors, found.errors, rtol=1e-3)


def test_without_a_strength_nothing_changes():
    assert regularized(0.0) == CONTENT
    assert with_penalties(regularized(2.0), NAMES, 0.0) == CONTENT
    assert not penalty_settings(NAMES, 0.0, 2)


def test_an_infinite_strength_leaves_a_straight_line():
    found = fit(Likelihood.from_workspace(regularized(1e5)))
    strengths = found.values[[found.names.index(name) for name in NAMES]]
    np.testing.assert_allclose(np.diff(strengths, 2), 0, atol=1e-7)
    assert np.ptp(strengths) > 0.1


def test_toys_do_not_throw_it_and_no_probability_rests_on_it():
    plain, found = (Likelihood.from_workspace(regularized(tau)) for tau in (0.0, 3.0))
    toys = [item.toy(item.inits, np.random.default_rng(1)) for item in (plain, found)]
    np.testing.assert_array_equal(toys[0].main, toys[1].main)
    np.testing.assert_array_equal(toys[0].auxiliary, toys[1].auxiliary)
    assert goodness_of_fit(found, fit(found)) is None


def test_other_formats_are_refused():
    require_workspace("here", CONTENT)
    assert has_penalties(regularized(1.0))
    with pytest.raises(WollemiError, match="penalties on differences"):
        require_workspace("here", regularized(1.0))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "tikhonov: a - b - sqrt(c)"}, "is not a penalty"),
        ({"name": "tikhonov: sigma_1 - sigma_9"}, "no parameter 'sigma_9'"),
        ({"auxdata": [1.0]}, "prefers 1"),
        ({"sigmas": [0.0]}, "prefers 0 ± 0"),
    ],
)
def test_what_is_no_penalty(change, problem):
    content = copy.deepcopy(regularized(1.0))
    content["measurements"][0]["config"]["parameters"][-1].update(change)
    with pytest.raises(WollemiError, match=problem):
        Likelihood.from_workspace(content)


def test_coefficients_are_read_again():
    (penalty,) = penalties_in(penalty_settings(["a", "b", "c"], 4.0, 2))
    assert penalty.coefficients == {"a": 1.0, "b": -2.0, "c": 1.0}
    assert penalty.strength == 4.0


def test_a_global_correlation():
    """Of two parameters it is the size of their correlation; of independent ones 0."""
    np.testing.assert_allclose(global_correlations(np.array([[4.0, -3], [-3, 9]])), 0.5)
    np.testing.assert_allclose(global_correlations(np.diag([1.0, 2, 3])), 0.0, atol=1e-7)
