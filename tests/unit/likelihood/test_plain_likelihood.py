"""The plain arithmetic of HistFactory: pyhf's numbers, and formulas at chosen points."""

import math

import numpy as np
import pyhf
import pytest
from support.products.statistical_models import everything, search

from wollemi_likelihood.interpolation import workspace_interpolation
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.plain_likelihood import factor, plain_model, poisson, shift
from wollemi_likelihood.pyhf_comparison import points


def of_pyhf(workspace, values):
    """-2 ln L of pyhf at points, less that at the first one."""
    published = pyhf.Workspace(workspace)
    settings = workspace_interpolation(workspace).settings
    model = published.model(modifier_settings=settings)
    data = published.data(model)
    found = [-2 * float(model.logpdf(item, data)[0]) for item in values]
    return np.array(found) - found[0]


def interpolated(workspace):
    (measurement,) = workspace["measurements"]
    measurement["name"] += " {normsys: code1, histosys: code0}"
    return workspace


@pytest.mark.parametrize(
    "workspace",
    [everything(seed) for seed in range(8)]
    + [search(seed) for seed in range(4)]
    + [interpolated(everything(seed)) for seed in range(3)],
)
def test_it_is_that_of_pyhf(workspace):
    likelihood, model = Likelihood.from_workspace(workspace), plain_model(workspace)
    names = [parameter.name for parameter in likelihood.parameters]
    fixed = np.array([parameter.fixed for parameter in likelihood.parameters])
    values = [np.where(fixed, likelihood.inits, item) for item in points(likelihood)]
    found = [model.minus_two_log_likelihood(dict(zip(names, item, strict=True))) for item in values]
    assert np.array(found) - found[0] == pytest.approx(of_pyhf(workspace, values), abs=1e-9)


@pytest.mark.parametrize(("low", "high"), [(0.9, 1.2), (1.1, 1.3), (0.5, 0.4)])
def test_the_polynomial_continues_the_exponential(low, high):
    assert [factor(x, low, high) for x in (-1, 0, 1)] == pytest.approx([low, 1, high])
    step = 1e-4
    for edge, base in ((1, high), (-1, low)):
        slope = (factor(edge + step, low, high) - factor(edge - step, low, high)) / (2 * step)
        assert slope == pytest.approx(edge * base * math.log(base), rel=1e-5)


def test_shifts_are_the_templates_at_one_sigma():
    low, high = np.array([-3.0, 2.0]), np.array([5.0, 1.0])
    assert shift(1, low, high) == pytest.approx(high)
    assert shift(-1, low, high) == pytest.approx(low)
    assert shift(0.5, low, high, linear=True) == pytest.approx(high / 2)
    assert shift(-2, low, high) == pytest.approx(2 * low)


def test_poisson_is_relative_to_its_largest_value():
    assert poisson(7, 7) == 0
    assert poisson(3, 5) == pytest.approx(2 * (5 - 3 + 3 * math.log(3 / 5)))
    assert poisson(0, 2.5) == 5
    assert poisson(1, 0) == math.inf
