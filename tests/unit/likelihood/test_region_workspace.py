"""One signal region as one bin: the sums of its bins, and nothing of other signal regions."""

import copy

import numpy as np
import pytest
from support.products.statistical_models import everything, modifier, search
from support.project.seeds import slow_but

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.region_workspace import (
    EVENTS,
    background_events,
    control_workspace,
    region_events,
    region_workspace,
)


def without_free_bins(content):
    """The model without factors that free each bin."""
    content = copy.deepcopy(content)
    for channel in content["channels"]:
        for sample in channel["samples"]:
            kept = [item for item in sample["modifiers"] if item["type"] != "shapefactor"]
            sample["modifiers"] = kept
    return content


@pytest.mark.parametrize("seed", slow_but(range(2), range(8)))
def test_yields_are_the_sums_of_the_bins_at_any_systematics(seed):
    """Factors of single bins at 1, all others at random."""
    content = without_free_bins(everything(seed))
    region, control = (channel["name"] for channel in content["channels"])
    merged = Likelihood.from_workspace(region_workspace(content, region, [], ["signal"]))
    full = Likelihood.from_workspace(content)
    random = np.random.default_rng(seed)
    values, others = full.inits.copy(), merged.inits.copy()
    values[full.index["mu"]] = others[merged.index[EVENTS]] = 0.0
    for place, item in enumerate(full.parameters):
        if item.name in merged.index and "[" not in item.name and not item.fixed:
            moved = item.nominal + random.normal() * (item.width or 0.3)
            values[place] = others[merged.index[item.name]] = moved
    found, expected = merged.expected(others), full.expected(values)
    assert found[merged.channels[region]].sum() == pytest.approx(
        expected[full.channels[region]].sum(), rel=1e-12
    )
    np.testing.assert_allclose(
        found[merged.channels[control]], expected[full.channels[control]], rtol=1e-12
    )
    assert found[merged.channels[region]].shape == (1,)


def test_statistics_of_bins_are_added_in_quadrature():
    content = search(2, bins=4)
    region = content["channels"][0]["name"]
    merged = region_workspace(content, region, [], ["signal"])
    bins, nominal = [], 0.0
    for sample in content["channels"][0]["samples"]:
        for item in sample["modifiers"]:
            if item["type"] == "staterror" and sample["name"] != "signal":
                bins.append(item["data"])
                nominal += sum(sample["data"])
    model = Likelihood.from_workspace(merged)
    (width,) = (item.width for item in model.parameters if item.name.startswith("stat_SR"))
    assert width == pytest.approx(np.sqrt(np.sum(np.square(bins))) / nominal)


def test_the_signal_is_one_event_of_the_region():
    content = without_free_bins(everything(1))
    region = content["channels"][0]["name"]
    merged = region_workspace(content, region, [], ["signal"])
    likelihood = Likelihood.from_workspace(merged)
    none, one = likelihood.inits.copy(), likelihood.inits.copy()
    none[likelihood.index[EVENTS]], one[likelihood.index[EVENTS]] = 2.0, 3.0
    change = likelihood.expected(one) - likelihood.expected(none)
    assert change[likelihood.channels[region]] == pytest.approx([1.0])
    assert np.count_nonzero(change) == 1
    assert "mu" not in likelihood.index
    assert region_events(merged, region) == sum(content["observations"][0]["data"])


def test_other_signal_regions_are_left_out():
    content = without_free_bins(everything(1))
    region, other = (channel["name"] for channel in content["channels"])
    merged = region_workspace(content, region, [other], ["signal"])
    assert [channel["name"] for channel in merged["channels"]] == [region]
    known = {
        item["name"]
        for channel in merged["channels"]
        for sample in channel["samples"]
        for item in sample["modifiers"]
    }
    settings = merged["measurements"][0]["config"]["parameters"]
    assert {item["name"] for item in settings} <= known


def test_the_data_of_the_region_say_nothing_of_its_background():
    content = without_free_bins(everything(1))
    region = content["channels"][0]["name"]
    more = copy.deepcopy(content)
    more["observations"][0]["data"] = [7.0 * value for value in more["observations"][0]["data"]]
    both = [region_workspace(item, region, [], ["signal"]) for item in (content, more)]
    one, other = (control_workspace(item, region)["observations"] for item in both)
    assert one == other
    assert background_events(both[0], region) == background_events(both[1], region)


def test_a_background_that_is_free_in_each_bin_is_refused():
    content = search(2, bins=4)
    channel = content["channels"][0]
    channel["samples"][-1]["modifiers"].append(modifier("shapefactor", "free"))
    with pytest.raises(WollemiError, match="frees each bin"):
        region_workspace(content, channel["name"], [], ["signal"])


@pytest.mark.parametrize("bins", [1, 4])
def test_bounds_of_statistical_parameters_are_those_of_one_bin(bins):
    content = copy.deepcopy(search(2, bins=bins))
    region = content["channels"][0]["name"]
    (name,) = {
        item["name"]
        for sample in content["channels"][0]["samples"]
        for item in sample["modifiers"]
        if item["type"] == "staterror"
    }
    bounds = [[0.5 - 0.1 * place, 1.5 + 0.2 * place] for place in range(bins)]
    setting = {"name": name, "inits": [1.0] * bins, "bounds": bounds}
    content["measurements"][0]["config"]["parameters"].append(setting)
    merged = Likelihood.from_workspace(region_workspace(content, region, [], ["signal"]))
    (found,) = (item for item in merged.parameters if item.name.startswith(f"{name}"))
    assert found.bounds == pytest.approx(bounds[-1])
