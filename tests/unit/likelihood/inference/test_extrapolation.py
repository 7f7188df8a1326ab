"""Extrapolated limits and significances against pyhf, with workspaces scaled by hand, and closed
formulas.
"""

import copy
import math
from statistics import NormalDist

import numpy as np
import pyhf
import pytest
from support.products.statistical_models import (
    counting,
    everything,
    modifier,
    normsys,
    sample,
    search,
    staterror,
    workspace,
)
from support.project.seeds import slow_but

from wollemi.analysis.models.extrapolation import Scenario
from wollemi.analysis.models.model import Model
from wollemi.model.mc_statistics import with_mc_statistics
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.extrapolation import (
    Scaling,
    extrapolated,
    measured_models,
    scaled_workspace,
    scaling_of,
    size_factor,
)
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit

LEVEL = 0.95
LUMINOSITIES = (1.0, 6.0, 83.0)
SCENARIOS = {
    "constant": Scenario(),
    "scaled": Scenario(systematics="scaled", mc_statistics="none", floor=0.2),
    "halved": Scenario(systematics="halved", mc_statistics="scaled"),
    "statistical": Scenario(systematics="none", mc_statistics="none"),
}
# Factors of these scenarios on systematics and MC statistics at these luminosities, by hand.
SIZES = {
    "constant": [(1, 1), (1, 1), (1, 1)],
    "scaled": [(1, 0), (1 / math.sqrt(6), 0), (0.2, 0)],
    "halved": [(0.5, 1), (0.5, 1 / math.sqrt(6)), (0.5, 1 / math.sqrt(83))],
    "statistical": [(0, 0), (0, 0), (0, 0)],
}


def every_modifier():
    """A model with every modifier, and a background wherever there is signal."""
    content = everything(0)
    content["measurements"][0]["config"]["parameters"][0]["bounds"] = [[0.0, 50.0]]
    (fakes,) = [one for one in content["channels"][0]["samples"] if one["name"] == "fakes"]
    (shape,) = [one for one in fakes["modifiers"] if one["type"] == "histosys"]
    fakes["data"][0], shape["data"]["hi_data"][0], shape["data"]["lo_data"][0] = 2.0, 2.2, 1.9
    return content


# Model → where its auxiliary measurements have their centers, if not at the usual place.
MODELS = {
    "search": (search(2, bins=4), {}),
    "everything": (every_modifier(), {"shape": 0.3, "lumi": 1.01}),
}


@pytest.fixture
def tight_pyhf():
    """pyhf with tolerances that do not hide differences."""
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-5))
    yield
    pyhf.set_backend("numpy")


def scaled_by_hand(content, luminosity, systematics, statistics):
    """The workspace as somebody with an editor would change it."""
    content = copy.deepcopy(content)
    for channel in content["channels"]:
        for item in channel["samples"]:
            nominal, kept = np.array(item["data"]), []
            for one in item["modifiers"]:
                kind, data = one["type"], one["data"]
                size = statistics if kind == "staterror" else systematics
                if kind == "normsys":
                    one["data"] = {key: 1 - size + size * data[key] for key in ("hi", "lo")}
                if kind == "histosys":
                    shifts = {key: np.array(data[key]) - nominal for key in ("hi_data", "lo_data")}
                    one["data"] = {
                        key: (luminosity * (nominal + size * shift)).tolist()
                        for key, shift in shifts.items()
                    }
                if kind in ("staterror", "shapesys"):
                    one["data"] = (luminosity * size * np.array(data)).tolist()
                if size > 0 or kind in ("normfactor", "shapefactor"):
                    kept.append(one)
            item["data"], item["modifiers"] = (luminosity * nominal).tolist(), kept
    config = content["measurements"][0]["config"]
    for setting in config["parameters"]:
        if setting["name"] == "lumi":
            setting["sigmas"] = [systematics * setting["sigmas"][0]]
    if systematics == 0:
        gone = ("lumi", "shape", "held")
        config["parameters"] = [one for one in config["parameters"] if one["name"] not in gone]
    return content


def pyhf_asimov(content, centers, strength):
    """pyhf's model, its data at the nominal parameters, and -2 ln L there, the lowest there is."""
    model = pyhf.Workspace(content).model(poi_name="mu")
    values = np.array(model.config.suggested_init(), dtype=float)
    for name, center in {**centers, "mu": strength}.items():
        if name in model.config.par_map:
            values[model.config.par_slice(name)] = center
    data = model.expected_data(values)
    return model, data, pyhf.infer.mle.twice_nll(values, data, model).item()


def pyhf_rise(poi, model, data, lowest):
    """Rise of -2 ln L with the signal strength fixed."""
    _, found = pyhf.infer.mle.fixed_poi_fit(poi, data, model, return_fitted_val=True)
    return found.item() - lowest


