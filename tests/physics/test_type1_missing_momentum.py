"""A calibration of jets with the density ρ and the type-1 missing momentum, against plain loops
with correctionlib: the same bits, in both evaluations.
"""

import math
from pathlib import Path

import awkward as ak
import correctionlib
import numpy as np
import pytest
from support.engine.cases import Case
from support.engine.values import Values
from support.events.correction_files import binning, correction, formula, write_corrections
from support.events.nano import as_batch, nano_events

from wollemi.events.event_models import object_variations, open_corrections
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import evaluate, evaluate_values

FILE = "jec.json"
# of the form of the L1FastJet corrections of CMS
L1 = "max(0.0001, 1 - x * (y - {}) * ({} + {} * log(z)) / z)"
RAW = "pt * (1 - rawFactor)"
DOCUMENT = {
    "name": "type1",
    "title": "Type-1 missing momentum",
    "center_of_mass_tev": 13,
    "luminosity_ifb": 1,
    "datasets": {"d": {"files": ["x.root"], "cross_section_pb": 1.0, "weight": "genWeight"}},
    "samples": {"s": {"role": "background", "datasets": "d"}},
    "corrections": {
        "l1": {
            "file": FILE,
            "correction": "L1FastJet",
            "inputs": {"JetA": 1, "JetEta": 2, "JetPt": 3, "Rho": 4},
        },
        "jes": {"file": FILE, "correction": "Total", "inputs": {"JetEta": 1, "JetPt": 2}},
    },
    "objects": {
        "jet": {
            "collection": "Jet",
            "calibrate": {"pt": f"{RAW} * correction.l1(area, eta, {RAW}, event.Rho_all)"},
            "cuts": "pt > 30 and delta_phi(self, event.met_phi) > -3",
            "order": "-pt",
        },
        "muon": {"collection": "Muon"},
    },
    "missing_momentum": {
        "met": {
            "pt": "RawMET_pt",
            "phi": "RawMET_phi",
            "objects": {
                "jet": {
                    "raw": RAW,
                    "share": "1 - muonSubtrFactor",
                    "cuts": "pt * (1 - muonSubtrFactor) > 15",
                },
                "muon": {},
            },
        }
    },
    "variables": {"met": {"expression": "met_pt", "bins": [60, 0, 300], "label": "met"}},
    "regions": {"all": {"selection": "met_pt > 5 and count(jet) > 0", "variable": "met"}},
    "systematics": {
        "jes": {
            "kind": "object",
            "object": "jet",
            "up": {"pt": "pt * (1 + correction.jes(eta, pt))"},
            "down": {"pt": "pt * (1 - correction.jes(eta, pt))"},
            "samples": "s",
        },
        "muon_scale": {
            "kind": "object",
            "object": "muon",
            "up": {"pt": "pt * 1.02"},
            "down": "symmetrize",
            "samples": "s",
        },
        "unclustered": {
            "kind": "combined",
            "up": {"columns": {"met_px": "met_px + UnclusteredX", "met_py": "met_py + 5"}},
            "down": {"columns": {"met_px": "met_px - UnclusteredX", "met_py": "met_py - 5"}},
            "samples": "s",
        },
    },
}


def events(number=400):
    """Events with densities, and jets with raw factors; floats of 32 bits."""
    rng, batch = np.random.default_rng(11), as_batch(nano_events(11, number))
    counts = ak.num(batch["Jet_pt"])
    size = int(ak.sum(counts))
    jets = {
        "Jet_area": rng.normal(0.5, 0.05, size),
        "Jet_rawFactor": rng.uniform(-0.2, 0.3, size),
        "Jet_muonSubtrFactor": np.where(rng.random(size) < 0.2, rng.random(size), 0.0),
    }
    numbers = {
        "Rho_all": rng.gamma(20, 1, number),
        "RawMET_pt": rng.exponential(30, number),
        "RawMET_phi": rng.uniform(-np.pi, np.pi, number),
        "UnclusteredX": rng.normal(0, 5, number),
    }
    columns = {name: batch[name] for name in batch.fields}
    columns |= {
        name: ak.unflatten(values.astype(np.float32), counts) for name, values in jets.items()
    }
    columns |= {name: ak.Array(values.astype(np.float32)) for name, values in numbers.items()}
    return ak.Array(columns)


