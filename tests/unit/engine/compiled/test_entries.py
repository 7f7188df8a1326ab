"""Corrections of the fields of objects are inputs of the compiled loop; limits of what it sorts."""

import awkward as ak
import numpy as np
import pytest

from wollemi.analysis.models.objects import PhysicsObject
from wollemi.event_loop.compiled_filler import CompiledFiller
from wollemi_engine.compiled.buffers import UnfitError
from wollemi_engine.compiled.selected import Quantity, Selection, Weighting
from wollemi_engine.events.model import NOMINAL, EventModel

EDGES = tuple(np.linspace(0, 500, 51).tolist())


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