def asimov_root(band):
    """Root of qtilde of the Asimov data at an expected limit (arXiv:1007.1727, eq. 89)."""
    normal = NormalDist()
    return band + normal.inv_cdf(1 - (1 - LEVEL) * normal.cdf(band))


@pytest.mark.parametrize(
    ("name", "scenario"),
    [*(("search", scenario) for scenario in SCENARIOS), ("everything", "scaled")],
)
def test_limits_and_significances_are_those_of_pyhf(tight_pyhf, name, scenario):
    """The root of qtilde rises at least with the root of the limit, so that 5e-5 of it are at most
    1e-4 of the limit.
    """
    content, centers = MODELS[name]
    scalings = [scaling_of(SCENARIOS[scenario], luminosity, {}) for luminosity in LUMINOSITIES]
    found = extrapolated(*measured_models("signal", content), LUMINOSITIES, scalings, LEVEL)
    for item, luminosity, sizes in zip(found, LUMINOSITIES, SIZES[scenario], strict=True):
        by_hand = scaled_by_hand(content, luminosity, *sizes)
        asimov = pyhf_asimov(by_hand, centers, 0.0)
        for place, band in ((0, -2), (2, 0), (4, 2)):
            root = math.sqrt(pyhf_rise(item.expected[place], *asimov))
            assert root == pytest.approx(asimov_root(band), rel=5e-5)
        significance = math.sqrt(pyhf_rise(0.0, *pyhf_asimov(by_hand, centers, 1.0)))
        assert item.significance == pytest.approx(significance, rel=1e-4)


def counting_limit(signal, background, band):
    """Where qtilde of the Asimov data without signal has the value of eq. 89 of arXiv:1007.1727."""
    wanted = asimov_root(band) ** 2
    low, high = 0.0, 100.0
    for _ in range(100):
        middle = (low + high) / 2
        ratio = middle * signal / background
        qtilde = 2 * background * (ratio - math.log1p(ratio))
        low, high = (middle, high) if qtilde < wanted else (low, middle)
    return low


@pytest.mark.parametrize("luminosity", [0.5, 1.0, 20.0, 3000.0])
def test_a_counting_experiment_has_closed_formulas(luminosity):
    signal, background = 4.0, 12.0
    content = counting(40.0, signal, background, normsys("efficiency", 1.3, 0.7))
    scaling = Scaling(luminosity, systematics=0.0)
    (found,) = extrapolated(*measured_models("signal", content), [luminosity], [scaling], LEVEL)
    s, b = luminosity * signal, luminosity * background
    expected = [counting_limit(s, b, band) for band in (-2, -1, 0, 1, 2)]
    np.testing.assert_allclose(found.expected, expected, rtol=1e-5)
    asimov = math.sqrt(2 * ((s + b) * math.log1p(s / b) - s))
    assert found.significance == pytest.approx(asimov, rel=1e-6)
    assert found.signal_events == pytest.approx(s)


def test_of_many_events_significances_rise_with_the_root_of_the_luminosity():
    content = counting(1e4, 100.0, 1e4)
    found = extrapolated(
        *measured_models("signal", content), [1.0, 50.0], [Scaling(1.0), Scaling(50.0)], LEVEL
    )
    ratio = found[1].significance / found[0].significance
    assert ratio == pytest.approx(math.sqrt(50), rel=1e-6)
    assert found[0].expected[2] / found[1].expected[2] == pytest.approx(math.sqrt(50), rel=2e-2)


def test_with_systematics_significances_stop_rising():
    """Of any number of events, a signal as large as the uncertainty of the background, 10 %, is one
    standard deviation, and of half the uncertainty as many as make 1.05 to 1.10.
    """
    content = counting(1e4, 1000.0, 1e4)
    background = content["channels"][0]["samples"][1]
    background["modifiers"].append(normsys("background", 1.1, 0.9))
    scalings = [Scaling(1e6), Scaling(1e6, systematics=0.5)]
    constant, halved = extrapolated(
        *measured_models("signal", content), [1e6, 1e6], scalings, LEVEL
    )
    assert constant.significance == pytest.approx(1.0, rel=1e-3)
    assert halved.significance == pytest.approx(math.log(1.1) / math.log(1.05), rel=1e-3)


