"""The workspace against cabinetry's from the same templates, and what is refused."""

import contextlib
import copy
import itertools
import json
import logging

import numpy as np
import pytest
from build_workspace import SECTIONS
from cabinetry.smooth import smooth_353qh_twice
from support.example.analysis import AXIS, DOCUMENT
from support.oracles.cabinetry_example import cabinetry_workspace, modifiers

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import from_sums, scaled
from wollemi.loading.load import validate_analysis
from wollemi.model.workspace import WorkspaceBuilder
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood

TOPS = ("top", "top_shower")
VARIED = {
    "signal": ["scale_up", "scale_down"],
    "dy_low": ["scale_up", "scale_down", "pdf_up"],
    "dy_high": ["pdf_up"],
}


def histogram(rng, factor=1.0):
    values = rng.uniform(5, 20, 5) * factor
    return from_sums(AXIS, values, values * rng.uniform(0.1, 0.3))


@pytest.fixture
def histograms():
    rng = np.random.default_rng(11)
    found = {}
    for dataset in used_datasets(DOCUMENT):
        names = [
            f"{region}/mass/{v}"
            for region in DOCUMENT["regions"]
            for v in ("nominal", *VARIED.get(dataset, ()))
        ]
        found[dataset] = {name: histogram(rng) for name in names}
        if dataset == "data":
            found[dataset] = {
                n: from_sums(AXIS, np.floor(h.values(flow=True)), np.floor(h.values(flow=True)))
                for n, h in found[dataset].items()
            }
    return found


def build(histograms, document=DOCUMENT):
    settings = Settings(validate_analysis(document, "example"), SECTIONS)
    return WorkspaceBuilder(settings, histograms).build("signal")


def test_equal_to_cabinetry(histograms, tmp_path, caplog):
    caplog.set_level(logging.ERROR)
    ours, theirs = (
        modifiers(build(histograms)),
        modifiers(cabinetry_workspace(histograms, tmp_path)),
    )
    assert ours.keys() == theirs.keys()
    difference = max(np.max(np.abs(ours[key] - theirs[key]), initial=0.0) for key in ours)
    assert difference == 0.0


def test_pyhf_accepts_it(histograms):
    import pyhf

    workspace = build(histograms)
    pyhf.schema.validate(json.loads(json.dumps(workspace)), "workspace.json")
    assert set(pyhf.Workspace(workspace).model().config.channels) == {"sr", "cr"}


def test_pruning_drops_what_is_small(histograms):
    document = copy.deepcopy(DOCUMENT)
    document["model"]["prune_below"] = 10.0
    assert not {"histosys"} & {key[3] for key in modifiers(build(histograms, document))}


@pytest.mark.parametrize(
    ("kept", "thresholds"),
    [
        ({"normsys", "histosys"}, {"norm": 0.0, "shape": 0.0}),
        ({"normsys"}, {"norm": 0.0, "shape": 10.0}),
        ({"histosys"}, {"norm": 10.0, "shape": 0.0}),
    ],
)
def test_yield_and_shape_have_thresholds_of_their_own(histograms, kept, thresholds):
    document = copy.deepcopy(DOCUMENT)
    document["model"]["prune_below"] = thresholds
    found = {key[3] for key in modifiers(build(histograms, document)) if key[2] == "scale"}
    assert found == kept


def test_smoothed_and_symmetrized_templates_enter(histograms):
    """The same workspace as of histograms that are treated before; nothing else changes."""
    document = copy.deepcopy(DOCUMENT)
    document["systematics"]["scale"]["symmetrization"] = "two_sided"
    document["systematics"]["shower"]["smoothing"] = {"method": "353QH"}
    made = modifiers(build(histograms, document))
    plain = modifiers(build(histograms))
    changed = {key for key in plain if (made[key] != plain[key]).any()}
    assert {key[2] for key in changed} == {"scale", "shower"}
    for region in ("sr", "cr"):
        signal = histograms["signal"]
        nominal, up, down = (
            sum(signal[f"{region}/mass/{side}"].values())
            for side in ("nominal", "scale_up", "scale_down")
        )
        factor = 1 + (up - down) / 2 / nominal
        assert made[region, "signal", "scale", "normsys"] == pytest.approx([factor, 2 - factor])
        top, other = (histograms[n][f"{region}/mass/nominal"].values() for n in TOPS)
        smooth = smooth_353qh_twice(other / top) * top
        shape = smooth * sum(top) / sum(smooth)
        assert made[region, "top", "shower", "histosys"][:3] == pytest.approx(shape)
        key = (region, "top", "shower", "normsys")
        assert made[key] == pytest.approx(plain[key])  # the yield is kept


