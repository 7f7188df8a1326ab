"""Free factors of bins that regions share, and normalizations of some regions: in the workspace,
and the fit as pyhf has it.
"""

import copy

import numpy as np
import pytest
from build_workspace import SECTIONS
from support.example.analysis import AXIS, DOCUMENT
from support.oracles.pyhf_fits import PyhfFits

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import from_sums
from wollemi.loading.load import validate_analysis
from wollemi.model.workspace import WorkspaceBuilder
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood

BINS = 3
# Of the data over what is simulated of dy, in each bin of both regions.
SHAPE = np.array([0.7, 1.2, 1.6])


def document(**model):
    changed = copy.deepcopy(DOCUMENT)
    changed["systematics"] = {"lumi": DOCUMENT["systematics"]["lumi"]}
    changed["model"] = {"floor_negative_bins": False, **model}
    return changed


def histograms(changed):
    """Of each region, with data that have the shape; the signal region has the signal, too."""
    random, found = np.random.default_rng(7), {}
    means = {"dy_low": 60.0, "dy_high": 30.0, "top": 20.0, "signal": 8.0}
    total = dict.fromkeys(("sr", "cr", "vr"), 0.0)
    for name, mean in means.items():
        regions = ("sr",) if name == "signal" else ("sr", "cr", "vr")
        sums = {one: random.uniform(0.5, 1.5, BINS) * mean * (one in regions) for one in total}
        for one, values in sums.items():
            total[one] += values * (SHAPE if name.startswith("dy") else 1.0)
        found[name] = filled(sums, 0.02)
    found["data"] = filled({one: random.poisson(mean) for one, mean in total.items()}, 1.0)
    return {name: found[name] for name in used_datasets(changed)}


def filled(sums, weight):
    """Histograms of sums of weights, without under- and overflow."""
    return {
        f"{region}/mass/nominal": from_sums(
            AXIS, *(np.pad(one, 1) for one in (sum_, sum_ * weight))
        )
        for region, sum_ in sums.items()
    }


def built(changed):
    settings = Settings(validate_analysis(changed, "example"), SECTIONS)
    return WorkspaceBuilder(settings, histograms(changed)).build("signal")


def free_factors(content, sample):
    """Region → names of the free factors on a sample, with their types."""
    return {
        channel["name"]: [
            (item["name"], item["type"])
            for one in channel["samples"]
            if one["name"] == sample
            for item in one["modifiers"]
            if item["type"] in ("normfactor", "shapefactor")
        ]
        for channel in content["channels"]
    }


SHAPES = {"dy_shape": {"samples": "dy", "regions": ["sr", "cr"]}}


def test_one_parameter_with_a_size_for_each_sample():
    """As two rows of a card: `theory lnN 1.1 1.3`."""
    changed = document()
    changed["systematics"]["theory"] = {
        "kind": "normalization",
        "up": {"dy": 1.1, "top": 1.3},
        "down": {"dy": 0.95, "top": 0.8},
        "samples": ["dy", "top"],
    }
    content = built(changed)
    found = {
        (one["name"], item["data"]["hi"], item["data"]["lo"])
        for channel in content["channels"]
        for one in channel["samples"]
        for item in one["modifiers"]
        if item["name"] == "theory"
    }
    assert found == {("dy", 1.1, 0.95), ("top", 1.3, 0.8)}
    parameters = [item.name for item in Likelihood.from_workspace(content).parameters]
    assert parameters.count("theory") == 1


def test_regions_share_the_factors_of_their_bins():
    content = built(document(shape_factors=SHAPES))
    shared = [("dy_shape", "shapefactor")]
    assert free_factors(content, "dy") == {"sr": shared, "cr": shared}
    assert free_factors(content, "top") == {"sr": [], "cr": []}
    likelihood = Likelihood.from_workspace(content)
    assert [name for name in likelihood.names if name.startswith("dy_shape")] == [
        f"dy_shape[{index}]" for index in range(BINS)
    ]


def test_the_fit_finds_the_shape_as_pyhf_does():
    content = built(document(shape_factors=SHAPES))
    found = fit(Likelihood.from_workspace(content))
    assert found.status.converged
    reference = PyhfFits(content, "mu")
    values, lowest = reference.fit()
    expected = reference.named(values)
    assert found.minus_two_log_likelihood == pytest.approx(lowest, abs=1e-6)
    for name, value, error in zip(found.names, found.values, found.errors, strict=True):
        assert abs(value - expected[name]) < 1e-4 * error, name
    places = [found.names.index(f"dy_shape[{index}]") for index in range(BINS)]
    pulls = (found.values[places] - SHAPE) / found.errors[places]
    assert np.abs(pulls).max() < 3


def test_a_normalization_may_act_in_some_regions():
    free = {
        "norm_all": {"samples": "top"},
        "norm_cr": {"samples": ["dy", "top"], "regions": "cr"},
    }
    content = built(document(free_normalizations=free))
    kinds = {"all": ("norm_all", "normfactor"), "cr": ("norm_cr", "normfactor")}
    assert free_factors(content, "dy") == {"sr": [], "cr": [kinds["cr"]]}
    assert free_factors(content, "top") == {"sr": [kinds["all"]], "cr": [kinds["all"], kinds["cr"]]}
