"""Codes of the interpolation against pyhf's `modifier_settings`; minima at their kinks."""

import itertools

import numpy as np
import pyhf
import pytest
from support.products.random_models import random_model
from support.products.statistical_models import histosys, normsys, search

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.interpolation import Interpolation, interpolation_of
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.pyhf_comparison import compare_with_pyhf

CODES = [
    Interpolation("code1", "code0"),
    Interpolation("code4", "code0"),
    Interpolation("code1", "code4p"),
]


def with_codes(content, codes):
    content["measurements"][0]["name"] = codes.named("measurement")
    return content


def kinked(seed):
    """A model whose systematics have both sides on one, so that a minimum may be at a kink."""
    content = search(seed)
    background = content["channels"][0]["samples"][1]
    nominal = np.array(background["data"])
    up, down = np.linspace(0.05, 0.3, (2 * len(nominal))).reshape(2, -1)
    sides = [histosys("shape", nominal, up, down), normsys("extrapolation", 1.2, 1.1)]
    kept = [m for m in background["modifiers"] if m["name"] not in ("shape", "extrapolation")]
    background["modifiers"] = kept + sides
    return with_codes(content, Interpolation("code1", "code0"))


def pyhf_minimum(content, **options):
    codes = interpolation_of(content["measurements"][0]["name"])
    workspace = pyhf.Workspace(content)
    model = workspace.model(modifier_settings=codes.settings)
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=0))
    options = {key: make(model.config) for key, make in options.items()}
    found = pyhf.infer.mle.fit(workspace.data(model), model, return_fitted_val=True, **options)
    pyhf.set_backend("numpy")
    return np.asarray(found[0]), float(found[1])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("codes", CODES)
def test_the_likelihood_is_that_of_pyhf(seed, codes):
    content = with_codes(random_model(seed), codes)
    compare_with_pyhf("model", content, Likelihood.from_workspace(content))


@pytest.mark.parametrize("codes", CODES)
def test_fits_are_those_of_pyhf(codes):
    content = with_codes(search(1), codes)
    values, lowest = pyhf_minimum(content)
    found = fit(Likelihood.from_workspace(content))
    assert found.minus_two_log_likelihood == pytest.approx(lowest, abs=1e-8)
    np.testing.assert_allclose((values - found.values) / found.errors, 0, atol=1e-4)
    default = fit(Likelihood.from_workspace(search(1)))
    assert np.abs((default.values - found.values) / found.errors).max() > 1e-3


@pytest.mark.parametrize("codes", CODES)
def test_derivatives_are_those_of_finite_differences(codes):
    """Away from kinks, and inside and outside of ±1σ."""
    likelihood = Likelihood.from_workspace(with_codes(search(2), codes))
    objective = Objective(likelihood, likelihood.data)
    random = np.random.default_rng(1)
    for size in (0.3, 1.4):
        signs = random.choice([-1, 1], len(likelihood.inits))
        moved = likelihood.inits * (1 + 0.05 * signs)
        places = list(likelihood.kinks)
        moved[places] = size * signs[places]
        point = objective(moved)
        hessian = objective.hessian(point)
        for place, step in enumerate(1e-5 * np.eye(len(moved))):
            above, below = objective(moved + step), objective(moved - step)
            slope = (above.objective - below.objective) / 2e-5
            assert point.gradient[place] == pytest.approx(slope, rel=1e-6, abs=1e-6)
            second = (above.gradient - below.gradient) / 2e-5
            np.testing.assert_allclose(hessian[place], second, rtol=1e-5, atol=1e-4)


def test_at_a_kink_derivatives_are_the_mean_of_both_sides():
    likelihood = Likelihood.from_workspace(kinked(0))
    objective = Objective(likelihood, likelihood.data)
    for place in likelihood.kinks:
        step = 1e-6 * np.eye(len(likelihood.inits))[place]
        sides = [objective(likelihood.inits + sign * step).gradient[place] for sign in (-1, 1)]
        found = objective(likelihood.inits).gradient[place]
        assert found == pytest.approx(np.mean(sides), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("seed", [0, 3])
def test_a_minimum_at_a_kink_rises_at_both_sides(seed):
    likelihood = Likelihood.from_workspace(kinked(seed))
    found = fit(likelihood)
    assert found.status.converged
    assert found.status.minimizer == "newton"
    assert found.status.gradient_norm < 1e-6
    at_kink = [place for place in likelihood.kinks if found.values[place] == 0]
    assert "at a kink" in found.status.message
    assert (found.errors[at_kink] > 0.5).all()
    objective = Objective(likelihood, likelihood.data)
    for place in at_kink:
        step = 1e-6 * np.eye(len(found.values))[place]
        below, above = (objective(found.values + sign * step).gradient for sign in (-1, 1))
        assert below[place] < 0 < above[place]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 3])
def test_a_minimum_at_a_kink_is_the_lowest(seed):
    """Of pyhf's minima with each systematic at one side."""
    content = kinked(seed)
    likelihood = Likelihood.from_workspace(content)
    found = fit(likelihood)
    places, lowest = list(likelihood.kinks), []
    for signs in itertools.product([-1, 1], repeat=len(places)):
        bounds, inits = likelihood.bounds.T.copy(), likelihood.inits.copy()
        for place, sign in zip(places, signs, strict=True):
            bounds[place] = sorted([0.0, 5.0 * sign])
            inits[place] = 0.3 * sign
        _, value = pyhf_minimum(
            content,
            init_pars=lambda _, inits=inits: inits.tolist(),
            par_bounds=lambda _, bounds=bounds: bounds.tolist(),
        )
        lowest.append(value)
    assert found.minus_two_log_likelihood == pytest.approx(min(lowest), abs=1e-5)
    assert found.minus_two_log_likelihood < min(lowest) + 1e-8


@pytest.mark.parametrize("codes", [Interpolation(), *CODES])
@pytest.mark.parametrize("name", ["hzz4l", "hzz4l [pseudo-data] [BLINDED]", "a {b} c"])
def test_the_name_of_a_measurement_has_the_codes(name, codes):
    assert interpolation_of(codes.named(name)) == codes
    assert (codes.named(name) == name) == (codes == Interpolation())


def test_an_unknown_code_is_refused():
    """pyhf's code 2 jumps at ±1σ (0.7.6), so that there is nothing to compare with."""
    with pytest.raises(WollemiError, match="histosys: code2 is unknown"):
        interpolation_of("m {histosys: code2}")
