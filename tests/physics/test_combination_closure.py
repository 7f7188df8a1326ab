"""Combinations and overlap removal under all object variations, run by the programs: the skim loses
nothing.

The histograms of the skimmed events equal, bit for bit, those of the file; those of varied muons
equal those of a plain loop.
"""

import math
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import uproot
from fill_histograms import SECTIONS
from support.events.nano import nano_events, plain_events
from support.oracles.adl_loops import count, delta_phi, delta_r, mass_and_pt
from support.tiny.analysis import put_analysis
from support.tiny.events import write_root
from support.tiny.steps import (
    ANALYSIS,
    HOOKS_FILE,
    fill,
    fill_batches,
    part_histograms,
    read_json,
    skim,
)

from wollemi.event_loop.filler import Filler
from wollemi.events.event_models import load_hooks
from wollemi.histograms.varied import separated
from wollemi.loading.load import load_analysis
from wollemi_engine.events.model import EventModel

EVENTS = 3000
VARIATIONS = (
    "muon_scale_up",
    "muon_scale_down",
    "jet_scale_up",
    "jet_scale_down",
    "lepton_tilt_up",
    "pileup_up",
    "pileup_down",
)
HOOKS = '''"""Event shapes of the jets."""

import awkward as ak
import numpy as np


def transverse_sphericity(jet):
    """2 λ₂ / (λ₁ + λ₂) of the transverse momentum tensor; NaN without jets."""
    xx, yy, xy = ak.sum(jet.px**2, axis=1), ak.sum(jet.py**2, axis=1), ak.sum(jet.px * jet.py, axis=1)
    trace, root = xx + yy, np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    return ak.where(trace > 0, (trace - root) / ak.where(trace > 0, trace, 1.0), np.nan)
'''  # noqa: E501
DOCUMENT = """
name: tiny
title: "Combinations"
center_of_mass_tev: 8
datasets: {nano: {files: [input/nano.root], tree: Events, weight: genWeight, normalization: none}}
samples: {nano: {role: background, datasets: nano}}
objects:
  electron: {collection: Electron, cuts: "pt > 7", fields: {flavor: 11}}
  muon: {collection: Muon, cuts: "pt > 5", fields: {flavor: 13}}
  lepton: {union: [electron, muon], order: "-pt"}
  jet: {collection: Jet, cuts: "pt > 25 and abs(eta) < 4", away_from: {electron: 0.4, muon: 0.4}}
  b_jet: {select: jet, cuts: "btag > 0.5"}
  z: {combine: [lepton, lepton], cuts: "first.flavor == second.flavor and first.charge != second.charge", best: abs(mass - 91.2)}
  other: {select: lepton, not_in: z}
  trijet: {combine: [jet, jet, jet], fields: {b_tag: "max(first.btag, second.btag, third.btag)"}, best: "-pt"}
  z_jet: {combine: [z, jet], cuts: "delta_r(first, second) > 1", order: "-mass"}
  dimuon: {combine: [muon, muon], cuts: "first.charge != second.charge", best: abs(mass - 91.2)}
columns:
  shape: {hook: transverse_sphericity, uses: [jet.px, jet.py]}
  transverse: "mt(other[0].pt, other[0].phi, MET_pt, MET_phi)"
skim: {selection: "count(z) > 0 and z[0].mass > 70"}
variables:
  z_mass: {expression: "z[0].mass", bins: [30, 60, 120], label: m, unit: GeV}
  dimuon_mass: {expression: "dimuon[0].mass", bins: [100, 0, 200], label: m, unit: GeV}
  trijet_mass: {expression: "trijet[0].mass", bins: [30, 0, 600], label: m, unit: GeV}
  trijet_tag: {expression: "trijet[0].b_tag", bins: [20, 0, 1], label: tag}
  jet_pt: {expression: jet.pt, per: object, bins: [100, 0, 200], label: pt, unit: GeV}
  transverse: {expression: transverse, bins: [100, 0, 200], label: m, unit: GeV}
  shape: {expression: shape, bins: [20, 0, 1], label: S}
  z_jet_mass: {expression: "z_jet[0].mass", bins: [20, 0, 800], label: m, unit: GeV}
  closest_jet: {expression: "delta_r(z[0].first, nearest(z[0].first, jet))", bins: [20, 0, 5], label: "ΔR"}
regions:
  z: {selection: "count(z) > 0 and z[0].mass > 71", variable: z_mass, monitor: [jet_pt, shape, closest_jet, z_jet_mass]}
  three_leptons: {selection: "count(z) > 0 and z[0].mass > 71 and count(other) > 0", variable: transverse}
  top: {selection: "count(z) > 0 and z[0].mass > 71 and count(b_jet) > 0", variable: trijet_mass, monitor: trijet_tag}
  two_muons: {selection: "count(z) > 0 and z[0].mass > 75 and dimuon[0].mass > 75", variable: dimuon_mass}
systematics:
  muon_scale: {kind: object, object: muon, up: {pt: pt * 1.05}, down: {pt: pt * 0.95}, samples: nano}
  jet_scale: {kind: object, object: jet, up: {pt: pt * 1.1, mass: mass * 1.1}, down: {pt: pt * 0.9}, samples: nano}
  lepton_tilt: {kind: object, object: lepton, up: {pt: pt * (1 + 0.01 * charge)}, down: symmetrize, samples: nano}
  pileup: {kind: weight, up: 1 + 0.01 * count(jet), down: 1 - 0.01 * count(jet), samples: nano}
"""  # noqa: E501