def test_limits_at_the_luminosity_of_the_analysis_are_those_of_data_without_excess():
    """Without nuisance parameters the expected limits do not depend on the data at all."""
    content = counting(9.0, 5.0, 7.0)
    (found,) = extrapolated(*measured_models("signal", content), [1.0], [Scaling(1.0)], LEVEL)
    limits = upper_limit(Likelihood.from_workspace(content), LEVEL, points=2).expected
    assert found.expected == pytest.approx(limits, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_data_play_no_part(seed):
    content = search(seed)
    other = copy.deepcopy(content)
    for item in other["observations"]:
        item["data"] = [3 * value + 1 for value in item["data"]]
    of_data, of_others = (
        extrapolated(*measured_models("signal", one), [2.0], [Scaling(2.0)], LEVEL)
        for one in (content, other)
    )
    assert of_data == of_others


@pytest.mark.parametrize("seed", slow_but(range(2), range(6)))
def test_smaller_systematics_give_stronger_limits(seed):
    content = search(seed)
    scalings = [Scaling(10.0, systematics=size, mc_statistics=size) for size in (1, 0.5, 0.1, 0)]
    found = extrapolated(*measured_models("signal", content), [10.0] * 4, scalings, LEVEL)
    medians = [item.expected[2] for item in found]
    assert medians == sorted(medians, reverse=True)
    assert [item.significance for item in found] == sorted(item.significance for item in found)


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
def test_nothing_changes_at_the_same_luminosity(seed):
    content = everything(seed)
    same = scaled_workspace(content, Scaling(1.0))
    first, second = (Likelihood.from_workspace(one) for one in (content, same))
    values = first.inits + 0.01
    values[first.fixed] = first.inits[first.fixed]
    np.testing.assert_allclose(second.logpdf(values), first.logpdf(values), rtol=1e-12)


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
def test_yields_of_all_parameters_scale_with_the_luminosity(seed):
    content = everything(seed)
    first, second = (
        Likelihood.from_workspace(one) for one in (content, scaled_workspace(content, Scaling(7.0)))
    )
    values = first.inits + 0.05
    np.testing.assert_allclose(second.expected(values), 7 * first.expected(values), rtol=1e-9)


def test_rules_become_factors():
    assert size_factor("scaled", 25.0) == 0.2
    assert size_factor("scaled", 25.0, floor=0.5) == 0.5
    assert size_factor("scaled", 0.25) == 1.0  # as today, not larger
    assert [size_factor(rule, 9.0) for rule in ("constant", "halved", "none")] == [1.0, 0.5, 0.0]


def test_a_rule_of_its_own_goes_before_that_of_the_group():
    scenario = Scenario(
        systematics="scaled", groups={"pdf": "none", "theory": "halved"}, mc_statistics="halved"
    )
    found = scaling_of(scenario, 16.0, {"theory": ["pdf", "scale"], "jets": ["jes"]})
    assert found.named == {"pdf": 0.0, "scale": 0.5}
    assert (found.systematics, found.mc_statistics) == (0.25, 0.5)


def test_estimates_from_data_have_the_statistics_of_data():
    """Their statistical uncertainty falls with 1/√L in all scenarios; that of simulation does
    not.
    """
    background = np.array([50.0, 20.0])
    names = ("simulated", "estimated")
    samples = [sample(name, background, staterror("stat", background)) for name in names]
    samples.append(sample("signal", background / 10, modifier("normfactor", "mu")))
    channels = [{"name": "SR", "samples": samples}]
    content = workspace(channels, [{"name": "SR", "data": [100.0, 40.0]}])
    scaled = scaled_workspace(content, Scaling(4.0, mc_statistics=0.0, from_data=["estimated"]))
    modifiers = [one["modifiers"] for one in scaled["channels"][0]["samples"]]
    assert modifiers[0] == []
    assert modifiers[1][0]["data"] == pytest.approx((0.05 * 4 * background).tolist())
    both = scaled_workspace(content, Scaling(4.0, from_data=["estimated"]))
    sizes = Likelihood.from_workspace(both).constraints.normal_width
    assert sizes == pytest.approx([math.hypot(0.1, 0.05) / 2] * 2)


@pytest.mark.parametrize("scenario", [*SCENARIOS])
@pytest.mark.parametrize("luminosity", LUMINOSITIES)
def test_statistics_follow_their_rule_whatever_their_constraint(scenario, luminosity):
    """One sample with statistics: factors with a Poisson constraint of n events are those of a
    Gaussian one with 1/√n, in each scenario.
    """
    background, errors = np.array([50.0, 20.0]), [4.0, 3.0]
    content = {}
    for constraint in ("gaussian", "poisson"):
        samples = [
            sample("simulated", background, modifier("staterror", "staterror_SR", errors)),
            sample("signal", background / 10, modifier("normfactor", "mu")),
        ]
        made = with_mc_statistics(samples, Model(mc_statistics_constraint=constraint))
        channels = [{"name": "SR", "samples": made}]
        content[constraint] = workspace(channels, [{"name": "SR", "data": [100.0, 40.0]}])
    scaling = scaling_of(SCENARIOS[scenario], luminosity, {})
    found = {
        name: scaled_workspace(one, scaling)["channels"][0]["samples"][0]["modifiers"]
        for name, one in content.items()
    }
    assert [one["data"] for one in found["poisson"]] == [one["data"] for one in found["gaussian"]]
    kinds = {name: [one["type"] for one in modifiers] for name, modifiers in found.items()}
    left = SIZES[scenario][LUMINOSITIES.index(luminosity)][1] > 0
    assert kinds == {
        "gaussian": ["staterror"] if left else [],
        "poisson": ["shapesys"] if left else [],
    }


def test_sizes_that_the_measurement_gives_are_refused():
    content = search(1)
    setting = {"name": "stat_SR", "sigmas": [0.1] * 6}
    content["measurements"][0]["config"]["parameters"].append(setting)
    with pytest.raises(WollemiError, match="not scaled"):
        scaled_workspace(content, Scaling(2.0))


def test_few_events_are_marked_as_for_limits():
    content = counting(1.0, 2.0, 0.01)
    found = extrapolated(
        *measured_models("signal", content), [1.0, 1e4], [Scaling(1.0), Scaling(1e4)], LEVEL
    )
    assert "expected" in found[0].below_floor
    assert found[0].expected[2] * 2.0 < 3.0
    assert found[1].below_floor == ()


def together(overlap):
    """Two signals of 20 events, each in a channel of 100 background events, with a strength each;
    `overlap` of each is in the channel of the other.
    """
    names, channels = ("a", "b"), []
    for place in names:
        samples = [sample("top", np.array([100.0]), normsys("rate", 1.05, 0.95))]
        for name in names:
            events = 20 * (1 - overlap if name == place else overlap)
            if events:
                samples.append(
                    sample(name, np.array([events]), modifier("normfactor", f"mu_{name}"))
                )
        channels.append({"name": place, "samples": samples})
    bounds = [{"name": f"mu_{name}", "bounds": [[-5.0, 10.0]], "inits": [1.0]} for name in names]
    content = workspace(channels, [{"name": name, "data": [120.0]} for name in names], bounds)
    (one,) = content["measurements"]
    pois = [{**one, "config": {**one["config"], "poi": f"mu_{name}"}} for name in names]
    return content | {"measurements": pois}


def alone(content, name):
    """The channel of one signal as a model of its own."""
    channels = [channel for channel in content["channels"] if channel["name"] == name]
    (settings,) = [
        item
        for item in content["measurements"][0]["config"]["parameters"]
        if item["name"] == f"mu_{name}"
    ]
    config = {"poi": f"mu_{name}", "parameters": [settings]}
    return content | {
        "channels": channels,
        "observations": [item for item in content["observations"] if item["name"] == name],
        "measurements": [{"name": "measurement", "config": config}],
    }


def of(content, name):
    """What is measured of one signal."""
    (found,) = [item for item in measured_models(name, content) if item.poi == f"mu_{name}"]
    return found


@pytest.mark.parametrize("name", ["a", "b"])
def test_of_signals_apart_each_has_what_it_has_alone(name):
    """Nothing is shared but the systematic, which is left out."""
    content, scaling = together(0.0), Scaling(4.0, systematics=0.0)
    (found,) = extrapolated(of(content, name), [4.0], [scaling], LEVEL)
    (expected,) = extrapolated(of(alone(content, name), name), [4.0], [scaling], LEVEL)
    assert found.signal_events == expected.signal_events == 80.0
    assert found.expected == pytest.approx(expected.expected, rel=1e-6)
    assert found.significance == pytest.approx(expected.significance, rel=1e-6)


def test_the_other_strengths_are_free():
    """The systematic of both channels correlates them, as does a signal in the other's channel."""
    content = together(0.3)
    (found,) = extrapolated(of(content, "a"), [1.0], [Scaling(1.0)], LEVEL)
    held = copy.deepcopy(content)
    del held["measurements"][1]
    parameters = held["measurements"][0]["config"]["parameters"]
    (other,) = [item for item in parameters if item["name"] == "mu_b"]
    other["fixed"] = True
    (fixed,) = extrapolated(of(held, "a"), [1.0], [Scaling(1.0)], LEVEL)
    assert found.expected[2] > 1.05 * fixed.expected[2]
    assert found.significance < fixed.significance


def test_expressions_have_no_size_that_is_left_out():
    content = together(0.0)
    factor = modifier("customfunc", "square", {"expr": "mu_a**2"})
    content["channels"][0]["samples"][1]["modifiers"].append(factor)
    scaled = scaled_workspace(content, Scaling(1.0, systematics=0.0))
    assert factor in scaled["channels"][0]["samples"][1]["modifiers"]
    assert scaled["channels"][0]["samples"][0]["modifiers"] == []
