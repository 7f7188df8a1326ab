"""The analysis `charged_higgs`: tt̄ by flavor, stitched Drell–Yan, calibrated jets and the type-1
missing momentum, by the real programs, against a plain loop over the events of its functions.
"""

import math
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import yaml
from support.oracles.adl_loops import mass_and_pt
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS, working
from support.tiny.steps import RESULTS, merge, process_at_once

from wollemi.analysis.hooks import load_functions
from wollemi.analysis.view import view_of
from wollemi.histograms.histogram import read_histograms
from wollemi.loading.expand import plain_document
from wollemi.loading.load import read_document
from wollemi.plan.dataset_plan import DatasetPlan

FOLDER = ROOT / "config/analyses/charged_higgs"
EVENTS = 2000  # of each dataset
IPB = 5000.0
W_TO_MUONS = 0.0113
DY_PB = 2025.7
# Dataset of the run → hook, options, seed; which events; cross section in pb, and the datasets and
# slice that its sum of weights is of.
TTBAR = ("top_pairs", {}, 1000)
SHOWER = ("top_pairs", {"hardness": 1.08, "radiation": 1.0}, 2000)
DY = ("drell_yan", {}, 3000)
ONE, TWO = ("drell_yan", {"partons": 1}, 4000), ("drell_yan", {"partons": 2}, 5000)
IDS = {"ttb": 53, "ttc": 41, "ttlight": 0}
SLICES = {"one_jet": (1, 334.2405, ONE), "two_jets": (2, 172.1845, TWO)}
MASSES = {300: (6000, 6.0), 400: (7000, 2.8), 500: (8000, 1.4)}
VARIATIONS = ("nominal", "jet_scale_up", "jet_scale_down", "b_tagging_up", "unclustered_up")
EDGES = {
    "ht": [100, 200, 260, 320, 380, 440, 520, 620, 800],
    "jets": [1.5, 2.5, 3.5, 6.5],
    "met": [0, 20, 40, 60, 80, 100, 140, 200],
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def branches():
    """What was made → its branches."""
    hooks = load_functions([FOLDER / "hooks.py"], {"top_pairs", "drell_yan", "charged_higgs"}, "")
    made = {}
    for name, (hook, options, seed) in sources().items():
        random = np.random.Generator(np.random.PCG64(seed))
        numbers = {"run": np.full(EVENTS, seed), "event": np.arange(EVENTS)}
        columns = hooks[hook](random, EVENTS, **options) | numbers
        made[name] = {
            branch: ak.from_regular(ak.Array(values), axis=None)
            for branch, values in columns.items()
        }
    return made


@pytest.fixture(scope="module")
def results(branches, tmp_path_factory):
    """Dataset of the run → its histograms."""
    content = yaml.safe_load((FOLDER / "analysis.yaml").read_text()) | {"name": "tiny"}
    for name, dataset in content["datasets"].items():
        if dataset.pop("generate", None):
            dataset["files"] = [f"input/{name}.parquet"]
    names = [*expected_datasets()]
    with working(tmp_path_factory.mktemp("charged"), content, branches):
        plan = DatasetPlan(view_of(plain_document(read_document(Path(ANALYSIS)))), "tiny")
        assert {process_at_once(name) for name in names} == {0}
        for name in names:
            others = {"siblings": plan.siblings(name), "partners": plan.partners(name)}
            assert merge(name, **others) == 0
        folder = Path(RESULTS) / "histograms"
        return {name: read_histograms(folder / f"{name}.json") for name in names}


@pytest.fixture(scope="module")
def events(branches):
    """What was made → its events, one by one: numbers, and lists of objects."""
    made = {}
    for name, columns in branches.items():
        plain = {branch: ak.to_list(values) for branch, values in columns.items()}
        made[name] = [
            dict(zip(plain, values, strict=True)) for values in zip(*plain.values(), strict=True)
        ]
    return made


def objects(event, collection):
    """The objects of a collection as dictionaries."""
    fields = {
        name.removeprefix(f"{collection}_"): values
        for name, values in event.items()
        if name.startswith(f"{collection}_")
    }
    return [dict(zip(fields, values, strict=True)) for values in zip(*fields.values(), strict=True)]


def sources():
    found = {"ttbar": TTBAR, "ttbar_shower": SHOWER, "dy": DY, "dy_1j": ONE, "dy_2j": TWO}
    for mass, (seed, _) in MASSES.items():
        found[f"hplus_{mass}"] = ("charged_higgs", {"mass_gev": mass}, seed)
    return found


def all_of_them(event):
    return True


def of_truth(branch, value):
    return lambda event: event[branch] == value


def expected_datasets():
    """Dataset of the run → what was made, which of its events, cross section in pb, and what its
    sum of weights is of: what was made, and which of its events.
    """
    every = all_of_them
    found = {}
    for sample, number in IDS.items():
        chosen = of_truth("genTtbarId", number)
        found[f"ttbar_{sample}"] = ("ttbar", chosen, 833.9 * W_TO_MUONS, [("ttbar", every)])
    chosen = of_truth("genTtbarId", IDS["ttb"])
    found["ttbar_shower_ttb"] = (
        "ttbar_shower",
        chosen,
        833.9 * W_TO_MUONS,
        [("ttbar_shower", every)],
    )
    found["dy_rest"] = ("dy", of_truth("LHE_Njets", 0), DY_PB, [("dy", every)])
    for name, (number, cross_section, _) in SLICES.items():
        chosen, exclusive = of_truth("LHE_Njets", number), f"dy_{number}j"
        sums = [("dy", chosen), (exclusive, every)]
        found[f"dy_{name}"] = ("dy", chosen, cross_section, sums)
        found[exclusive] = (exclusive, every, cross_section, sums)
    for mass, (_, cross_section) in MASSES.items():
        name = f"hplus_{mass}"
        found[name] = (name, every, cross_section * W_TO_MUONS, [(name, every)])
    return found


def jets_of(event, variation):
    """Raw and calibrated transverse momentum of each jet."""
    scale = {"jet_scale_up": 1.02, "jet_scale_down": 0.98}.get(variation, 1.0)
    for jet in objects(event, "Jet"):
        raw = jet["pt"] * (1 - jet["rawFactor"]) - 0.5 * event["Rho_fixedGridRhoFastjetAll"]
        yield jet, raw, raw / 0.9 * scale


def missing_momentum(event, variation):
    x, y = (
        event["RawPuppiMET_pt"] * function(event["RawPuppiMET_phi"])
        for function in (math.cos, math.sin)
    )
    for jet, raw, pt in jets_of(event, variation):
        if pt > 15:
            x -= (pt - raw) * math.cos(jet["phi"])
            y -= (pt - raw) * math.sin(jet["phi"])
    if variation == "unclustered_up":
        x += event["PuppiMET_UnclustEnUpDeltaX"]
        y += event["PuppiMET_UnclustEnUpDeltaY"]
    return math.hypot(x, y)


def filled(event, variation):
    """Region and variable → value, and the number of b jets."""
    muons = [muon for muon in objects(event, "Muon") if muon["pt"] > 20 and abs(muon["eta"]) < 2.4]
    jets = [
        (jet, pt) for jet, _, pt in jets_of(event, variation) if pt > 30 and abs(jet["eta"]) < 2.4
    ]
    tags = sum(jet["btag"] > 0.5 for jet, _ in jets)
    if len(muons) != 2:
        return {}, tags
    met, ht = missing_momentum(event, variation), math.fsum(pt for _, pt in jets)
    if abs(mass_and_pt(tuple(muons))[0] - 91.2) < 15:
        chosen = {("z_control", "jets"): len(jets), ("z_control", "met"): met}
        return (chosen if len(jets) >= 2 else {}), tags
    if met <= 40 or len(jets) < 3:
        return {}, tags
    region = {2: "two_b", 3: "three_b"}.get(tags, "four_b" if tags > 3 else None)
    return ({(region, "ht"): ht} if region else {}), tags


def by_hand(events, name):
    """Region, variable and variation → Σw and Σw² of each bin, with what is below and above."""
    made, chosen, cross_section, sums = expected_datasets()[name]
    total = math.fsum(
        event["genWeight"] for source, kept in sums for event in events[source] if kept(event)
    )
    bins = {}
    for variation in VARIATIONS:
        for event in filter(chosen, events[made]):
            values, tags = filled(event, variation)
            weight = event["genWeight"] * cross_section * IPB / total
            weight *= 1 + 0.03 * tags if variation == "b_tagging_up" else 1
            for (region, variable), value in values.items():
                key, edges = f"{region}/{variable}/{variation}", EDGES[variable]
                if key not in bins:
                    bins[key] = np.zeros((2, len(edges) + 1))
                bins[key][:, sum(value >= edge for edge in edges)] += weight, weight * weight
    return bins


@pytest.mark.parametrize("name", expected_datasets())
def test_templates_are_those_of_a_plain_loop(name, results, events):
    found = results[name]
    bins = by_hand(events, name)
    compared = 0
    for key, histogram in found.items():
        variation = key.split("/")[2]
        if variation not in VARIATIONS:
            continue
        expected = bins.get(key, np.zeros((2, histogram.size)))
        assert histogram.values(flow=True) == pytest.approx(expected[0], rel=1e-9, abs=1e-12), key
        assert histogram.variances(flow=True) == pytest.approx(expected[1], rel=1e-9), key
        compared += 1
    nominal = {key for key in found if key.endswith("nominal")}
    assert len(nominal) == 5
    assert compared >= (5 if name == "ttbar_shower_ttb" else 4 * len(VARIATIONS))
    assert {key for key in bins if key.endswith("nominal")} <= found.keys()


def test_what_the_loop_takes_for_granted():
    document = yaml.safe_load(Path(FOLDER / "analysis.yaml").read_text())
    assert document["luminosity_ifb"] * 1000 == IPB
    assert {name: item["edges"] for name, item in document["variables"].items()} == EDGES
