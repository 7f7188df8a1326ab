"""A fit extrapolated to regions that it did not see: yields of pyhf and uncertainties of cabinetry,
on random models with every modifier.
"""

from dataclasses import replace

import cabinetry
import numpy as np
import pyhf
import pytest
from support.products.random_models import random_model
from support.products.statistical_models import (
    histosys,
    modifier,
    normsys,
    sample,
    staterror,
    workspace,
)

from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.fit_report import FitReport, fit_report
from wollemi_likelihood.inference.predictions import match_fit, predicted_yields
from wollemi_likelihood.likelihood import Likelihood

SEEDS = [
    seed
    for seed in range(40)
    if len(random_model(seed)["channels"]) > 1
    and "mu" in Likelihood.from_workspace(random_model(seed)).index
][:8]


def split(content):
    """A workspace without its last channel, and one with nothing but that, which has no parameter
    of interest.
    """
    for item in content["measurements"][0]["config"]["parameters"]:
        # Before a fit, cabinetry has it at its initial value instead.
        item["auxdata"] = [1.0]
    *fitted, last = content["channels"]
    names = [item["name"] for item in fitted]
    observations = [item for item in content["observations"] if item["name"] in names]
    config = content["measurements"][0]["config"]
    known = {item["name"] for one in last["samples"] for item in one["modifiers"]}
    parameters = [item for item in config["parameters"] if item["name"] in known]
    other = content | {
        "channels": [last],
        "observations": [{"name": last["name"], "data": [0.0] * len(last["samples"][0]["data"])}],
        "measurements": [{"name": "prediction", "config": {"poi": "", "parameters": parameters}}],
    }
    known = {item["name"] for one in fitted for s in one["samples"] for item in s["modifiers"]}
    config = config | {"parameters": [p for p in config["parameters"] if p["name"] in known]}
    measurements = [{"name": "measurement", "config": config}]
    one = content | {"channels": fitted, "observations": observations, "measurements": measurements}
    return one, other


def fitted(content) -> FitReport:
    likelihood = Likelihood.from_workspace(content)
    return fit_report(likelihood, fit(likelihood))


def by_cabinetry(other, result: FitReport):
    """Yields of each sample, of all, and their uncertainties."""
    model = pyhf.Workspace(other).model(poi_name=None)
    covariance = np.asarray(result.covariance)
    errors = np.sqrt(covariance.diagonal())
    scale = np.where(errors > 0, errors, 1.0)
    correlations = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlations, 1.0)
    values = np.array([item.value for item in result.parameters])
    labels = [item.name for item in result.parameters]
    theirs = cabinetry.fit.FitResults(values, errors, labels, correlations, 0.0)
    matched = cabinetry.model_utils.match_fit_results(model, theirs)
    bins, sums = cabinetry.model_utils.yield_stdev(
        model, matched.bestfit, matched.uncertainty, matched.corr_mat
    )
    by_sample = model.main_model.expected_data(matched.bestfit, return_by_sample=True)
    samples = dict(zip(model.config.samples, by_sample, strict=True))
    return samples, np.array(bins[0]), np.array(sums[0]), model.config.samples


@pytest.mark.parametrize("seed", SEEDS)
def test_yields_are_those_of_pyhf_and_uncertainties_those_of_cabinetry(seed):
    content, other = split(random_model(seed))
    result = fitted(content)
    samples, bins, sums, names = by_cabinetry(other, result)
    before, after, _ = predicted_yields(other, result, 0)
    for place, name in enumerate(names):
        if name in after.samples:
            np.testing.assert_allclose(after.samples[name], samples[name], rtol=1e-9)
            np.testing.assert_allclose(after.sample_uncertainties[name], bins[place], rtol=1e-6)
            assert after.sample_sum_uncertainties[name] == pytest.approx(sums[place], rel=1e-6)
        else:
            assert not samples[name].any()
    # The samples that have events are correlated as their sum says.
    covariance = np.array(after.sample_sum_covariance)
    errors = list(after.sample_sum_uncertainties.values())
    np.testing.assert_allclose(np.sqrt(covariance.diagonal()), errors, rtol=1e-6)
    assert np.sqrt(covariance.sum()) == pytest.approx(sums[-1], rel=1e-6)
    np.testing.assert_allclose(after.total, np.sum(list(samples.values()), axis=0), rtol=1e-9)
    np.testing.assert_allclose(after.uncertainty, bins[-1], rtol=1e-6)
    assert after.sum_uncertainty == pytest.approx(sums[-1], rel=1e-6)
    model = pyhf.Workspace(other).model(poi_name=None)
    nominal = cabinetry.model_utils.asimov_parameters(model)
    np.testing.assert_allclose(before.total, model.main_model.expected_data(nominal), rtol=1e-9)


