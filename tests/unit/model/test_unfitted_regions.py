"""Regions and variables that are not fitted, as models: those of the fit where it has the same
region, without what only a fit needs.
"""

import copy

import numpy as np
import pytest
from build_workspace import SECTIONS as MODEL_SECTIONS
from predict_regions import SECTIONS
from support.example.analysis import AXIS, DOCUMENT

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.queries import unfitted_name, unfitted_places
from wollemi.analysis.settings import Settings
from wollemi.analysis.view import view_of
from wollemi.histograms.histogram import from_sums, with_notes
from wollemi.loading.load import validate_analysis
from wollemi.model.unfitted_regions import (
    OF_BINS,
    UnfittedTemplates,
    observed_events,
    unfitted_model,
    unfitted_workspace,
    with_templates,
)
from wollemi.model.workspace import WorkspaceBuilder

MONITORED = copy.deepcopy(DOCUMENT)
MONITORED["variables"]["other"] = MONITORED["variables"]["mass"]
for item in MONITORED["regions"].values():
    item["monitor"] = ["other"]
VARIATIONS = ("nominal", "scale_up", "scale_down", "pdf_up")
SIMULATED = ["signal", "dy", "top"]


def settings(document=MONITORED):
    return Settings(validate_analysis(document, "example"), SECTIONS)


def histograms(smallest=8.0):
    """Each place has the same histograms of a dataset."""
    rng = np.random.default_rng(3)
    found = {}
    for name in used_datasets(MONITORED):
        values = {v: rng.uniform(smallest, 15, AXIS.size + 2) for v in VARIATIONS}
        items = {v: from_sums(AXIS, bins, bins / 5) for v, bins in values.items()}
        found[name] = {
            f"{region}/{variable}/{v}": item
            for region in MONITORED["regions"]
            for variable in ("mass", "other")
            for v, item in items.items()
        }
    return found


def made(found, document=MONITORED):
    content = settings(document)
    return UnfittedTemplates(content, found, unfitted_model(content.model))


def test_places_are_all_that_the_model_does_not_fit():
    assert unfitted_places(view_of(MONITORED)) == [
        ("sr", "other"),
        ("cr", "other"),
        ("vr", "mass"),
        ("vr", "other"),
    ]
    names = [
        unfitted_name(view_of(MONITORED), *place) for place in unfitted_places(view_of(MONITORED))
    ]
    assert names == ["sr_other", "cr_other", "vr", "vr_other"]
    assert (
        unfitted_places(view_of({key: MONITORED[key] for key in MONITORED if key != "model"})) == []
    )
    assert unfitted_places(view_of(MONITORED | {"workspace": {"file": "x.json"}})) == []


@pytest.mark.parametrize("variable", ["mass", "other"])
@pytest.mark.parametrize("region", ["sr", "cr", "vr"])
def test_samples_are_those_of_the_model_with_bins_of_their_own(region, variable):
    found = histograms()
    document = copy.deepcopy(MONITORED)
    document["regions"]["vr"]["role"] = "control"  # in the model that is compared with
    model = Settings(validate_analysis(document, "example"), MODEL_SECTIONS)
    channels = WorkspaceBuilder(model, found).build("signal")["channels"]
    expected = copy.deepcopy(next(item for item in channels if item["name"] == region))
    own = {m["name"] for s in expected["samples"] for m in s["modifiers"] if m["type"] in OF_BINS}
    assert own == {f"staterror_{region}"}
    for modifier in [m for s in expected["samples"] for m in s["modifiers"]]:
        if modifier["type"] in OF_BINS:
            modifier["name"] += f"/{region}/{variable}"
    workspace = unfitted_workspace(made(found), SIMULATED, region, variable)
    assert workspace["channels"] == [expected]


def test_negative_bins_end_no_run():
    found = histograms()
    places = [name for name in found["top"] if name.startswith("vr/mass")]
    for name in places:
        bins = found["top"][name].values(flow=True).copy()
        bins[2] = -3.0
        found["top"][name] = from_sums(AXIS, bins, np.abs(bins) / 5)
    workspace = unfitted_workspace(made(found), ["top"], "vr", "mass")
    assert workspace["channels"][0]["samples"][0]["data"][1] == 0.0


def test_samples_without_a_histogram_are_left_out():
    found = histograms()
    for name in list(found["top"]):
        if name.startswith("sr/other"):
            del found["top"][name]
    templates = made(found)
    assert with_templates(templates, SIMULATED, "sr", "other") == ["signal", "dy"]
    assert with_templates(templates, SIMULATED, "cr", "other") == SIMULATED
    assert unfitted_workspace(templates, [], "sr", "other") is None


def test_blinded_bins_have_no_data():
    found, content = histograms(), settings()
    name = "vr/mass/nominal"
    bins = tuple(found["data"][name].values().tolist())
    assert observed_events(content, found, "vr", "mass") == bins
    found["data"][name] = with_notes(found["data"][name], {"blinded": "00100"})
    assert observed_events(content, found, "vr", "mass") == (bins[0], None, bins[2])
    del found["data"][name]
    assert observed_events(content, found, "vr", "mass") is None


ESTIMATED = copy.deepcopy(MONITORED)
ESTIMATED["regions"]["vr"]["selection"] = "m < 0"
ESTIMATED["samples"]["fakes"] = {
    "role": "background",
    "datasets": ["fakes"],
    "estimate": {"transfer": {"from": "cr", "to": ["sr", "vr"], "factor": 0.5, "subtract": []}},
}
ESTIMATED["datasets"]["fakes"] = {"estimate": ESTIMATED["samples"]["fakes"]["estimate"]}


def test_an_estimate_that_the_fit_finds_follows_it_in_the_regions_own_variable():
    found = histograms()
    noted = {"factor": 0.5, "factor_uncertainty": 0.05}
    item = with_notes(found["data"]["cr/mass/nominal"], noted)
    found["fakes"] = {
        f"{region}/{variable}/nominal": item
        for region in ("sr", "cr", "vr")
        for variable in ("mass", "other")
    }
    templates = made(found, ESTIMATED)
    own = templates.sample("fakes", "vr", "mass")
    assert {m["name"]: m["type"] for m in own["modifiers"]} == {
        "fakes_bins": "shapefactor",
        "fakes_factor": "normsys",
    }
    assert own["data"] == pytest.approx((0.5 * item.values()).tolist())
    other = templates.sample("fakes", "vr", "other")
    assert {m["type"] for m in other["modifiers"]} == {"staterror", "normsys"}
    assert templates.sample("fakes", "cr", "other") is None  # its own control region
    assert with_templates(templates, ["fakes"], "cr", "other") == []


@pytest.mark.parametrize("choice", [True, False, "keep"])
def test_a_negative_yield_is_predicted_where_the_model_keeps_it(choice):
    found, document = histograms(), copy.deepcopy(MONITORED)
    document["model"]["floor_negative_bins"] = choice
    found["top"] = {
        name: from_sums(AXIS, -0.1 * item.values(flow=True), item.variances(flow=True))
        for name, item in found["top"].items()
    }
    content = unfitted_workspace(made(found, document), SIMULATED, "vr", "mass")
    samples = {sample["name"]: sample["data"] for sample in content["channels"][0]["samples"]}
    nominal = found["top"]["vr/mass/nominal"].values().tolist()
    assert samples.get("top") == (nominal if choice == "keep" else None)
