"""Fits against pyhf with tightened tolerances, iminuit, closed formulas, and at bounds."""

from dataclasses import replace

import numpy as np
import pyhf
import pytest
from scipy.optimize import minimize as scipy_minimize
from support.products.random_models import random_model
from support.products.statistical_models import (
    counting,
    everything,
    histosys,
    hzz4l,
    modifier,
    normsys,
    pyhf_model,
    sample,
    search,
    workspace,
)
from support.project.paths import needs_shared_data
from support.project.seeds import slow_but

import wollemi_likelihood.fit
import wollemi_likelihood.pieces
import wollemi_likelihood.search
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit, fit_iminuit
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.minuit import migrad
from wollemi_likelihood.newton import Minimum
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.search import confirmed_minimum, find_minimum

WORKSPACES = {
    "everything": everything(0),
    "everything again": everything(1),
    "search": search(2),
    "rare search": search(3, 9, 0.5),
    "frequent search": search(4, 8, 1e4),
}


def likelihood_of(content: dict) -> Likelihood:
    return Likelihood.from_workspace(content)


@pytest.fixture
def tight_pyhf():
    """pyhf with tolerances that do not hide differences; its defaults leave 3e-4 in -2 ln L."""
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-5))
    yield
    pyhf.set_backend("numpy")


@pytest.mark.parametrize("name", WORKSPACES)
@pytest.mark.parametrize("fixed", [{}, {"mu": 0.0}, {"mu": 2.0}], ids=str)
def test_equal_to_pyhf(tight_pyhf, name, fixed):
    likelihood, (model, data) = likelihood_of(WORKSPACES[name]), pyhf_model(WORKSPACES[name])
    result = fit(likelihood, fixed=fixed)
    if fixed:
        values, reference = pyhf.infer.mle.fixed_poi_fit(
            fixed["mu"], data, model, return_fitted_val=True
        )
    else:
        values, reference = pyhf.infer.mle.fit(data, model, return_fitted_val=True)
    assert result.status.converged
    assert result.status.minimizer == "newton"
    assert result.minus_two_log_likelihood == pytest.approx(float(reference), abs=1e-6)
    np.testing.assert_allclose(result.values, values, atol=1e-4)


@needs_shared_data
def test_hzz4l_fit():
    result = fit(likelihood_of(hzz4l()))
    place = result.names.index("mu")
    assert result.status.converged
    assert result.values[place] == pytest.approx(0.8844, rel=5e-3)
    assert result.errors[place] == pytest.approx(0.3976, rel=5e-3)


@pytest.mark.parametrize("name", WORKSPACES)
def test_equal_to_iminuit_on_toys(name):
    likelihood = likelihood_of(WORKSPACES[name])
    random = np.random.default_rng(5)
    for _ in range(4):
        toy = likelihood.toy(likelihood.inits, random)
        newton, iminuit = fit(likelihood, toy), fit_iminuit(likelihood, toy)
        assert newton.status.minimizer == "newton"
        assert newton.status.converged
        assert newton.minus_two_log_likelihood <= iminuit.minus_two_log_likelihood + 1e-7
        assert newton.minus_two_log_likelihood == pytest.approx(
            iminuit.minus_two_log_likelihood, abs=1e-6
        )


@pytest.mark.parametrize("name", WORKSPACES)
def test_asimov_data_return_their_parameters(name):
    likelihood = likelihood_of(WORKSPACES[name])
    values = np.where(likelihood.bounds[0] < 0, 0.0, 1.0)
    values[likelihood.fixed] = likelihood.inits[likelihood.fixed]
    start = np.where(likelihood.fixed, values, values + 0.2)
    result = fit(likelihood, likelihood.asimov(values), start=start)
    np.testing.assert_allclose(result.values, values, atol=1e-6)
    assert result.deviance == pytest.approx(0.0, abs=1e-9)


def test_closed_form_of_a_counting_experiment():
    result = fit(likelihood_of(counting(64.0, 10.0, 40.0)))
    assert result.values[0] == pytest.approx((64 - 40) / 10)
    assert result.errors[0] == pytest.approx(np.sqrt(64) / 10)
    assert result.deviance == pytest.approx(0.0, abs=1e-12)
    assert result.minus_two_log_likelihood == pytest.approx(
        -2 * (64 * np.log(64) - 64 - np.sum(np.log(np.arange(1, 65))))
    )


