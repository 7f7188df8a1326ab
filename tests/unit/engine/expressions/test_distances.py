import awkward as ak
import numpy as np
import pytest
from support.events.nano import as_batch, nano_events, plain_events
from support.oracles.adl_loops import delta_r

from wollemi.analysis.models.objects import PhysicsObject
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.distances import event_slices, nearest

BRANCHES = nano_events(3, 300)
BATCH, EVENTS = as_batch(BRANCHES), plain_events(BRANCHES)
NAMES = EventModel({n.lower(): PhysicsObject(collection=n) for n in ("Jet", "Muon")}, {}, {}).names(
    BATCH
)


@pytest.mark.parametrize("most", [1, 3, 10, 1000])
def test_slices_cover_all_events_once_and_stay_small(most):
    counts = np.random.default_rng(1).integers(0, 6, 100)
    slices = list(event_slices(counts, most))
    assert [i for events in slices for i in range(events.start, events.stop)] == list(range(100))
    assert all(counts[events].sum() <= most + 5 for events in slices)


@pytest.mark.parametrize(("pairs", "events"), [(1, 40), (50, 300), (2_000_000, 300)])
def test_the_nearest(monkeypatch, pairs, events):
    monkeypatch.setattr("wollemi_engine.expressions.distances.PAIRS", pairs)
    expected = [
        [min(e["Muon"], key=lambda m: delta_r(j, m))["pt"] if e["Muon"] else None for j in e["Jet"]]
        for e in EVENTS[:events]
    ]
    assert any(expected)
    assert ak.to_list(nearest(NAMES["jet"][:events], NAMES["muon"][:events]).pt) == expected


def test_the_nearest_of_one_object_an_event():
    first = ak.firsts(NAMES["muon"])
    expected = [
        min(e["Jet"], key=lambda j: delta_r(j, e["Muon"][0]))["pt"]
        if e["Jet"] and e["Muon"]
        else None
        for e in EVENTS
    ]
    assert ak.to_list(nearest(first, NAMES["jet"]).pt) == expected