@pytest.fixture
def case(tmp_path, monkeypatch):
    """The analysis with its correction file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    names = {"JetA": "real", "JetEta": "real", "JetPt": "real", "Rho": "real"}
    formulas = [
        formula(L1.format(*numbers), ["JetA", "Rho", "JetPt"])
        for numbers in ((1.2, 0.4, 0.02), (1.5, 0.5, 0.03), (1.1, 0.3, 0.01))
    ]
    edges = [-math.inf, -1.3, 1.3, math.inf]
    write_corrections(
        Path(FILE),
        correction("L1FastJet", names, binning("JetEta", [-10.0, *edges[1:3], 10.0], formulas)),
        correction(
            "Total",
            {"JetEta": "real", "JetPt": "real"},
            binning("JetPt", [0.0, 20.0, 50.0, 1e5], [0.05, 0.03, 0.015]),
        ),
    )
    made = Case(DOCUMENT, "d", events())
    corrections = open_corrections(made.settings.needed_corrections, [Path(FILE)])
    made.model = EventModel(made.settings.objects, made.settings.columns, {}, corrections)
    return made


def plain_jets(event, view, tools):
    """Raw and calibrated pt of each jet of the file."""
    for index in range(len(event["Jet_pt"])):
        eta = event["Jet_eta"][index]
        raw = event["Jet_pt"][index] * (1 - event["Jet_rawFactor"][index])
        area = event["Jet_area"][index]
        pt = raw * tools["L1FastJet"].evaluate(area, eta, raw, event["Rho_all"])
        if view.startswith("jes"):
            shift = tools["Total"].evaluate(eta, pt)
            pt = pt * (1 + shift if view == "jes_up" else 1 - shift)
        yield index, raw, pt


def plain_momentum(event, view, tools):
    """Components of the missing momentum, jet by jet."""
    result = []
    for function, shift in ((np.cos, event["UnclusteredX"]), (np.sin, 5.0)):
        jets = muons = 0.0
        for index, raw, pt in plain_jets(event, view, tools):
            share = 1 - event["Jet_muonSubtrFactor"][index]
            if pt * share > 15:
                direction = function(np.float64(event["Jet_phi"][index]))
                jets += (pt * direction - raw * direction) * share
        for pt, phi in zip(event["Muon_pt"], event["Muon_phi"], strict=True):
            direction = function(np.float64(phi))
            scaled = pt * 1.02 if view == "muon_scale_up" else pt
            muons += scaled * direction - pt * direction
        value = event["RawMET_pt"] * function(np.float64(event["RawMET_phi"])) - jets - muons
        sign = {"unclustered_up": 1, "unclustered_down": -1}.get(view, 0)
        result.append(value + sign * shift)
    return result


def plain_values(batch, view):
    """Missing momentum, its azimuth and the sum of the jets' pt, event by event."""
    tools = correctionlib.CorrectionSet.from_file(FILE)
    for event in batch.to_list():
        x, y = plain_momentum(event, view, tools)
        yield np.sqrt(x * x + y * y), np.arctan2(y, x), x


VIEWS = ("nominal", "jes_up", "jes_down", "muon_scale_up", "unclustered_up", "unclustered_down")


def test_equal_to_a_plain_loop_with_correctionlib(case, caplog):
    batch = case.events
    views = object_variations(case.settings.object_variations)
    assert tuple(view.name for view in views) == VIEWS
    seen = set()
    for view in views:
        names = case.model.names(batch, view)
        expected = np.array(list(plain_values(batch, view.name))).T
        for text, wanted in zip(("met_pt", "met_phi", "met_px"), expected, strict=True):
            assert evaluate_values(text, names, len(batch)).tobytes() == wanted.tobytes()
        seen.add(expected[0].tobytes())
        if view.name in ("nominal", "jes_up"):
            with caplog.at_level("INFO"):
                found = Values(case.model, batch, "met_pt", view)(batch)
            assert found.tobytes() == expected[0].tobytes()
    assert len(seen) == len(VIEWS)
    assert not [record for record in caplog.records if "not compiled" in record.message]


def test_jets_equal_to_a_plain_loop_with_correctionlib(case):
    """Their cuts do not change the missing momentum, which they may use."""
    tools = correctionlib.CorrectionSet.from_file(FILE)
    view = object_variations(case.settings.object_variations)[1]
    names = case.model.names(case.events, view)
    phis = evaluate_values("met_phi", names, len(case.events))
    expected = []
    for event, phi in zip(case.events.to_list(), phis, strict=True):
        kept = []
        for index, _, pt in plain_jets(event, view.name, tools):
            distance = (event["Jet_phi"][index] - phi + math.pi) % (2 * math.pi) - math.pi
            kept += [pt] if pt > 30 and distance > -3 else []
        expected.append(sorted(kept, reverse=True))
    assert ak.to_list(evaluate("jet.pt", names)) == expected
    assert sum(map(len, expected)) > 200