@dataclass
class Run:
    events: list
    direct: dict
    direct_counts: dict
    skimmed: dict
    skim_lines: list
    region_lines: dict


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The analysis from the file to histograms, with a skim and without."""
    branches = nano_events(12, EVENTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("nano"))
        put_analysis(DOCUMENT, HOOKS)
        write_root(Path("input/nano.root"), branches)
        histograms, counts = direct()
        assert [skim("nano"), fill("nano")] == [0, 0]
        skimmed = part_histograms("nano")
        lines = (
            read_json("cutflow/nano/skim_0.json")["skim"],
            read_json("cutflow/nano/fill_0.json")["regions"],
        )
    return Run(plain_events(branches), histograms, counts["regions"], skimmed, *lines)


def direct():
    """Histograms and counts from the file, without a skim."""
    settings = load_analysis(Path(ANALYSIS), SECTIONS, "nano")
    model = EventModel(
        settings.objects, settings.columns, load_hooks([Path(HOOKS_FILE)], settings.columns)
    )
    with uproot.open("input/nano.root") as file:
        histograms, counts = fill_batches(
            Filler(settings, model), [file["Events"].arrays(list(settings.branches))]
        )
        return separated(histograms), counts


def test_skimmed_equals_direct_under_all_variations(run):
    assert run.skimmed.keys() == run.direct.keys()
    assert {name.rpartition("/")[2] for name in run.direct} == {"nominal", *VARIATIONS}
    for name, histogram in run.direct.items():
        assert (run.skimmed[name].values(flow=True) == histogram.values(flow=True)).all(), name
        assert (run.skimmed[name].variances(flow=True) == histogram.variances(flow=True)).all(), (
            name
        )
        assert np.sum(histogram.variances(flow=True)) > 0, name
    assert {name: lines[-1] for name, lines in run.region_lines.items()} == {
        name: lines[-1] for name, lines in run.direct_counts.items()
    }
    assert run.skim_lines[-1]["events"] < run.skim_lines[0]["events"] / 2


@pytest.mark.parametrize("variation", ["muon_scale", "jet_scale", "lepton_tilt"])
def test_each_object_variation_reaches_the_combinations(run, variation):
    name = "top/trijet_mass" if variation == "jet_scale" else "z/z_mass"
    assert (
        run.direct[f"{name}/{variation}_up"].values(flow=True)
        != run.direct[f"{name}/nominal"].values(flow=True)
    ).any()


@pytest.mark.parametrize(
    ("variation", "factor"), [("nominal", 1.0), ("muon_scale_up", 1.05), ("muon_scale_down", 0.95)]
)
class TestAgainstALoop:
    """Sums of weights, in the order of the events: equal in the last bit."""

    def test_pairs(self, run, variation, factor):
        def loop(event):
            leptons = varied(event, factor)
            muons = [p for p in leptons if p["flavor"] == 13]
            if closest(leptons) > 75 and closest(muons) > 75:
                yield closest(muons)

        expected = count(loop, run.events, 200, weighted=True)
        assert (
            run.skimmed[f"two_muons/dimuon_mass/{variation}"].values(flow=True).tolist() == expected
        )

    def test_overlap_removal(self, run, variation, factor):
        def loop(event):
            leptons = varied(event, factor)
            if closest(leptons) > 71:
                for jet in event["Jet"]:
                    if (
                        jet["pt"] > 25
                        and abs(jet["eta"]) < 4
                        and all(delta_r(jet, p) >= 0.4 for p in leptons)
                    ):
                        yield jet["pt"]

        expected = count(loop, run.events, 200, weighted=True)
        assert run.skimmed[f"z/jet_pt/{variation}"].values(flow=True).tolist() == expected

    def test_a_lepton_beside_the_pair(self, run, variation, factor):
        def loop(event):
            leptons = sorted(varied(event, factor), key=lambda p: -p["pt"])
            if closest(leptons) > 71 and len(leptons) > 2:
                pair = min(candidates(leptons), key=lambda pair: abs(mass_and_pt(pair)[0] - 91.2))
                other = next(p for p in leptons if p is not pair[0] and p is not pair[1])
                angle = delta_phi(other["phi"], event["MET_phi"])
                yield math.sqrt(2 * other["pt"] * event["MET_pt"] * (1 - math.cos(angle)))

        expected = count(loop, run.events, 200, weighted=True)
        assert (
            run.skimmed[f"three_leptons/transverse/{variation}"].values(flow=True).tolist()
            == expected
        )


def varied(event, factor):
    """Electrons and varied muons of an event that pass the cuts."""
    electrons = [p | {"flavor": 11} for p in event["Electron"] if p["pt"] > 7]
    muons = [p | {"flavor": 13, "pt": p["pt"] * factor} for p in event["Muon"]]
    return electrons + [p for p in muons if p["pt"] > 5]


def candidates(leptons):
    """Pairs of equal flavor and opposite charge."""
    return [
        (a, b)
        for a, b in combinations(leptons, 2)
        if a["flavor"] == b["flavor"] and a["charge"] != b["charge"]
    ]


def closest(leptons):
    """Mass of the pair that is closest to the Z; 0 without pairs."""
    return min(
        (mass_and_pt(pair)[0] for pair in candidates(leptons)),
        key=lambda mass: abs(mass - 91.2),
        default=0.0,
    )
