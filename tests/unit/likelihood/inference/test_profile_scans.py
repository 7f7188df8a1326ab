"""Profile likelihood scans against fits of pyhf, cabinetry, closed forms and the significance."""

from itertools import product

import cabinetry
import numpy as np
import pyhf
import pytest
from support.products.statistical_models import (
    counting,
    everything,
    normsys,
    pyhf_model,
    search,
)
from support.project.seeds import slow_but

from wollemi.results import scans as products
from wollemi.results.scans import contour_rise
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit, minos
from wollemi_likelihood.inference import profile_scans
from wollemi_likelihood.inference.confidence_intervals import scanned_parameter
from wollemi_likelihood.inference.profile_scans import (
    profile,
    scan_workspace,
    scanned_profile,
    scanned_values,
)
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import significance
from wollemi_likelihood.workspaces import Workspace


def scanned(content, parameters, ranges=None, points=7, measurement="m"):
    likelihood = Likelihood.from_workspace(content)
    return scan_workspace(
        Workspace("signal", measurement, likelihood), parameters, ranges or {}, points
    )


def pyhf_rise(content, held):
    """-2 ln L of pyhf with parameters held, above that of its best fit."""
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-5, strategy=2))
    model, data = pyhf_model(content)
    inits, fixed = model.config.suggested_init(), model.config.suggested_fixed()
    best = pyhf.infer.mle.fit(data, model, return_fitted_val=True)[1]
    for name, value in held.items():
        place = model.config.par_slice(name).start
        inits[place], fixed[place] = value, True
    fitted = pyhf.infer.mle.fit(data, model, inits, None, fixed, return_fitted_val=True)[1]
    pyhf.set_backend("numpy")
    return float(fitted - best)


@pytest.mark.parametrize(
    ("content", "parameters"),
    [
        (search(2), ["mu"]),
        (search(3, 9, 5.0), ["mu"]),
        (search(2), ["extrapolation"]),
        (search(2), ["mu", "k"]),
        (everything(4), ["mu", "shape"]),
    ],
    ids=["strength", "few events", "nuisance", "plane", "everything"],
)
def test_points_are_fits_of_pyhf(content, parameters):
    found = scanned(content, parameters, points=5)
    points = list(product(*found.values))
    assert len(points) == 5 ** len(parameters) == len(found.observed.rise)
    for place in range(0, len(points), 3):
        held = dict(zip(parameters, points[place], strict=True))
        assert found.observed.rise[place] == pytest.approx(pyhf_rise(content, held), abs=2e-4)


def test_points_are_those_of_cabinetry():
    content = search(2)
    model, data = cabinetry.model_utils.model_and_data(content)
    reference = cabinetry.fit.scan(model, data, "mu", par_range=(0.2, 2.0), n_steps=7)
    found = scanned(content, ["mu"], {"mu": (0.2, 2.0)})
    np.testing.assert_allclose(found.values[0], reference.parameter_values)
    np.testing.assert_allclose(found.observed.rise, reference.delta_nlls, atol=1e-3)
    assert found.observed.estimates[0] == pytest.approx(reference.bestfit, abs=1e-3)


