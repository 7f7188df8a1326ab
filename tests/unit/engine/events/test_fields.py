"""Expressions on the fields of objects that use names of the event, against plain Python loops, in
both evaluations.
"""

import math

import awkward as ak
import numpy as np
import pytest
from support.engine.values import Values
from support.events.nano import as_batch, nano_events, plain_events
from support.oracles.adl_loops import delta_r

from wollemi.analysis.models.objects import PhysicsObject
from wollemi_engine.events.model import EventModel, Variation
from wollemi_engine.expressions.evaluation import evaluate, evaluate_values
from wollemi_likelihood.base.errors import EvaluationError

BRANCHES = nano_events(4, 300)
EVENTS = plain_events(BRANCHES)
BATCH = as_batch(BRANCHES)
JET = {"collection": "Jet", "cuts": "pt > 20 and event.scaled > 2"}
COLUMNS = {"scaled": "MET_pt / 10", "ht": "sum(jet.pt)"}


def model(columns=COLUMNS, **objects):
    items = {name: PhysicsObject(**item) for name, item in ({"jet": JET} | objects).items()}
    return EventModel(items, columns, {})


def values(text, variation=None, **objects):
    return ak.to_list(
        evaluate(text, model(**objects).names(BATCH, variation or Variation("nominal")))
    )


def jets(event, met=None):
    return [p for p in event["Jet"] if p["pt"] > 20 and (met or event["MET_pt"]) / 10 > 2]


def nearest(muon, event):
    return min((delta_r(muon, jet) for jet in jets(event)), default=math.nan)


MUON = {
    "collection": "Muon",
    "fields": {
        "isolation": "sum(where(delta_r(self, event.jet) < 1, event.jet.pt, 0)) / pt",
        "distance": "delta_r(self, nearest(self, event.jet))",
        "share": "self.pt / (event.ht + 1)",
        "mass_with_jet": "(self + event.jet[0]).mass",
        "harder": "count(event.jet.pt > pt)",
        "smeared": "pt * (1 + 0.1 * normal(1)) + sqrt(event.MET_pt) * log(event.ht + 1)",
    },
}


def test_one_value_of_the_event():
    assert values("jet.pt") == [[p["pt"] for p in jets(event)] for event in EVENTS]
    scaled = Variation("up", columns={"MET_pt": "2 * MET_pt"})
    found = values("jet.pt", scaled)
    assert found == [[p["pt"] for p in jets(event, 2 * event["MET_pt"])] for event in EVENTS]
    assert found != values("jet.pt")


def test_lists_of_other_objects():
    found = {field: values(f"muon.{field}", muon=MUON) for field in ("isolation", "distance")}
    for index, event in enumerate(EVENTS):
        muons = event["Muon"]
        sums = [sum(j["pt"] for j in jets(event) if delta_r(m, j) < 1) for m in muons]
        isolation = [total / m["pt"] for total, m in zip(sums, muons, strict=True)]
        assert found["isolation"][index] == pytest.approx(isolation, rel=1e-12)
        distances = [nearest(m, event) for m in muons]
        assert found["distance"][index] == pytest.approx(distances, rel=1e-6, nan_ok=True)
    assert any(math.isnan(value) for values in found["distance"] for value in values)
    harder = values("muon.harder", muon=MUON)
    assert harder == [
        [sum(j["pt"] > m["pt"] for j in jets(event)) for m in event["Muon"]] for event in EVENTS
    ]


def test_what_is_missing_fails_a_cut():
    far = MUON | {"cuts": "distance > 0.4 or delta_r(self, nearest(self, event.jet)) < 0.1"}
    expected = [
        [m["pt"] for m in event["Muon"] if nearest(m, event) > 0.4 or nearest(m, event) < 0.1]
        for event in EVENTS
    ]
    assert values("muon.pt", muon=far) == expected


def test_a_systematic_may_use_the_event():
    view = Variation("up", {"jet": {"pt": "pt * (1 + event.MET_pt / 1000)"}})
    found = values("sum(jet.pt)", view)
    for total, event in zip(found, EVENTS, strict=True):
        scaled = [p["pt"] * (1 + event["MET_pt"] / 1000) for p in event["Jet"]]
        kept = [pt for pt in scaled if pt > 20 and event["MET_pt"] / 10 > 2]
        assert total == pytest.approx(sum(kept), rel=1e-12)


def test_combinations_of_parts_of_a_batch(monkeypatch):
    """Names of the event follow where combinations are made of a few events at a time."""
    pair = {"combine": ["muon", "jet"], "cuts": "second.pt > event.scaled * 5"}
    muon = {"collection": "Muon"}
    whole = values("pair.mass", muon=muon, pair=pair)
    monkeypatch.setattr("wollemi_engine.events.combinations.AT_ONCE", 20)
    assert values("pair.mass", muon=muon, pair=pair) == whole
    assert [len(found) for found in whole] == [
        len(event["Muon"]) * sum(p["pt"] > event["MET_pt"] / 2 for p in jets(event))
        for event in EVENTS
    ]


def test_the_compiled_loop_gives_the_same_bits(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path))
    muon = MUON | {
        "cuts": "exp(-distance) < 0.9 or any(event.jet.pt > 50)",
        "order": "min(delta_r(self, event.jet))",
    }
    pair = {"combine": ["muon", "jet"], "best": "abs((self + event.jet[0]).mass - event.ht)"}
    known, text = (
        model(muon=muon, pair=pair),
        (
            "sum(muon.isolation) + muon[0].distance + sum(muon.share + muon.harder + muon.smeared) "
            "+ muon[-1].mass_with_jet + pair[0].mass"
        ),
    )
    with caplog.at_level("INFO"):
        found = Values(known, BATCH, text)(BATCH)
    expected = evaluate_values(text, known.names(BATCH), len(BATCH))
    assert found.tobytes() == expected.tobytes()
    assert np.isfinite(expected).sum() > 50
    assert not [record for record in caplog.records if "not compiled" in record.message]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("event.jet.pt", "gives a list or an object for each object, not one value"),
        ("nearest(self, event.jet)", "gives a list or an object for each object, not one value"),
        ("event.jett.pt", r"'event.jett' is neither a branch, .*did you mean 'event.jet'"),
    ],
)
def test_errors(text, problem):
    with pytest.raises(EvaluationError, match=problem):
        values("muon.x", muon={"collection": "Muon", "fields": {"x": text}})