@pytest.mark.parametrize(
    ("choice", "samples"),
    [("all", {"signal", "dy", "top"}), ("background", {"dy", "top"}), ("none", set())],
)
def test_whose_statistics_enter(histograms, choice, samples):
    document = copy.deepcopy(DOCUMENT)
    document["model"]["mc_statistics"] = choice
    assert {
        key[1] for key in modifiers(build(histograms, document)) if key[3] == "staterror"
    } == samples


def test_negative_bins_are_floored_on_request(histograms):
    top = histograms["top"]["sr/mass/nominal"]
    histograms["top"]["sr/mass/nominal"] = from_sums(
        AXIS, top.values(flow=True) - np.array([0, 0, 50.0, 0, 0]), top.variances(flow=True)
    )
    document = copy.deepcopy(DOCUMENT)
    del document["systematics"]["shower"]
    document["model"]["floor_negative_bins"] = True
    assert modifiers(build(histograms, document))["sr", "top", "", "data"][1] == 0.0


def empty(histograms, datasets, bins):
    for dataset in datasets:
        for name, item in histograms[dataset].items():
            values = item.values(flow=True).copy()
            values[bins] = 0.0
            histograms[dataset][name] = from_sums(AXIS, values, values)


def test_a_region_without_background_is_refused(histograms):
    empty(histograms, ["dy_low", "dy_high", "top", "top_shower"], slice(None))
    with pytest.raises(WollemiError, match=r"regions.sr: no background sample has events there"):
        build(histograms)


def test_data_without_expectation_are_refused(histograms):
    empty(histograms, ["dy_low", "dy_high", "top", "top_shower", "signal"], 2)
    with pytest.raises(
        WollemiError, match=r"regions\.sr: 1–2: there are data and no expected events"
    ):
        build(histograms)


WHERE = {"nowhere": None, "below the bins": 0, "above the bins": -1, "floored": 2}


def placed(value, place):
    values = np.zeros(5)
    if place is not None:
        values[place] = value
    return from_sums(AXIS, values, values**2)


@pytest.mark.parametrize(("sr", "cr"), [*itertools.product(WHERE, repeat=2)])
def test_a_signal_outside_of_all_fitted_bins_is_refused(histograms, sr, cr):
    """Instead of a fit of a parameter that scales nothing."""
    for region, where in (("sr", sr), ("cr", cr)):
        for name in histograms["signal"]:
            if name.startswith(region):
                value = -1.0 if where == "floored" else 3.0
                histograms["signal"][name] = placed(value, WHERE[where])
    document = copy.deepcopy(DOCUMENT)
    document["model"]["floor_negative_bins"] = True
    message = "samples.signal: no events are expected in any bin of the fitted regions: sr"
    with pytest.raises(WollemiError, match=message) as refused:
        build(histograms, document)
    texts = {"below the bins": "3 expected below the bins and 0", "above the bins": "and 3 above"}
    for where in (sr, cr):
        assert texts.get(where, "") in refused.value.problem


@pytest.mark.parametrize("region", ["sr", "cr"])
def test_a_signal_in_one_bin_of_one_region_has_a_model(histograms, region):
    """A parameter of interest is a parameter, whichever region has the signal."""
    for name in histograms["signal"]:
        histograms["signal"][name] = placed(3.0, 2 if name.startswith(region) else None)
    likelihood = Likelihood.from_workspace(build(histograms))
    assert likelihood.poi in likelihood.index


def test_a_vanishing_yield_is_refused(histograms):
    empty(histograms, ["top_shower"], slice(None))
    with pytest.raises(
        WollemiError, match="region sr, sample top: shower changes the yield by a factor 0"
    ):
        build(histograms)


