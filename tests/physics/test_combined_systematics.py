"""One parameter that changes fields of several objects, a quantity of the event and its weight,
against loops over the events.
"""

import numpy as np
import pytest
from support.engine.cases import Case
from support.events.nano import as_batch, nano_events, plain_events

from wollemi.event_loop.filler import Filler

BRANCHES = nano_events(12, 300)
DOCUMENT = {
    "name": "combined",
    "title": "Combined systematics",
    "center_of_mass_tev": 13,
    "luminosity_ifb": 1,
    "datasets": {"d": {"files": ["x.root"], "cross_section_pb": 1.0, "weight": "MET_phi + 4"}},
    "samples": {"s": {"role": "background", "datasets": "d"}},
    "objects": {
        "muon": {"collection": "Muon", "cuts": "pt > 10"},
        "electron": {"collection": "Electron", "cuts": "pt > 10"},
    },
    "variables": {
        "sum": {
            "expression": "sum(muon.pt) + sum(electron.pt) + MET_pt",
            "bins": [40, 0, 400],
            "label": "sum",
        }
    },
    "regions": {"all": {"selection": "count(muon) + count(electron) > 0", "variable": "sum"}},
    "weights": {"half": {"factor": "0.5", "samples": "s"}},
    "systematics": {
        "scale": {
            "kind": "combined",
            "up": {
                "objects": {"muon": {"pt": "pt * 1.25"}, "electron": {"pt": "pt + 2"}},
                "columns": {"MET_pt": "MET_pt * 2"},
                "weight": "1 + count(muon)",
            },
            "down": {"weight": "0.25"},
            "samples": "s",
        },
        "both": {
            "kind": "object",
            "object": ["muon", "electron"],
            "up": {"pt": "pt * 1.5"},
            "down": "symmetrize",
            "samples": "s",
        },
    },
}


def expected(muon, electron, met, factor):
    """Sums of weights in the bins, without under- and overflow."""
    sums = np.zeros(40)
    for event in plain_events(BRANCHES):
        muons = [muon(p["pt"]) for p in event["Muon"] if muon(p["pt"]) > 10]
        electrons = [electron(p["pt"]) for p in event["Electron"] if electron(p["pt"]) > 10]
        value = sum(muons) + sum(electrons) + met * event["MET_pt"]
        if muons + electrons and value < 400:
            sums[int(value // 10)] += (event["MET_phi"] + 4) * 0.5 * factor(len(muons))
    return sums


def same(pt):
    return pt


ALL = {
    "nominal": (same, same, 1, lambda muons: 1),
    "scale_up": (lambda pt: 1.25 * pt, lambda pt: pt + 2, 2, lambda muons: 1 + muons),
    "scale_down": (same, same, 1, lambda muons: 0.25),
    "both_up": (lambda pt: 1.5 * pt, lambda pt: 1.5 * pt, 1, lambda muons: 1),
}


def test_against_loops():
    case = Case(DOCUMENT, "d", as_batch(BRANCHES))
    filler = Filler(case.settings, case.model)
    assert filler.variations == list(ALL)
    sums, _ = filler.evaluate(case.events)
    for found, rule in zip(sums["all", "sum"], ALL.values(), strict=True):
        assert found[0][1:-1] == pytest.approx(expected(*rule), rel=1e-12)
