"""The plain arithmetic of HistFactory against pyhf."""

import numpy as np
import pyhf
import pytest
from support.products.statistical_models import everything, search

from wollemi_likelihood.interpolation import workspace_interpolation
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.plain_likelihood import plain_model
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