NOMINAL = np.array([50.0, 30.0])


def two_regions():
    """A fitted region of two bins, and another model with the same systematics, one more, and a
    statistical uncertainty of its own.
    """
    items = [modifier("normfactor", "norm"), normsys("scale", 1.1, 0.9)]
    items += [histosys("tilt", NOMINAL, (0.1, -0.1), (-0.1, 0.1))]
    one = {"name": "SR", "samples": [
        sample("signal", [5.0, 20.0], modifier("normfactor", "mu")),
        sample("background", NOMINAL, *items, staterror("stat_SR", NOMINAL)),
    ]}  # fmt: skip
    own = [*items, normsys("only_here", 1.2, 0.8), staterror("stat_VR", NOMINAL)]
    two = {"name": "VR", "samples": [sample("background", NOMINAL, *own)]}
    data = {"name": "SR", "data": [58.0, 44.0]}
    return workspace([one], [data]), workspace([two], [{"name": "VR", "data": [0.0, 0.0]}]) | {
        "measurements": [{"name": "prediction", "config": {"poi": "", "parameters": []}}]
    }


def without(content, *names):
    """A workspace without some of its modifiers."""
    channels = [
        channel
        | {
            "samples": [
                one | {"modifiers": [m for m in one["modifiers"] if m["name"] not in names]}
                for one in channel["samples"]
            ]
        }
        for channel in content["channels"]
    ]
    return content | {"channels": channels}


def test_what_the_fit_does_not_have_adds_in_quadrature():
    content, other = two_regions()
    result = fitted(content)
    matched = match_fit(Likelihood.from_workspace(other), result)
    assert set(matched.unknown) == {"only_here", "stat_VR[0]", "stat_VR[1]"}
    _, after, unknown = predicted_yields(other, result, 2)
    assert unknown == ("only_here",)
    _, of_fit, nothing = predicted_yields(without(other, "only_here", "stat_VR"), result, 2)
    assert nothing == ()
    certain = replace(result, covariance=np.zeros_like(result.covariance).tolist())
    _, own, _ = predicted_yields(other, certain, 2)
    assert after.total == pytest.approx(own.total)
    assert after.total == pytest.approx(of_fit.total)
    assert np.hypot(of_fit.uncertainty, own.uncertainty) == pytest.approx(after.uncertainty)
    assert min(*of_fit.uncertainty, *own.uncertainty) > 1


def test_a_region_like_a_fitted_one_has_its_yields():
    content, _ = two_regions()
    result = fitted(content)
    measurements = [{"name": "prediction", "config": {"poi": "", "parameters": []}}]
    before, after, unknown = predicted_yields(content | {"measurements": measurements}, result, 2)
    assert unknown == ()
    assert before == result.yields.prefit["SR"]
    assert after.total == pytest.approx(result.yields.postfit["SR"].total)
    assert after.uncertainty == pytest.approx(result.yields.postfit["SR"].uncertainty)


def test_nothing_is_expected_without_a_sample():
    content, _ = two_regions()
    before, after, unknown = predicted_yields(None, fitted(content), 3)
    assert before == after
    assert (after.total, after.sum, after.samples, unknown) == ((0.0,) * 3, 0.0, {}, ())


def test_a_region_without_any_parameter_is_certain():
    content, other = two_regions()
    bare = without(other, "norm", "scale", "tilt", "only_here", "stat_VR")
    before, after, unknown = predicted_yields(bare, fitted(content), 2)
    assert before == after
    assert (after.total, after.uncertainty, unknown) == ((50.0, 30.0), (0.0, 0.0), ())
