"""A mass from templates at five masses: closure on an analytic peak, toys, and pyhf's fit."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from support.example.analysis import DOCUMENT
from support.oracles.pyhf_fits import PyhfFits
from support.products.statistical_models import modifier, normsys, sample, workspace

from wollemi.analysis.view import view_of
from wollemi.loading.model import check_model
from wollemi_engine.expressions.morphing import morphing_factors
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.pyhf_comparison import compare_with_pyhf

EDGES = np.linspace(100, 150, 26)
MASSES = {"peak_a": 118.0, "peak_b": 121.5, "peak_c": 125.0, "peak_d": 128.5, "peak_e": 132.0}
WIDTH = 4.0
BACKGROUND = 8000 * -np.diff(np.exp(-EDGES / 60))


def peak(mass: float) -> np.ndarray:
    """Events of a signal of strength 1."""
    return np.asarray(300 * np.diff(norm.cdf(EDGES, mass, WIDTH)))


def morphed_workspace(method: str, mass: float, seed: int | None = None) -> dict[str, Any]:
    """The strength `mu` and the mass are free; data are of this mass.

    Args:
        method: of the morphing.
        mass: of the signal in the data.
        seed: of Poisson numbers; data as expected by default.
    """
    factors = morphing_factors({"mass": {"templates": MASSES, "method": method}})
    samples = [
        sample(
            name,
            peak(value),
            modifier("normfactor", "mu"),
            modifier("customfunc", f"mass_{name}", {"expr": factors[f"mass_{name}"]["expression"]}),
        )
        for name, value in MASSES.items()
    ]
    samples.append(sample("background", BACKGROUND, normsys("rate", 1.05, 0.95)))
    data = BACKGROUND + peak(mass)
    if seed is not None:
        data = np.random.default_rng(seed).poisson(data).astype(float)
    return workspace(
        [{"name": "region", "samples": samples}],
        [{"name": "region", "data": data.tolist()}],
        [{"name": "mass", "inits": [123.0], "bounds": [[118, 132]]}],
    )


METHODS = ["polynomial", "linear"]


def estimate(likelihood, name, found):
    place = likelihood.index[name]
    return found.values[place], found.errors[place]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mass", [119.0, 121.5, 123.0, 125.0, 126.2, 130.0])
def test_it_closes(method, mass):
    """Halfway between masses that are almost a width apart, too, and whatever the start."""
    likelihood = Likelihood.from_workspace(morphed_workspace(method, mass))
    found = fit(likelihood)
    assert found.status.converged
    value, error = estimate(likelihood, "mass", found)
    assert value == pytest.approx(mass, abs=1e-4 if mass in MASSES.values() else 0.1 * error)
    strength, _ = estimate(likelihood, "mu", found)
    assert strength == pytest.approx(1, abs=0.05 if method == "linear" else 0.015)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", [1, 2])
def test_fits_are_those_of_pyhf(method, seed):
    content = morphed_workspace(method, 123.6, seed)
    likelihood = Likelihood.from_workspace(content)
    compare_with_pyhf("model", content, likelihood)
    found, reference = fit(likelihood), PyhfFits(content, "mu")
    values, lowest = reference.fit(start=found.values.tolist())
    assert found.minus_two_log_likelihood == pytest.approx(lowest, abs=1e-7)
    theirs = reference.named(values)
    for name in ("mass", "mu", "rate"):
        value, error = estimate(likelihood, name, found)
        assert (theirs[name] - value) / error == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_derivatives_are_those_of_finite_differences(method):
    likelihood = Likelihood.from_workspace(morphed_workspace(method, 124.0, 1))
    objective = Objective(likelihood, likelihood.data)
    for mass in (119.2, 126.1):
        values = likelihood.inits.copy()
        values[likelihood.index["mass"]], values[likelihood.index["mu"]] = mass, 0.8
        point = objective(values)
        hessian = objective.hessian(point)
        for place, step in enumerate(1e-5 * np.eye(len(values))):
            above, below = objective(values + step), objective(values - step)
            slope = (above.objective - below.objective) / 2e-5
            assert point.gradient[place] == pytest.approx(slope, rel=1e-6, abs=1e-6)
            second = (above.gradient - below.gradient) / 2e-5
            np.testing.assert_allclose(hessian[place], second, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("method", ["polynomial", pytest.param("linear", marks=pytest.mark.slow)])
def test_toys_all_converge_and_have_no_bias(method):
    """Of a mass with a template, where straight lines have a kink: some end at it."""
    likelihood = Likelihood.from_workspace(morphed_workspace(method, 125.0))
    truth, random, pulls, at_kink = fit(likelihood).values, np.random.default_rng(2), [], 0
    for _ in range(100):
        toy = replace(likelihood, data=likelihood.toy(truth, random))
        found = fit(toy)
        assert found.status.converged
        assert found.status.minimizer == "newton"
        value, error = estimate(toy, "mass", found)
        pulls.append((value - 125.0) / error)
        at_kink += "at a kink of: mass" in found.status.message
    assert np.mean(pulls) == pytest.approx(0, abs=0.35)
    assert np.std(pulls) == pytest.approx(1, abs=0.3)
    assert bool(at_kink) == (method == "linear")


def mistaken(document):
    model = document["model"]
    model["free_normalizations"]["slope"] = {"bounds": [0, 3]}
    model["free_normalizations"]["tilt"] = {"bounds": [0, 1], "samples": "dy"}
    model["morphing"] = {
        "slope": {"templates": {"dy": 0.5, "topp": 2}},
        "tilt": {"templates": {"dy": 1, "top": 1}},
        "slop": {"templates": {"dy": 1, "top": 2}},
    }
    model["poi"] = ["slope"]


def test_mistakes():
    document = copy.deepcopy(DOCUMENT)
    mistaken(document)
    said = "\n".join(check_model(view_of(document)))
    assert "model.morphing.slope.templates: 'topp' is not a simulated sample; did you mean" in said
    assert "model.free_normalizations.slope: give bounds within [0.5, 2]" in said
    assert "model.morphing.tilt.templates: two are at the same value" in said
    assert "model.morphing.slop: 'slop' is not a free normalization; did you mean 'slope'" in said
    assert "model.poi: 'slope' is no strength of a signal" in said