def test_closed_form_of_a_constrained_parameter():
    """A measured normalization with an auxiliary measurement of the same size: their weighted
    mean.
    """
    content = counting(0.0, 0.0, 0.0)
    item = sample("background", np.array([1e6]), normsys("norm", 1.001, 1 / 1.001))
    content["channels"][0]["samples"] = [
        item,
        sample("signal", np.zeros(1), modifier("normfactor", "mu")),
    ]
    content["observations"][0]["data"] = [1e6 * 1.001]
    result = fit(likelihood_of(content))
    place = result.names.index("norm")
    assert result.values[place] == pytest.approx(0.5, rel=1e-3)
    assert result.errors[place] == pytest.approx(np.sqrt(0.5), rel=1e-3)


def test_covariance_is_the_inverse_hessian():
    likelihood = likelihood_of(everything(4))
    result = fit(likelihood)
    objective = Objective(likelihood, likelihood.data)
    inside = [name not in (*result.fixed, *result.status.at_bounds) for name in result.names]
    free = np.ix_(inside, inside)
    product = objective.hessian(objective(result.values))[free] @ result.covariance[free]
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-8)
    assert (result.errors[likelihood.fixed] == 0).all()
    assert "held" in result.fixed


@pytest.mark.parametrize(("observed", "expected"), [(20.0, 0.0), (150.0, 10.0)])
def test_estimates_stay_within_bounds(observed, expected):
    result = fit(likelihood_of(counting(observed, 10.0, 40.0, normsys("norm", 1.1, 0.9))))
    assert result.status.converged
    assert result.values[result.names.index("mu")] == expected
    assert result.status.at_bounds == ("mu",)
    assert result.errors[result.names.index("mu")] == 0


def test_no_data_at_all():
    likelihood = likelihood_of(search(2))
    result = fit(likelihood, Data(np.zeros_like(likelihood.observations), likelihood.auxdata))
    assert result.status.converged
    assert result.values[result.names.index("mu")] == 0.0
    assert result.values[result.names.index("k")] == 0.0


