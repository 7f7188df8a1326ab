"""Corrections of the fields of objects are inputs of the compiled loop; limits of what it sorts."""

import awkward as ak
import numpy as np
import pytest
from support.events.nano import as_batch, nano_events

from wollemi.analysis.models.objects import PhysicsObject
from wollemi.event_loop.compiled_filler import CompiledFiller
from wollemi.histograms.histogram import fill
from wollemi_engine.compiled.buffers import UnfitError
from wollemi_engine.compiled.selected import Quantity, Selection, Weighting
from wollemi_engine.events.model import NOMINAL, EventModel, Variation
from wollemi_engine.expressions.evaluation import evaluate_flags, evaluate_values

EDGES = tuple(np.linspace(0, 500, 51).tolist())
CORRECTIONS = {
    "correction.scale": lambda eta, pt: 1 + 0.01 * eta + 0.0001 * pt,
    "correction.factor": lambda eta, pt: 1 - 0.02 * eta + 0 * pt,
}
JET = PhysicsObject(
    collection="Jet",
    calibrate={"pt": "pt * correction.scale(eta, pt) * (1 + event.MET_pt / 1e4)"},
    fields={"half": "pt / 2", "factor": "correction.factor(eta, half)"},
    cuts="pt > 30 and factor > 0.98",
)
TEXTS = ("sum(jet.pt) + sum(jet.factor)", "muon[0].pt * prod(correction.factor(muon.eta, muon.pt))")


def test_calibrations_variations_and_fields(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path))
    batch = as_batch(nano_events(3, 600))
    model = EventModel(
        {"jet": JET, "muon": PhysicsObject(collection="Muon", cuts="pt > 10")}, {}, {}, CORRECTIONS
    )
    views = [
        NOMINAL,
        Variation(
            "scale_up", {"jet": {"pt": "pt * correction.scale(eta, pt + event.MET_pt) * 1.1"}}
        ),
    ]
    quantities = tuple(
        Quantity(f"v{index}", (text,), False, (EDGES,)) for index, text in enumerate(TEXTS)
    )
    region = Selection("region", ("count(jet) > 1",), quantities, (), ("count(jet) > 1",))
    with caplog.at_level("INFO"):
        filler = CompiledFiller.compile(model, batch, [region], views, Weighting(None, {}))
    assert filler is not None
    named = [record.message for record in caplog.records if "not compiled" in record.message]
    assert named[0] == f"not compiled: '{TEXTS[1]}': 'correction.factor'"
    places = ("jet.calibrate.pt", "jet.changes.pt", "jet.fields.factor")
    left = {f"not compiled: '{place}': calls a correction that is not" for place in places}
    assert set(named[1:]) == left
    assert len(named) == 4
    found, _ = filler.fill(batch)
    for index, view in enumerate(views):
        names = model.names(batch, view)
        flags = evaluate_flags("count(jet) > 1", names, len(batch))
        for quantity in quantities:
            values = evaluate_values(quantity.expressions[0], names, len(batch))[flags]
            expected = fill(np.array(EDGES), values, np.ones(values.size))
            assert expected[0].sum() > 100
            assert found["region", quantity.name][index].tobytes() == expected.tobytes()


def test_long_lists_that_are_sorted_are_left_to_the_awkward_evaluation(tmp_path, monkeypatch):
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path))
    columns = {
        f"Jet_{name}": np.linspace(1, 100, 3002)[::-1] for name in ("pt", "eta", "phi", "mass")
    }
    for most, events in ((3001, [3001, 1]), (3000, [3000, 2])):
        batch = ak.Array({name: ak.unflatten(values, events) for name, values in columns.items()})
        model = EventModel({"jet": PhysicsObject(collection="Jet", order="pt")}, {}, {})
        region = Selection(
            "region",
            ("1 > 0",),
            (Quantity("first", ("jet[0].pt",), False, (EDGES,)),),
            (),
            ("1 > 0",),
        )
        filler = CompiledFiller.compile(model, batch, [region], [NOMINAL], Weighting(None, {}))
        assert filler is not None
        if most > 3000:
            with pytest.raises(UnfitError):
                filler.fill(batch)
        else:
            assert filler.fill(batch)[0]["region", "first"][0, 0].sum() == 2
