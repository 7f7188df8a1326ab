"""The likelihood against pyhf's, its derivatives against finite differences, and what is
refused.
"""

import copy

import numpy as np
import pyhf
import pytest
from support.products.statistical_models import (
    everything,
    modifier,
    normsys,
    pyhf_model,
    sample,
    search,
    workspace,
)

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.objective import Objective

WORKSPACES = {
    "everything": everything(0),
    "everything again": everything(1),
    "search": search(2),
    "rare search": search(3, 9, 0.5),
}


def random_points(likelihood: Likelihood, seed: int, count: int = 20) -> list[np.ndarray]:
    """Points inside and outside of ±1 for interpolated parameters, with no negative expectation."""
    random = np.random.default_rng(seed)
    points = []
    while len(points) < count:
        symmetric = likelihood.bounds[0] < 0
        values = np.where(
            symmetric,
            random.normal(0, 1.3, len(symmetric)),
            random.uniform(0.3, 1.7, len(symmetric)),
        )
        if (likelihood.expected(values) >= 0).all():
            points.append(values)
    return points


@pytest.fixture(params=WORKSPACES)
def content(request):
    return WORKSPACES[request.param]


@pytest.fixture
def likelihood(content):
    return Likelihood.from_workspace(content)


def test_parameters_are_those_of_pyhf(content, likelihood):
    model, _ = pyhf_model(content)
    parameters = likelihood.parameters
    assert [parameter.name for parameter in parameters] == model.config.par_names
    assert [parameter.init for parameter in parameters] == model.config.suggested_init()
    assert [parameter.bounds for parameter in parameters] == [
        tuple(pair) for pair in model.config.suggested_bounds()
    ]
    assert [parameter.fixed for parameter in parameters] == model.config.suggested_fixed()
    assert likelihood.auxdata.tolist() == model.config.auxdata
    assert likelihood.poi == model.config.poi_name
    assert list(likelihood.samples) == model.config.samples
    assert dict(likelihood.channels) == model.config.channel_slices
    sets = [model.config.param_set(name) for name in model.config.par_order]
    constraints = [getattr(s, "pdf_type", "none") for s in sets for _ in range(s.n_parameters)]
    assert [parameter.constraint for parameter in parameters] == constraints
    widths = [
        width for s in sets for width in (s.width() if s.constrained else [0.0] * s.n_parameters)
    ]
    np.testing.assert_allclose([parameter.width for parameter in parameters], widths, rtol=1e-14)


def test_logpdf_is_that_of_pyhf(content, likelihood):
    model, data = pyhf_model(content)
    for values in random_points(likelihood, 1):
        assert likelihood.logpdf(values) == pytest.approx(
            model.logpdf(values, data)[0], rel=1e-13, abs=1e-10
        )


@pytest.mark.parametrize("alpha", [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0])
def test_logpdf_at_the_joints_of_the_interpolation(content, likelihood, alpha):
    model, data = pyhf_model(content)
    values = np.where(likelihood.bounds[0] < 0, alpha, likelihood.inits)
    assert likelihood.logpdf(values) == pytest.approx(
        model.logpdf(values, data)[0], rel=1e-13, abs=1e-10
    )


def test_logpdf_of_other_data(content, likelihood):
    model, _ = pyhf_model(content)
    random = np.random.default_rng(3)
    for values in random_points(likelihood, 4, 5):
        toy = likelihood.toy(values, random)
        reference = model.logpdf(likelihood.inits, np.concatenate([toy.main, toy.auxiliary]))[0]
        assert likelihood.logpdf(likelihood.inits, toy) == pytest.approx(
            reference, rel=1e-13, abs=1e-10
        )


def test_expectation_is_that_of_pyhf(content, likelihood):
    model, _ = pyhf_model(content)
    for values in random_points(likelihood, 5, 5):
        reference = model.main_model.expected_data(values, return_by_sample=True)
        np.testing.assert_allclose(likelihood.expected_by_sample(values), reference, rtol=1e-12)
        asimov = likelihood.asimov(values)
        np.testing.assert_allclose(
            np.concatenate([asimov.main, asimov.auxiliary]), model.expected_data(values), rtol=1e-12
        )


