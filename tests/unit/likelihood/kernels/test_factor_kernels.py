"""Factors that are expressions: expected events and -2 ln L against pyhf, derivatives against
finite differences.
"""

import numpy as np
import pyhf
import pytest
from support.products.couplings import coupled_model
from support.products.statistical_models import search

from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.pyhf_factors import MODIFIERS

SEEDS = range(12)


def points(likelihood, seed, number=4):
    """Random parameters where everything is defined."""
    rng = np.random.default_rng(seed)
    found = [likelihood.inits]
    while len(found) < number:
        values = likelihood.inits + rng.uniform(-0.4, 0.4, len(likelihood.inits))
        values = np.clip(values, *likelihood.bounds)
        if np.isfinite(likelihood.logpdf(values)):
            found.append(values)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_likelihood_is_that_of_pyhf(seed):
    content = coupled_model(seed)
    likelihood = Likelihood.from_workspace(content)
    workspace = pyhf.Workspace(content, validate=False)
    model = workspace.model(modifier_set=MODIFIERS, validate=False)
    data = workspace.data(model)
    assert [item.name for item in likelihood.parameters] == list(model.config.par_names)
    for values in points(likelihood, seed):
        expected = model.expected_data(values, include_auxdata=False)
        np.testing.assert_allclose(likelihood.expected(values), expected, rtol=1e-9)
        assert likelihood.logpdf(values) == pytest.approx(
            float(model.logpdf(values, data)[0]), rel=1e-9
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_derivatives_are_those_of_finite_differences(seed):
    likelihood = Likelihood.from_workspace(coupled_model(seed))
    objective = Objective(likelihood, likelihood.data)
    for values in points(likelihood, seed, 3):
        point = objective(values)
        hessian = objective.hessian(point)
        for place, step in enumerate(1e-5 * np.eye(len(values))):
            above, below = objective(values + step), objective(values - step)
            slope = (above.objective - below.objective) / 2e-5
            assert point.gradient[place] == pytest.approx(slope, rel=1e-6, abs=1e-6)
            second = (above.gradient - below.gradient) / 2e-5
            np.testing.assert_allclose(hessian[place], second, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_derivatives_exist_where_factors_vanish(seed):
    """At 0 the derivatives relative to a factor would be infinite."""
    likelihood = Likelihood.from_workspace(coupled_model(seed))
    objective = Objective(likelihood, likelihood.data)
    values = likelihood.inits.copy()
    for name in ("c1", "c2"):
        if name in likelihood.index:
            values[likelihood.index[name]] = 0.0
    place = likelihood.index["c1"]
    step = np.zeros(len(values))
    step[place] = 1e-5
    point = objective(values)
    above, below = objective(values + step), objective(values - step)
    slope = (above.objective - below.objective) / 2e-5
    assert point.gradient[place] == pytest.approx(slope, rel=1e-6, abs=1e-6)
    second = (above.gradient - below.gradient) / 2e-5
    np.testing.assert_allclose(objective.hessian(point)[place], second, rtol=1e-5, atol=1e-4)


def test_the_limit_on_a_strength_follows_a_held_coupling():
    """Of a signal scaled by mu kappa², with kappa = 2, a fourth of the limit."""
    content = search(1)
    poi = content["measurements"][0]["config"]["poi"]
    plain = upper_limit(Likelihood.from_workspace(content), points=2)
    for channel in content["channels"]:
        for sample in channel["samples"]:
            for item in sample["modifiers"]:
                if (item["name"], item["type"]) == (poi, "normfactor"):
                    expression = {"expr": f"{poi} * kappa**2"}
                    item.update(name="factor", type="customfunc", data=expression)
    held = {"name": "kappa", "inits": [2.0], "bounds": [[0.0, 3.0]], "fixed": True}
    content["measurements"][0]["config"]["parameters"].append(held)
    scaled = upper_limit(Likelihood.from_workspace(content), points=2)
    assert scaled.observed == pytest.approx(plain.observed / 4, rel=1e-5)
    np.testing.assert_allclose(scaled.expected, np.divide(plain.expected, 4), rtol=1e-5)
