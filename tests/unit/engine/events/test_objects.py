"""Against plain Python loops over the same events."""

import awkward as ak
import numpy as np
import pytest
from support.events.nano import as_batch, nano_events, plain_events
from support.oracles.adl_loops import delta_r

from wollemi.analysis.models.objects import PhysicsObject
from wollemi_engine.events.model import EventModel, Variation
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_likelihood.base.errors import WollemiError

BRANCHES = nano_events(3, 300)
EVENTS = plain_events(BRANCHES)
BATCH = as_batch(BRANCHES)


def values(text, objects, variation=None):
    model = EventModel({name: PhysicsObject(**item) for name, item in objects.items()}, {}, {})
    return ak.to_list(evaluate(text, model.names(BATCH, variation or Variation("nominal"))))


def expected(function):
    return [function(event) for event in EVENTS]


def hardest(objects):
    return sorted(objects, key=lambda p: -p["pt"])


LEPTONS = {
    "electron": {"collection": "Electron", "fields": {"flavor": 11}},
    "muon": {
        "collection": "Muon",
        "fields": {"flavor": 13, "signed": "flavor * charge"},
        "cuts": "pt > 8",
    },
    "lepton": {"union": ["electron", "muon"], "order": "-pt"},
}


def muons(event):
    return [p for p in event["Muon"] if p["pt"] > 8]


def test_a_union_stands_in_the_order_of_its_members_until_sorted():
    either = {"either": {"union": ["muon", "electron"]}}
    found = values("either.pt", LEPTONS | either)
    assert found == expected(lambda e: [p["pt"] for p in [*muons(e), *e["Electron"]]])
    assert values("lepton.pt", LEPTONS) == expected(
        lambda e: [p["pt"] for p in hardest([*e["Electron"], *muons(e)])]
    )


def test_a_union_has_the_common_fields():
    assert values("lepton.flavor", LEPTONS) == expected(
        lambda e: [
            f
            for _, f in sorted(
                [(-p["pt"], 11) for p in e["Electron"]] + [(-p["pt"], 13) for p in muons(e)]
            )
        ]
    )
    with pytest.raises(WollemiError, match="no field 'signed'"):
        values("lepton.signed", LEPTONS)


def test_fields_use_those_before():
    assert values("muon.signed", LEPTONS) == expected(
        lambda e: [13 * p["charge"] for p in muons(e)]
    )


def test_a_selection_is_part_of_its_source_and_keeps_its_fields():
    objects = LEPTONS | {"positive": {"select": "muon", "cuts": "charge > 0"}}
    assert values("positive.signed", objects) == expected(
        lambda e: [13 for p in muons(e) if p["charge"] > 0]
    )


def test_the_same_entry_of_the_files_is_the_same_object_under_any_name():
    objects = LEPTONS | {
        "leading": {"select": "lepton", "best": "-pt"},
        "other_muon": {"collection": "Muon", "not_in": "leading"},
    }

    def other(event):
        first = hardest([*event["Electron"], *muons(event)])[:1]
        return [p["pt"] for p in event["Muon"] if not any(p is q for q in first)]

    assert values("other_muon.pt", objects) == expected(other)


def test_an_object_is_not_its_own_neighbor():
    objects = {
        "jet": {"collection": "Jet"},
        "isolated": {"select": "jet", "away_from": {"jet": 0.8}},
    }
    found = values("count(isolated)", objects)
    alone = expected(
        lambda e: sum(all(delta_r(a, b) >= 0.8 for b in e["Jet"] if b is not a) for a in e["Jet"])
    )
    assert found == alone
    assert 0 < sum(found) < sum(values("count(jet)", objects))


def test_near_is_the_opposite_of_away_from():
    jets = {"jet": {"collection": "Jet"}, "muon": {"collection": "Muon"}}
    near = values("near.pt", jets | {"near": {"select": "jet", "near": {"muon": 0.4}}})
    assert near == expected(
        lambda e: [j["pt"] for j in e["Jet"] if any(delta_r(j, m) < 0.4 for m in e["Muon"])]
    )
    away = values("away.pt", jets | {"away": {"select": "jet", "away_from": {"muon": 0.4}}})
    assert [sorted(a + b) for a, b in zip(near, away, strict=True)] == expected(
        lambda e: sorted(j["pt"] for j in e["Jet"])
    )


@pytest.mark.parametrize("key", ["order", "best"])
def test_equal_values_stay_in_their_order_and_nan_comes_last(key):
    batch = ak.Array(
        {
            "Jet_pt": [[1.0, 2.0, 3.0, 4.0], [], [5.0]],
            "Jet_eta": [[0.0] * 4, [], [0.0]],
            "Jet_phi": [[0.0] * 4, [], [0.0]],
            "Jet_rank": [[np.nan, 7.0, -2.0, -2.0], [], [np.nan]],
        }
    )
    model = EventModel(
        {"jet": PhysicsObject(collection="Jet", mass_gev=0, **{key: "rank"})}, {}, {}
    )
    found = ak.to_list(evaluate("jet.pt", model.names(batch)))
    assert found == {"order": [[3.0, 4.0, 2.0, 1.0], [], [5.0]], "best": [[3.0], [], [5.0]]}[key]
    assert (
        ak.to_list(evaluate("count(jet)", model.names(batch)))
        == {"order": [4, 0, 1], "best": [1, 0, 1]}[key]
    )


def test_a_variation_acts_before_fields_and_cuts_and_on_all_that_follows():
    objects = LEPTONS | {
        "muon": {"collection": "Muon", "fields": {"half": "pt / 2"}, "cuts": "half > 4"},
        "pair": {"combine": ["muon", "muon"], "best": "-pt"},
    }
    up = Variation("up", {"muon": {"pt": "pt * 1.5"}})
    assert values("muon.half", objects, up) == expected(
        lambda e: [p["pt"] * 1.5 / 2 for p in e["Muon"] if p["pt"] * 1.5 > 8]
    )
    assert values("count(pair)", objects, up) == expected(
        lambda e: sum(p["pt"] * 1.5 > 8 for p in e["Muon"]) > 1
    )
    selected = LEPTONS | {
        "loose": {"select": "muon"},
        "tight": {"select": "loose", "cuts": "pt > 20"},
    }
    found = values("tight.pt", selected, Variation("up", {"loose": {"pt": "pt * 2"}}))
    assert found == expected(lambda e: [p["pt"] * 2 for p in muons(e) if p["pt"] * 2 > 20])


def test_no_events_and_no_objects():
    model = EventModel({name: PhysicsObject(**item) for name, item in LEPTONS.items()}, {}, {})
    assert ak.to_list(evaluate("count(lepton)", model.names(BATCH[:0]))) == []
    pair = {
        "pair": {"combine": ["lepton", "lepton"], "best": "mass"},
        "jet": {"collection": "Jet", "near": {"lepton": 0.3}},
    }
    model = EventModel(
        {name: PhysicsObject(**item) for name, item in (LEPTONS | pair).items()}, {}, {}
    )
    assert ak.to_list(evaluate("count(pair) + count(jet)", model.names(BATCH[:0]))) == []