def noisy(rng, bins, share):
    """A histogram of few events some of which have negative weights."""
    entries = rng.poisson(6, bins + 2)
    weights = [np.where(rng.random(n) < share, -1.0, 1.0) * rng.lognormal(0, 1, n) for n in entries]
    return from_sums(
        AXIS, np.array([w.sum() for w in weights]), np.array([(w**2).sum() for w in weights])
    )


def noisy_workspace(histograms, seed):
    """A workspace of random templates of few events; None where one of them is refused: no yield,
    or far too much of it.
    """
    rng, document = np.random.default_rng(seed), copy.deepcopy(DOCUMENT)
    document["model"]["floor_negative_bins"] = True
    document["systematics"]["scale"]["down"] = "symmetrize" if seed % 2 else {"pt": "pt"}
    templates = {
        name: {key: noisy(rng, 3, 0.2) for key in items} for name, items in histograms.items()
    }
    empty = np.zeros(AXIS.size + 2)
    templates["data"] = dict.fromkeys(histograms["data"], from_sums(AXIS, empty, empty))
    with contextlib.suppress(WollemiError):
        return build(templates, document)


def test_nothing_negative_enters_a_model(histograms):
    """No sample of pyhf's model is negative with one systematic anywhere within ±1σ."""
    import pyhf

    contents = [noisy_workspace(histograms, seed) for seed in range(40)]
    models = [pyhf.Workspace(content).model() for content in contents if content is not None]
    assert len(models) > 10
    for model, name in itertools.product(models, ("lumi", "scale", "pdf", "shower")):
        for alpha in np.linspace(-1, 1, 21) if name in model.config.par_map else ():
            moved = np.array(model.config.suggested_init())
            moved[model.config.par_slice(name)] = alpha
            by_sample = np.asarray(model.main_model.expected_data(moved, return_by_sample=True))
            assert by_sample.min() >= -1e-12, (name, alpha)


def test_negative_bins_are_refused_where_they_are_not_to_be_floored(histograms):
    top = histograms["top"]["sr/mass/nominal"]
    histograms["top"]["sr/mass/nominal"] = from_sums(
        AXIS, top.values(flow=True) - np.array([0, 0, 50.0, 0, 0]), top.variances(flow=True)
    )
    with pytest.raises(WollemiError, match="region sr, sample top: is negative in 1–2"):
        build(histograms)


def test_a_yield_that_no_interpolation_can_take_is_refused(histograms):
    histograms["top"] = {name: scaled(item, 0.01) for name, item in histograms["top"].items()}
    with pytest.raises(
        WollemiError, match="region sr, sample top: shower changes the yield by a factor"
    ):
        build(histograms)


def test_the_measurement_names_the_codes_of_the_interpolation(histograms):
    document = copy.deepcopy(DOCUMENT)
    document["model"]["interpolation"] = {"histosys": "code0"}
    chosen, default = build(histograms, document), build(histograms)
    (name,), (usual,) = ([item["name"] for item in w["measurements"]] for w in (chosen, default))
    assert name == f"{usual} {{normsys: code4, histosys: code0}}"


def morphing_document():
    document = copy.deepcopy(DOCUMENT)
    document["model"]["free_normalizations"]["slope"] = {"bounds": [0.5, 2]}
    templates = {"dy": 0.5, "top": 2.0}
    document["model"]["morphing"] = {"slope": {"templates": templates, "method": "linear"}}
    return document


def test_templates_of_a_morphing_have_weights(histograms):
    workspace = build(histograms, morphing_document())
    found = {
        (sample["name"], item["name"])
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for item in sample["modifiers"]
        if item["type"] == "customfunc"
    }
    assert found == {("dy", "slope_dy"), ("top", "slope_top")}
    likelihood = Likelihood.from_workspace(workspace)
    values = likelihood.inits.copy()
    values[likelihood.index["slope"]] = 2.0
    events = likelihood.expected_by_sample(values).sum(axis=1)
    assert events[likelihood.samples.index("dy")] == pytest.approx(0, abs=1e-9)
    assert events[likelihood.samples.index("top")] > 1
