"""Against itertools and plain arithmetic."""

from itertools import combinations, product

import awkward as ak
import pytest
from support.events.nano import as_batch, nano_events, plain_events
from support.oracles.adl_loops import mass_and_pt

import wollemi_engine.events.combinations as module
from wollemi.analysis.models.objects import PhysicsObject
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_likelihood.base.errors import WollemiError

BRANCHES = nano_events(3, 300)
BATCH, EVENTS = as_batch(BRANCHES), plain_events(BRANCHES)
OBJECTS = {
    "electron": {"collection": "Electron", "fields": {"flavor": 11}},
    "muon": {"collection": "Muon", "fields": {"flavor": 13}},
    "lepton": {"union": ["electron", "muon"]},
    "jet": {"collection": "Jet", "cuts": "pt > 25"},
    "b_jet": {"select": "jet", "cuts": "btag > 0.3"},
    "pair": {
        "combine": ["lepton", "lepton"],
        "cuts": "first.flavor == second.flavor and first.charge != second.charge",
    },
}


def values(text, batch=BATCH, **further):
    model = EventModel(
        {name: PhysicsObject(**item) for name, item in (OBJECTS | further).items()}, {}, {}
    )
    return ak.to_list(evaluate(text, model.names(batch)))


def jets(event):
    return [p for p in event["Jet"] if p["pt"] > 25]


def legs(event, names):
    """Legs of all combinations in the order that the language defines, one object never twice."""
    lists = {
        "jet": jets(event),
        "b_jet": [p for p in jets(event) if p["btag"] > 0.3],
        "muon": event["Muon"],
    }
    runs = [list(combinations(lists[name], names.count(name))) for name in dict.fromkeys(names)]
    chosen = ([p for run in picked for p in run] for picked in product(*runs))
    return [objects for objects in chosen if len({id(p) for p in objects}) == len(objects)]


@pytest.mark.parametrize(
    "names",
    [
        ["jet", "jet"],
        ["jet", "jet", "jet"],
        ["jet", "jet", "jet", "jet"],
        ["muon", "jet"],
        ["b_jet", "jet"],
        ["b_jet", "jet", "jet"],
        ["b_jet", "b_jet", "jet", "muon"],
    ],
    ids="-".join,
)
def test_all_combinations_in_their_order(names):
    last = ["first", "second", "third", "fourth"][len(names) - 1]
    some = [legs(event, names) for event in EVENTS]
    assert sum(map(len, some)) > 50
    assert values("c.first.pt", c={"combine": names}) == [
        [chosen[0]["pt"] for chosen in event] for event in some
    ]
    assert values(f"c.{last}.pt", c={"combine": names}) == [
        [chosen[-1]["pt"] for chosen in event] for event in some
    ]
    masses = values("c.mass", c={"combine": names})
    expected = [mass_and_pt(chosen)[0] for event in some for chosen in event]
    assert [mass for event in masses for mass in event] == pytest.approx(
        expected, rel=1e-9, abs=1e-5
    )


def test_combinations_of_combinations_share_no_object():
    def fours(event):
        leptons = [(11, p) for p in event["Electron"]] + [(13, p) for p in event["Muon"]]
        pairs = [
            (a, b)
            for a, b in combinations(leptons, 2)
            if a[0] == b[0] and a[1]["charge"] != b[1]["charge"]
        ]
        return sum(
            len({id(p) for _, p in one + other}) == 4 for one, other in combinations(pairs, 2)
        )

    found = values("count(four)", four={"combine": ["pair", "pair"]})
    assert found == [fours(event) for event in EVENTS]
    assert sum(found) > 20


def test_legs_of_legs():
    found = values(
        "four.second.first.charge + four.second.second.charge", four={"combine": ["pair", "pair"]}
    )
    assert {charge for event in found for charge in event} == {0}


def test_a_union_of_combinations():
    further = {
        "ee": {"combine": ["electron", "electron"]},
        "mumu": {"combine": ["muon", "muon"]},
        "both": {"union": ["ee", "mumu"], "order": "-pt"},
    }
    assert values("count(both)", **further) == [
        sum(len(event[name]) * (len(event[name]) - 1) // 2 for name in ("Electron", "Muon"))
        for event in EVENTS
    ]
    flavors = values("both.first.flavor + both.second.flavor", **further)
    assert {f for event in flavors for f in event} == {22, 26}


def test_the_best_is_the_first_of_the_smallest():
    found = values("c.mass", c={"combine": ["jet", "jet", "jet"], "best": "abs(mass - 172.5)"})
    expected = [
        min(
            (mass_and_pt(chosen)[0] for chosen in legs(event, ["jet"] * 3)),
            key=lambda m: abs(m - 172.5),
            default=0.0,
        )
        for event in EVENTS
    ]
    assert [event[0] if event else 0.0 for event in found] == pytest.approx(expected, rel=1e-9)
    first = values("c.first.pt", c={"combine": ["jet", "jet"], "best": "0 * pt"})
    assert first == [
        [event[0][0]["pt"]] if event else [] for event in (legs(e, ["jet", "jet"]) for e in EVENTS)
    ]


ITEM = {
    "combine": ["b_jet", "jet", "jet"],
    "fields": {"tag": "max(first.btag, second.btag)"},
    "away_from": {"lepton": 0.4},
}


@pytest.mark.parametrize("best", [None, "abs(mass - 172.5)"])
@pytest.mark.parametrize("at_once", [1, 300])
def test_looking_at_few_events_at_once_changes_nothing(monkeypatch, at_once, best):
    batch = BATCH[: 10 if at_once == 1 else 60]
    whole = values("c.mass - c.tag * c.third.pt", batch, c=ITEM | {"best": best})
    assert any(whole)
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    monkeypatch.setattr("wollemi_engine.expressions.distances.PAIRS", at_once)
    assert values("c.mass - c.tag * c.third.pt", batch, c=ITEM | {"best": best}) == whole


def test_what_is_kept_is_limited(monkeypatch):
    monkeypatch.setattr(module, "KEPT_LIMIT", 100)
    with pytest.raises(WollemiError, match="more than 100 combinations are kept in 300 events"):
        values("count(c)", c={"combine": ["jet", "jet"]})
    assert sum(values("count(c)", c={"combine": ["jet", "jet"], "cuts": "mass > 13000"})) == 0


def test_an_event_is_limited_however_large_the_number():
    """20,000 jets have 6.7e15 quads, and two lists of them together more than an int64 can hold."""
    many = ak.Array(
        {
            "Jet_pt": [[1.0], [1.0] * 20_000],
            "Jet_eta": [[0.0], [0.0] * 20_000],
            "Jet_phi": [[0.0], [0.0] * 20_000],
        }
    )
    items = {"jet": {"collection": "Jet", "mass_gev": 0}, "other": {"select": "jet"}}
    items["c"] = {"combine": ["jet", "jet", "other", "other"]}
    names = EventModel({name: PhysicsObject(**item) for name, item in items.items()}, {}, {}).names(
        many
    )
    with pytest.raises(
        WollemiError, match=r"20000 jet, 20000 other has 39,996,000,\d{3},\d{3},\d{3} combinations"
    ):
        evaluate("count(c)", names)
