"""Uncertainties of expected events against cabinetry's."""

import cabinetry
import numpy as np
import pytest
from support.products.statistical_models import everything, pyhf_model, search

from wollemi.statistics.fit import fit
from wollemi.statistics.likelihood import Likelihood
from wollemi.statistics.yields import YieldUncertainty, expected_uncertainty

WORKSPACES = {"everything": everything(0), "search": search(2)}


def compare(
    content: dict, uncertainty: YieldUncertainty, values: np.ndarray, covariance: np.ndarray
) -> None:
    model, _ = pyhf_model(content)
    errors = np.sqrt(covariance.diagonal())
    scale = np.where(errors > 0, errors, 1.0)
    correlation = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    bins, channels = cabinetry.model_utils.yield_stdev(model, values, errors, correlation)
    reference = np.concatenate([np.array(channel) for channel in bins], axis=1)
    np.testing.assert_allclose(uncertainty.samples, reference[:-1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(uncertainty.bins, reference[-1], rtol=1e-9, atol=1e-12)
    for name, expected in zip(model.config.channels, channels, strict=True):
        np.testing.assert_allclose(
            uncertainty.sample_channels[name], expected[:-1], rtol=1e-9, atol=1e-12
        )
        assert uncertainty.channels[name] == pytest.approx(expected[-1], rel=1e-9)


@pytest.mark.parametrize("name", WORKSPACES)
def test_after_the_fit(name):
    likelihood = Likelihood.from_workspace(WORKSPACES[name])
    result = fit(likelihood)
    uncertainty = expected_uncertainty(likelihood, result.values, result.covariance)
    compare(WORKSPACES[name], uncertainty, result.values, result.covariance)


@pytest.mark.parametrize("name", WORKSPACES)
def test_before_the_fit(name):
    likelihood = Likelihood.from_workspace(WORKSPACES[name])
    values = np.array([parameter.nominal for parameter in likelihood.parameters])
    covariance = np.diag([0.0 if p.fixed else p.width**2 for p in likelihood.parameters])
    compare(
        WORKSPACES[name], expected_uncertainty(likelihood, values, covariance), values, covariance
    )


def test_without_uncertain_parameters():
    likelihood = Likelihood.from_workspace(search(2))
    size = len(likelihood.parameters)
    uncertainty = expected_uncertainty(likelihood, likelihood.inits, np.zeros((size, size)))
    assert (uncertainty.samples == 0).all()
    assert set(uncertainty.channels.values()) == {0.0}
