"""Uncertainties of expected events against cabinetry's."""

import copy

import cabinetry
import numpy as np
import pytest
from support.products.statistical_models import everything, pyhf_model, search

from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.yields import SummedChannels, YieldUncertainty, expected_uncertainty

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
        np.testing.assert_allclose(
            uncertainty.sample_covariances[name],
            by_pyhf(model, name, values, covariance),
            rtol=1e-7,
            atol=1e-9,
        )


def by_pyhf(model, channel, values, covariance):
    """Covariance of the yields of samples in a channel, from what pyhf expects at ±1σ of each
    parameter.
    """

    def sums(pars):
        expected = model.main_model.expected_data(pars, return_by_sample=True)
        return np.asarray(expected)[:, model.config.channel_slices[channel]].sum(axis=1)

    total = 0.0
    errors = np.sqrt(covariance.diagonal())
    steps = [error * unit for error, unit in zip(errors, np.eye(len(errors)), strict=True)]
    slopes = [0.5 * (sums(values + step) - sums(values - step)) for step in steps]
    for one, other in np.ndindex(covariance.shape):
        if covariance[one, other]:
            correlation = covariance[one, other] / (errors[one] * errors[other])
            total = total + correlation * np.outer(slopes[one], slopes[other])
    return total


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
    assert not any(found.any() for found in uncertainty.sample_covariances.values())


def test_samples_that_the_fit_exchanges_are_less_uncertain_together():
    """In a region of one bin it fixes the sum of two free samples, and neither of them alone."""
    free = [
        {"name": name, "data": [50.0], "modifiers": [{"name": f"k_{name}", "type": "normfactor"}]}
        for name in ("a", "b")
    ]
    for sample, size in zip(free, (1.2, 0.8), strict=True):
        shift = {"hi": size, "lo": 2 - size}
        sample["modifiers"].append({"name": "theta", "type": "normsys", "data": shift})
    parameters = [{"name": "k_b", "bounds": [[0, 10]], "inits": [1.0], "fixed": False}]
    content = {
        "channels": [{"name": "sr", "samples": free}],
        "observations": [{"name": "sr", "data": [100.0]}],
        "measurements": [{"name": "m", "config": {"poi": "k_a", "parameters": parameters}}],
        "version": "1.0.0",
    }
    likelihood = Likelihood.from_workspace(content)
    errors = {"k_a": 0.5, "k_b": 0.5, "theta": 1.0}
    rho = -0.96
    covariance = np.zeros((3, 3))
    for one, other in np.ndindex(3, 3):
        names = [likelihood.names[place] for place in (one, other)]
        same = 1.0 if one == other else (0.0 if "theta" in names else rho)
        covariance[one, other] = same * errors[names[0]] * errors[names[1]]
    uncertainty = expected_uncertainty(likelihood, np.asarray(likelihood.inits), covariance)
    # 25² + 10² each; together 2 × 25² (1 + ρ), and θ moves events from one to the other
    assert uncertainty.sample_channels["sr"] == pytest.approx(np.sqrt([725, 725]))
    together = uncertainty.sample_covariances["sr"].sum()
    assert together == pytest.approx(2 * 25**2 * (1 + rho))
    assert np.sqrt(together) == pytest.approx(uncertainty.channels["sr"])


def test_channels_are_added_before_errors_are_propagated():
    """Against the derivatives of what pyhf expects; channels of other bins are left alone."""
    content, added = copy.deepcopy(WORKSPACES["search"]), ["CR", "CR2"]
    second = copy.deepcopy(next(item for item in content["channels"] if item["name"] == "CR"))
    for modifier in [one for item in second["samples"] for one in item["modifiers"]]:
        if modifier["type"] in ("staterror", "shapesys", "shapefactor"):
            modifier["name"] += "_of_CR2"
    content["channels"].append(second | {"name": "CR2"})
    observed = next(item for item in content["observations"] if item["name"] == "CR")
    content["observations"].append({"name": "CR2", "data": observed["data"]})
    likelihood = Likelihood.from_workspace(content)
    result = fit(likelihood)
    assert len(likelihood.channels) > 2
    summed = SummedChannels(likelihood, "sum", added)
    found = expected_uncertainty(summed, result.values, result.covariance)
    model, _ = pyhf_model(content)

    def events(pars):
        expected = model.main_model.expected_data(pars)
        return np.sum([expected[model.config.channel_slices[name]] for name in added], axis=0)

    errors = np.sqrt(result.covariance.diagonal())
    steps = [error * unit for error, unit in zip(errors, np.eye(len(errors)), strict=True)]
    rises = [0.5 * (events(result.values + step) - events(result.values - step)) for step in steps]
    slopes = np.array([rise / error for rise, error in zip(rises, errors, strict=True) if error])
    free = errors > 0
    covariance = slopes.T @ result.covariance[np.ix_(free, free)] @ slopes
    np.testing.assert_allclose(found.bins, np.sqrt(covariance.diagonal()), rtol=1e-9)
    assert found.channels["sum"] == pytest.approx(np.sqrt(covariance.sum()), rel=1e-9)