def finite_differences(function, values: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Slopes to fourth order in the step."""
    rows = []
    for unit in step * np.eye(len(values)):
        near, far = (
            function(values + unit) - function(values - unit),
            function(values + 2 * unit) - function(values - 2 * unit),
        )
        rows.append((8 * near - far) / (12 * step))
    return np.array(rows)


def slope_of_logpdf(likelihood: Likelihood, values: np.ndarray, data: Data | None = None):
    return -Objective(likelihood, data or likelihood.data)(values).gradient


def test_gradient_is_the_slope_of_logpdf(likelihood):
    for values in random_points(likelihood, 6, 5):
        slopes = finite_differences(likelihood.logpdf, values)
        np.testing.assert_allclose(
            slope_of_logpdf(likelihood, values), slopes, rtol=1e-7, atol=1e-6
        )


def test_gradient_where_a_factor_is_zero(likelihood):
    """Logarithmic derivatives do not exist there, the gradient does and is continuous."""
    at_zero, near_zero = likelihood.inits.copy(), likelihood.inits.copy()
    at_zero[likelihood.index["mu"]], near_zero[likelihood.index["mu"]] = 0.0, 1e-9
    data = Data(likelihood.expected(at_zero), likelihood.auxdata)
    slope = slope_of_logpdf(likelihood, at_zero, data)
    assert abs(slope[likelihood.index["mu"]]) > 0.1 or (data.main > 0).all()
    np.testing.assert_allclose(
        slope, slope_of_logpdf(likelihood, near_zero, data), rtol=1e-7, atol=1e-6
    )


def test_hessian_is_the_slope_of_the_gradient(likelihood):
    objective = Objective(likelihood, likelihood.data)
    for values in random_points(likelihood, 7, 3):
        slopes = finite_differences(lambda place: objective(place).gradient, values)
        np.testing.assert_allclose(
            objective.hessian(objective(values)), slopes, rtol=1e-6, atol=1e-5
        )


def test_information_is_the_hessian_of_asimov_data(likelihood):
    for values in random_points(likelihood, 8, 3):
        objective = Objective(likelihood, likelihood.asimov(values))
        point = objective(values)
        assert point.objective == pytest.approx(0.0, abs=1e-12)
        np.testing.assert_allclose(point.gradient, 0.0, atol=1e-9)
        np.testing.assert_allclose(
            objective.information(point), objective.hessian(point), rtol=1e-9, atol=1e-9
        )


def test_a_negative_expectation_is_impossible():
    """pyhf gives it a higher density than an expectation of 0 if there are no events."""
    signal, background = np.array([5.0, 1.0]), np.array([0.5, 10.0])
    samples = [
        sample("signal", signal, modifier("normfactor", "mu")),
        sample("background", background, normsys("norm", 1.1, 0.9)),
    ]
    content = workspace([{"name": "SR", "samples": samples}], [{"name": "SR", "data": [0.0, 10.0]}])
    likelihood = Likelihood.from_workspace(content)
    values = np.where([name == "mu" for name in likelihood.index], -0.2, 0.0)
    model, data = pyhf_model(content)
    assert model.logpdf(values, data)[0] > model.logpdf(np.zeros(2), data)[0]
    assert likelihood.logpdf(values) == -np.inf


def test_toys_follow_the_model():
    likelihood = Likelihood.from_workspace(everything(0))
    values = np.where(likelihood.bounds[0] < 0, 0.2, 1.1)
    random = np.random.default_rng(9)
    toys = [likelihood.toy(values, random) for _ in range(400)]
    expected = likelihood.asimov(values)
    for drawn, mean in (
        ([toy.main for toy in toys], expected.main),
        ([toy.auxiliary for toy in toys], expected.auxiliary),
    ):
        error = np.std(drawn, axis=0) / np.sqrt(len(toys))
        assert (np.abs(np.mean(drawn, axis=0) - mean) <= 4 * error).all()


def replace(content: dict, path: list, value: object) -> dict:
    changed = copy.deepcopy(content)
    target = changed
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return changed


SIGNAL = ["channels", 0, "samples", 1]
WRONG = {
    "unknown type": ([*SIGNAL, "modifiers", 0, "type"], "normfacto", "unknown type 'normfacto'"),
    "vanishing normsys": (
        [*SIGNAL, "modifiers", 2, "data", "lo"],
        0.0,
        "must be positive, not 0.0 and 1.05",
    ),
    "wrong length": ([*SIGNAL, "data"], [1.0, 2.0], "2 values in a channel of 5 bins"),
    "not a number": ([*SIGNAL, "data"], [1.0, 2.0, 3.0, float("nan"), 5.0], "not a finite number"),
    "shared shapesys": (
        [*SIGNAL, "modifiers", 0],
        modifier("shapesys", "fakes", [1.0] * 5),
        "cannot be shared",
    ),
    "one name, two meanings": ([*SIGNAL, "modifiers", 0, "name"], "norm", "different constraints"),
    "lumi without settings": (
        ["measurements", 0, "config", "parameters"],
        [],
        "a lumi modifier needs its settings",
    ),
    "wrong number of settings": (
        ["measurements", 0, "config", "parameters", 0, "inits"],
        [1.0, 1.0],
        "2 values for inits, expected 1",
    ),
    "setting that is not there": (
        ["measurements", 0, "config", "parameters", 0, "sigmas"],
        [1.0],
        "has no setting 'sigmas'",
    ),
    "unknown parameter of interest": (
        ["measurements", 0, "config", "poi"],
        "sigma",
        "'sigma' is not a scalar parameter",
    ),
    "missing observation": (["observations", 0, "name"], "other", "they are missing"),
    "negative observation": (
        ["observations", 0, "data", 0],
        -1.0,
        "a number of events is negative",
    ),
    "staterror in other channels": (
        ["channels", 1, "samples", 0, "modifiers", 1],
        modifier("staterror", "stat_SR", [1.0] * 3),
        "in different channels",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_contradictory_workspace_is_refused(name):
    path, value, problem = WRONG[name]
    with pytest.raises(WollemiError, match=problem):
        Likelihood.from_workspace(replace(everything(0), path, value))


def test_an_unknown_measurement_is_refused():
    with pytest.raises(WollemiError, match="choose one of: measurement"):
        Likelihood.from_workspace(everything(0), "another")


def test_a_measurement_is_chosen_by_name():
    content = everything(0)
    second = {
        "name": "second",
        "config": {
            "poi": "k_top",
            "parameters": content["measurements"][0]["config"]["parameters"],
        },
    }
    content["measurements"].append(second)
    assert Likelihood.from_workspace(content, "second").poi == "k_top"


def test_one_staterror_may_span_channels():
    content = search(0)
    names = {"SR": "stat", "CR": "stat"}
    for channel in content["channels"]:
        for item in channel["samples"]:
            item["modifiers"] = [m for m in item["modifiers"] if m["type"] != "staterror"]
            if item["name"] == "background":
                item["modifiers"].append(
                    modifier(
                        "staterror", names[channel["name"]], (0.1 * np.array(item["data"])).tolist()
                    )
                )
    likelihood = Likelihood.from_workspace(content)
    model, data = pyhf_model(content)
    assert [parameter.name for parameter in likelihood.parameters] == model.config.par_names
    for values in random_points(likelihood, 10, 5):
        assert likelihood.logpdf(values) == pytest.approx(
            model.logpdf(values, data)[0], rel=1e-13, abs=1e-10
        )


def test_schema_of_the_test_models(content):
    pyhf.schema.validate(content, "workspace.json")
