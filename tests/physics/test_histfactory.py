"""HistFactory of ROOT: fit, errors, MINOS, profile and limits of three models, by RooFit and
RooStats (docs/validation.md). The two random models have every modifier.
"""

import numpy as np
import pytest
from support.oracles.histfactory import (
    for_histfactory,
    python_with_root,
    root_inference_of,
    root_names,
)
from support.products.random_models import random_model
from support.products.statistical_models import search

from wollemi_likelihood.fit import fit, minos
from wollemi_likelihood.inference.profile_scans import profile
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit

pytestmark = pytest.mark.slow

MODELS = {
    "a search": search(2),
    "three regions": random_model(4),
    "two regions": random_model(73),
}
# Standard deviations from the estimate at which the profiles are compared.
PLACES = np.array([-1.5, -0.5, 0.5, 1.0, 2.0])


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    return python_with_root(tmp_path_factory.mktemp("root"))


@pytest.fixture(scope="module", params=MODELS)
def model(request, python, tmp_path_factory):
    """Workspace, likelihood, its fit, points of the profile, and what ROOT finds."""
    content = for_histfactory(MODELS[request.param])
    likelihood = Likelihood.from_workspace(content)
    best, place = fit(likelihood), likelihood.index["mu"]
    points = best.values[place] + best.errors[place] * PLACES
    points = np.clip(points, *likelihood.bounds[:, place])
    folder = tmp_path_factory.mktemp("model")
    return content, likelihood, best, points, root_inference_of(content, points, folder, python)


def test_the_fit_is_that_of_root(model, record_property):
    """Estimates and errors of all parameters that ROOT fits."""
    content, likelihood, best, _, found = model
    names, theirs = root_names(content), found["parameters"]
    compared = [name for name in likelihood.names if names[name] in theirs]
    assert {names[name] for name in compared} == theirs.keys()
    places = [likelihood.index[name] for name in compared]
    values, errors = np.array([theirs[names[name]] for name in compared]).T
    pulls = np.abs(best.values[places] - values) / best.errors[places]
    ratios = np.abs(errors / best.errors[places] - 1)
    record_property("parameters", len(compared))
    record_property("pull", float(pulls.max()))
    record_property("error", float(ratios.max()))
    record_property("error_of_mu", float(ratios[compared.index("mu")]))
    assert pulls.max() < 1e-3
    assert ratios[compared.index("mu")] < 2e-3
    # MINUIT's finite differences: it gives 1.002 where a closed formula says 1
    assert ratios.max() < 2e-2


def test_minos_is_that_of_root(model, record_property):
    _, likelihood, best, _, found = model
    ratios = np.array(minos(likelihood, best, ["mu"])["mu"]) / found["minos"] - 1
    record_property("minos", float(np.abs(ratios).max()))
    assert np.abs(ratios).max() < 1e-3


def test_the_profile_is_that_of_root(model, record_property):
    _, likelihood, best, points, found = model
    differences = profile(likelihood, likelihood.data, best, {"mu": points}) - found["rises"]
    record_property("rise", float(np.abs(differences).max()))
    assert np.abs(differences).max() < 1e-4


def test_limits_are_those_of_root(model, record_property):
    """Observed and median; AsymptoticCalculator, q̃. Its fits end where CLs is 3e-4 off."""
    _, likelihood, *_, found = model
    limit = upper_limit(likelihood)
    ratios = np.array([limit.observed, limit.expected[2]]) / found["limits"] - 1
    record_property("limit", float(np.abs(ratios).max()))
    assert np.abs(ratios).max() < 2e-3
