"""What lives as long as a batch."""

import gc
import weakref

import awkward as ak
import numpy as np
from support.events.nano import as_batch, nano_events

from wollemi.analysis.models.analysis import Hook
from wollemi.analysis.models.objects import PhysicsObject
from wollemi_engine.events.model import EventModel, Variation

OBJECTS = {
    "muon": {"collection": "Muon", "cuts": "normal(1) < 9"},
    "electron": {"collection": "Electron", "away_from": {"muon": 0.4}},
    "lepton": {"union": ["electron", "muon"]},
    "jet": {"collection": "Jet", "calibrate": {"pt": "pt * correction.jet(pt)"}},
    "b_jet": {"select": "jet", "cuts": "btag > 0.3"},
    "pair": {"combine": ["lepton", "lepton"], "cuts": "first.charge != second.charge"},
}
COLUMNS = {
    "jets": "count(jet)",
    "more_jets": "jets + 1",
    "sum_pt": Hook(hook="add", uses=["jet.pt", "more_jets"]),
}
MODEL = EventModel(
    {name: PhysicsObject(**item) for name, item in OBJECTS.items()},
    COLUMNS,
    {"add": lambda jet, more_jets: ak.sum(jet.pt, axis=1) + more_jets},
    {"correction.jet": lambda pt: pt * 0 + 1.1},
)
SHIFTED = Variation("up", {"jet": {"pt": "pt * 1.1"}}, {"jets": "jets + 1", "event": "event * 1"})


def test_a_batch_is_freed_with_its_names_at_once():
    """In a circle of references, it would stay until Python looks for circles: memory of several
    batches, each cleared by the system before it is handed out.
    """
    for variation in (Variation("nominal"), SHIFTED):
        batch = as_batch(nano_events(3, 50))
        names = MODEL.names(batch, variation)
        values = [names[name] for name in names]
        assert len(values) >= len(OBJECTS) + len(COLUMNS)
        assert np.all(np.asarray(names["more_jets"]) >= 1)
        alive = weakref.ref(batch)
        gc.disable()
        try:
            del batch, names, values
            assert alive() is None
        finally:
            gc.enable()