@pytest.mark.parametrize("seed", slow_but(range(2), range(8)))
def test_without_signal_the_rise_is_the_significance_squared(seed):
    content = search(seed, 6, float(10 ** np.random.default_rng(seed).uniform(0, 2)))
    content["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[0, 20]]}]
    found = scanned(content, ["mu"], {"mu": (0.0, 2.0)}, points=3)
    expected = significance(Likelihood.from_workspace(content))
    assert found.observed.rise[0] == pytest.approx(expected.observed**2, abs=1e-5)
    assert found.expected.rise[0] == pytest.approx(expected.expected**2, abs=1e-5)
    assert found.expected.estimates == pytest.approx([1.0], abs=1e-5)


def test_intervals_are_where_the_curve_crosses():
    content = search(2)
    likelihood = Likelihood.from_workspace(content)
    for level, name in ((1.0, "one_sigma"), (4.0, "two_sigma")):
        found = getattr(scanned(content, ["mu"]).observed, name)
        for end in (found.lower, found.upper):
            assert pyhf_rise(content, {"mu": end}) == pytest.approx(level, abs=2e-3)
    sides = minos(likelihood, fit(likelihood), ["mu"])["mu"]
    observed = scanned(content, ["mu"]).observed
    assert observed.one_sigma.upper == pytest.approx(observed.estimates[0] + sides.upper)
    assert observed.one_sigma.lower == pytest.approx(observed.estimates[0] + sides.lower)


def test_closed_form_of_one_bin():
    found = scanned(counting(64.0, 10.0, 40.0), ["mu"], {"mu": (0.5, 5.0)}, points=10)
    expected = 40 + 10 * np.array(found.values[0])
    rise = 2 * (expected - 64 + 64 * np.log(64 / expected))
    np.testing.assert_allclose(found.observed.rise, rise, atol=1e-6)


@pytest.mark.parametrize("bounds", [(0.0, 0.5), (-0.3, 0.8), (0.2, 0.9), (1.5, 4.0)])
def test_asimov_data_need_no_bounds_around_1(bounds):
    """14 events of a strength of 1 of 10, and a background of 4; the estimate is at a bound."""
    content = counting(7.0, 10.0, 4.0)
    content["measurements"][0]["config"]["parameters"] = [
        {"name": "mu", "inits": [bounds[1]], "bounds": [list(bounds)]}
    ]
    found = scanned(content, ["mu"])
    nearest = min(bounds, key=lambda bound: abs(bound - 1))
    assert found.expected.estimates == pytest.approx([nearest], abs=1e-6)
    expected = 4 + 10 * np.array([*found.values[0], nearest])
    deviance = 2 * (expected - 14 * np.log(expected))
    np.testing.assert_allclose(found.expected.rise, deviance[:-1] - deviance[-1], atol=1e-5)
    assert found.asimov == {"mu": 1.0}
    test = scanned_parameter(
        Workspace("signal", "m", Likelihood.from_workspace(content)), "mu", None
    )
    assert test.estimate("expected") == pytest.approx(nearest, abs=1e-6)


def test_by_default_three_standard_deviations_around_both_estimates_are_scanned():
    found = scanned(search(2), ["mu"], points=31)
    lower, upper = found.values[0][0], found.values[0][-1]
    assert lower == 0.0  # its bound
    assert min(scan.rise[-1] for scan in (found.observed, found.expected)) > 7
    bounds = {"mu": (0.3, 1.1)}
    content = search(2)
    content["measurements"][0]["config"]["parameters"] = [
        {"name": name, "bounds": [list(pair)]} for name, pair in bounds.items()
    ]
    within = scanned(content, ["mu"]).values[0]
    assert upper > 1.1
    assert (within[0], within[-1]) == (0.3, 1.1)


def test_at_a_bound_one_side_is_scanned():
    content = counting(35.0, 10.0, 40.0, normsys("norm", 1.1, 0.9))
    found = scanned(content, ["mu"])
    assert found.observed.estimates == (0.0,)
    assert found.observed.one_sigma.lower is None
    assert found.observed.one_sigma.upper > 0
    assert found.values[0][0] == 0.0


def test_contours_hold_the_share_of_two_degrees_of_freedom():
    """A plane of two known Gaussians: random points are inside as often as the level says."""
    random = np.random.default_rng(5).normal(size=(20_000, 2))
    for level in (0.68, 0.95):
        inside = np.mean((random**2).sum(axis=1) < contour_rise(level))
        assert abs(inside - level) < 4 * np.sqrt(level * (1 - level) / 20_000)


def test_blinded_data_are_not_scanned():
    found = scanned(search(2), ["mu"], measurement="m [BLINDED]")
    assert found.observed is None
    assert None not in found.expected.rise


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        ({}, "nothing", "the model has no such parameter"),
        ({"name": "k", "inits": [1.0], "fixed": True}, "k", "the model fixes it"),
        ({}, "idle", "it has no influence on the likelihood"),
    ],
)
def test_what_cannot_be_scanned(change, name, message):
    content = search(2)
    content["channels"][1]["samples"].append(
        {
            "name": "nothing",
            "data": [0.0],
            "modifiers": [{"name": "idle", "type": "normfactor", "data": None}],
        }
    )
    content["measurements"][0]["config"]["parameters"] = [change] if change else []
    with pytest.raises(WollemiError, match=message):
        scanned(content, [name])


def test_a_range_beyond_the_bounds_is_refused():
    with pytest.raises(WollemiError, match=r"is outside its bounds \[0, 10\]"):
        scanned(search(2), ["mu"], {"mu": (-1.0, 3.0)})


def test_a_failed_point_is_no_number(monkeypatch):
    found_minimum = profile_scans.find_minimum

    def failing(objective, held, start=None):
        if held["mu"] > 1.5:
            raise WollemiError("fit", "no minimum", "none")
        return found_minimum(objective, held, start)

    likelihood = Likelihood.from_workspace(search(2))
    monkeypatch.setattr(profile_scans, "find_minimum", failing)
    grid = {"mu": np.array([0.5, 1.0, 2.0, 3.0])}
    found = scanned_profile(likelihood, likelihood.data, fit(likelihood), grid)
    assert [value is None for value in found.rise] == [False, False, True, True]
    assert found.one_sigma is not None


def test_a_point_without_expectation_has_no_fit():
    """Without the signal, nothing is expected where Asimov data of the signal have events."""
    found = scanned(everything(4), ["mu"], {"mu": (0.0, 2.0)}, points=3)
    assert [value is None for value in found.expected.rise] == [True, False, False]
    assert None not in found.observed.rise


def test_a_deeper_minimum_becomes_the_reference():
    """A best fit that is none: the scan starts again from its lowest point."""
    likelihood = Likelihood.from_workspace(search(2))
    wrong = fit(likelihood, fixed={"mu": 0.0})
    grid = {"mu": np.linspace(0.0, 2.0, 5)}
    found = scanned_profile(likelihood, likelihood.data, wrong, grid)
    right = profile(likelihood, likelihood.data, fit(likelihood), grid)
    np.testing.assert_allclose(found.rise, right, atol=1e-6)
    assert found.estimates[0] == pytest.approx(fit(likelihood).values[2], abs=1e-4)


def test_values_are_ascending_and_as_many_as_asked_for():
    likelihood = Likelihood.from_workspace(search(2))
    values = scanned_values(
        likelihood, [(likelihood.data, fit(likelihood))], "extrapolation", None, 11
    )
    assert len(values) == 11
    assert np.all(np.diff(values) > 0)


def test_products_have_the_rises_of_the_library():
    for name in ("ONE_SIGMA", "TWO_SIGMA"):
        assert getattr(products, name) == getattr(profile_scans, name)
