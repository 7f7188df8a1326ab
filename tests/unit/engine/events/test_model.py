"""What lives as long as a batch."""

import gc
import weakref
from dataclasses import replace

import awkward as ak
import numpy as np
import pytest
from support.events.nano import as_batch, nano_events

from wollemi.analysis.models.analysis import Hook
from wollemi.analysis.models.objects import PhysicsObject
from wollemi_engine.events.model import EventModel, Variation
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_likelihood.base.errors import WollemiError

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


VIEWS = [
    Variation("nominal"),
    SHIFTED,
    Variation("muons", {"muon": {"pt": "pt * 2"}}),
    Variation("event", {}, {"jets": "jets + 2"}),
    Variation("branch", {}, {"MET_pt": "MET_pt + jets"}),
]
# Behind an object stands what its expressions take from the event, too.
SEEN = MODEL.objects | {
    "seen": PhysicsObject(select="electron", fields={"much": "pt + event.more_jets"}),
    "unseen": PhysicsObject(select="muon", not_in=["seen"], order="event.MET_pt - pt"),
}


def test_views_share_the_values_that_do_not_change():
    model, batch = replace(MODEL, objects=SEEN), as_batch(nano_events(3, 200))
    calls = []

    def add(**uses):
        calls.append(1)
        return model.hooks["add"](**uses)

    shared, first = {}, None
    for view, names in replace(model, hooks={"add": add}).views(batch, VIEWS):
        alone = model.names(batch, view)
        first = names if first is None else first
        known = {*batch.fields, *SEEN, *COLUMNS}
        for name in known:
            assert ak.array_equal(names[name], alone[name], equal_nan=True), (view.name, name)
            for text in [f"sum({name}.pt)", f"{name}.eta > 0"] if name in SEEN else [f"{name} > 1"]:
                expected = evaluate(text, alone)
                for _ in range(2):
                    assert ak.array_equal(evaluate(text, names), expected, equal_nan=True)
        shared[view.name] = {name for name in known if names[name] is first[name]}
    assert {"jet", "b_jet", "sum_pt", "MET_pt"} <= shared["muons"]
    assert not {"muon", "electron", "lepton", "pair", "seen", "unseen"} & shared["muons"]
    assert {"muon", "electron", "jet"} <= shared["event"]
    assert not {"jets", "more_jets", "sum_pt", "seen", "unseen"} & shared["event"]
    assert {"seen", "jets"} <= shared["branch"]
    assert not {"MET_pt", "unseen"} & shared["branch"]
    assert len(calls) == 3  # nominal, SHIFTED, and the column `jets`


def _divided(jet, more_jets):
    return jet.pt / undefined(more_jets)  # noqa: F821 - the planted mistake


@pytest.mark.parametrize(
    ("hook", "problem"),
    [
        (_divided, r"test_model\.py, line \d+: NameError: name 'undefined' is not defined"),
        (lambda jet, more_jets: np.ones(3)[more_jets.no], r"test_model\.py, line \d+: Attrib"),
        (lambda jet, more_jets: np.ones(3), "an array of another length than its arguments"),
        (lambda jet: 1.0, r"TypeError: .*more_jets"),
    ],
)
def test_an_error_in_a_hook_names_the_hook_and_its_line(hook, problem):
    names = replace(MODEL, hooks={"add": hook}).names(as_batch(nano_events(3, 20)))
    for get in (lambda: names["sum_pt"], lambda: evaluate("sum_pt > 1", names)):
        with pytest.raises(WollemiError, match=problem) as found:
            get()
        assert found.value.where == "hook add"


@pytest.mark.parametrize("error", [MemoryError, OSError, WollemiError("a", "b", "c")])
def test_what_a_hook_says_of_the_machine_stays(error):
    def fail(jet, more_jets):
        raise error

    names = replace(MODEL, hooks={"add": fail}).names(as_batch(nano_events(3, 20)))
    with pytest.raises((MemoryError, OSError, WollemiError)) as found:
        names["sum_pt"]
    assert found.value is error or isinstance(found.value, error)