def test_a_minimum_at_the_wall():
    """Bins without events pull a shape to where their expectation would be negative: compare with
    constrained SLSQP.
    """
    signal = 5 * np.exp(-0.5 * ((np.arange(20) - 8) / 1.5) ** 2)
    background = np.where(np.arange(20) < 15, 20.0, 0.8)
    change = np.where(np.arange(20) < 15, 0.05, 1.2)
    shape = histosys("shape", background, change, -change)
    samples = [
        sample("signal", signal, modifier("normfactor", "mu")),
        sample("background", background, shape),
    ]
    observed = np.where(np.arange(20) < 15, np.round(0.9 * background + signal), 0.0)
    content = workspace(
        [{"name": "SR", "samples": samples}], [{"name": "SR", "data": observed.tolist()}]
    )
    likelihood = likelihood_of(content)
    result = fit(likelihood)
    assert result.status.minimizer == "newton"
    wall = scipy_minimize(
        lambda values: -2 * max(likelihood.logpdf(values), -1e6),
        likelihood.inits,
        method="SLSQP",
        bounds=likelihood.bounds.T,
        constraints={"type": "ineq", "fun": lambda values: likelihood.expected(values)[15:]},
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert likelihood.expected(result.values).min() == pytest.approx(0.0, abs=1e-8)
    assert result.minus_two_log_likelihood == pytest.approx(wall.fun, abs=1e-5)
    np.testing.assert_allclose(result.values, wall.x, atol=1e-3)


def test_parameters_without_influence_stay():
    content = counting(50.0, 10.0, 40.0)
    content["channels"][0]["samples"].append(
        sample("empty", np.zeros(1), modifier("normfactor", "k_empty"))
    )
    result = fit(likelihood_of(content))
    assert result.status.converged
    assert result.status.undetermined == ("k_empty",)
    assert result.values[result.names.index("k_empty")] == 1.0
    assert result.errors[result.names.index("k_empty")] == 0.0


def test_degenerate_parameters_are_told():
    result = fit(likelihood_of(counting(50.0, 10.0, 40.0, modifier("normfactor", "same"))))
    assert result.status.converged
    assert result.deviance == pytest.approx(0.0, abs=1e-9)
    assert "degenerate" in result.status.message


def test_events_without_expectation_are_refused():
    likelihood = likelihood_of(counting(3.0, 0.0, 0.0))
    with pytest.raises(WollemiError, match=r"SR\[0\].*there are events where none are expected"):
        fit(likelihood)


def test_an_unknown_fixed_parameter_is_refused():
    with pytest.raises(WollemiError, match="no parameter 'nu'"):
        fit(likelihood_of(search(2)), fixed={"nu": 1.0})


def stuck(objective, start, movable, bounds):
    return Minimum(objective(start), False, 0, np.inf, "stuck")


@pytest.fixture
def newton_fails(monkeypatch):
    for module in (wollemi_likelihood.search, wollemi_likelihood.pieces):
        monkeypatch.setattr(module, "minimize", stuck)


def test_iminuit_takes_over(newton_fails):
    likelihood = likelihood_of(everything(4))
    result, reference = fit(likelihood), fit_iminuit(likelihood)
    assert result.status.minimizer == "iminuit"
    assert result.status.converged
    np.testing.assert_allclose(result.values, reference.values)
    found = find_minimum(Objective(likelihood, likelihood.data), {})
    assert found.converged
    assert 2 * found.point.objective == pytest.approx(result.deviance, abs=1e-6)


def test_a_search_that_fails_is_an_error(newton_fails, monkeypatch):
    monkeypatch.setattr(wollemi_likelihood.search, "migrad", stuck)
    likelihood = likelihood_of(search(2))
    with pytest.raises(WollemiError, match="fit with mu = 1: stuck"):
        find_minimum(Objective(likelihood, likelihood.data), {"mu": 1.0})


def imprecise(objective, start, movable, steps):
    """MIGRAD whose EDM is above its goal."""
    found = migrad(objective, start, movable, steps)
    return replace(found, converged=False, distance=1e-4, message="EDM above its goal")


def test_a_second_search_confirms_an_imprecise_one(newton_fails, monkeypatch):
    reference = fit_iminuit(likelihood_of(search(2)))
    monkeypatch.setattr(wollemi_likelihood.search, "migrad", imprecise)
    result = fit(likelihood_of(search(2)))
    assert result.status.converged
    assert result.status.message == "EDM above its goal, confirmed by a second search"
    assert result.deviance == pytest.approx(reference.deviance, abs=1e-5)


def test_a_second_search_that_ends_elsewhere_confirms_nothing(newton_fails, monkeypatch):
    def elsewhere(objective, start, movable, steps):
        found = replace(imprecise(objective, start, movable, steps))
        far = objective(np.where(movable, start, found.point.values))
        return replace(found, point=far)

    monkeypatch.setattr(wollemi_likelihood.search, "migrad", elsewhere)
    likelihood = likelihood_of(everything(4))
    objective = Objective(likelihood, likelihood.data)
    found = Minimum(objective(likelihood.bounds.mean(axis=0)), False, 0, np.inf, "stuck")
    movable = ~likelihood.fixed
    assert not confirmed_minimum(objective, found, movable).converged


def test_a_good_start_needs_no_steps():
    likelihood = likelihood_of(everything(0))
    first = fit(likelihood)
    assert first.status.iterations > 1
    assert fit(likelihood, start=first.values).status.iterations == 0


@pytest.mark.parametrize("seed", slow_but((45, 53), range(45, 65)))
def test_no_minimum_is_lower(seed):
    """From the initial values alone the search for seed 53 ends in the higher one of two."""
    likelihood, generator = likelihood_of(random_model(seed)), np.random.default_rng(seed)
    best, (lower, upper) = fit(likelihood), likelihood.bounds
    widths = np.minimum(upper - lower, 4.0) / 4
    for _ in range(10):
        start = likelihood.inits + widths * generator.normal(size=widths.shape)
        other = fit(likelihood, start=np.clip(start, lower, upper))
        assert other.minus_two_log_likelihood > best.minus_two_log_likelihood - 1e-6
