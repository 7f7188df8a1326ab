"""Which events are listed: bins, several entries of an event, and what is blinded."""

import copy

import awkward as ak
import numpy as np
import pytest
from support.tiny.analysis import EVENTS, STATISTICS

from wollemi.event_loop.listed_events import (
    ENTRY,
    Place,
    chosen_bin,
    joined,
    listed_columns,
    listing_settings,
    refuse_blinded,
    with_entries,
)
from wollemi.events.event_models import load_event_model
from wollemi_likelihood.base.errors import WollemiError

DOCUMENT = {
    "name": "listed",
    "title": "Listed",
    "center_of_mass_tev": 13,
    "luminosity_ifb": 1.0,
    "datasets": {"data": {"files": ["data.root"]}, "dy": {"files": ["a.root"], "weight": "w"}},
    "samples": {
        "data": {"role": "data", "datasets": ["data"]},
        "dy": {"role": "background", "datasets": ["dy"]},
    },
    "objects": {},
    "columns": {},
    "variables": {
        "x": {"expression": "x", "edges": [0, 1, 2, 4], "label": "x"},
        "hits": {"expression": "hit", "per": "object", "edges": [0, 1, 2, 4], "label": "hit"},
        "y": {"expression": "x + 1", "edges": [0, 9], "label": "y"},
    },
    "regions": {
        "sr": {"selection": {"positive": "x > 0"}, "variable": "x", "monitor": ["hits"]},
        "cr": {"selection": "x > 0", "variable": "y"},
    },
}
BATCH = ak.Array(
    {
        "x": [0.5, 1.0, -1.0, 3.0, 9.0, 1.5],
        "w": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0],
        "hit": [[0.1, 1.1], [], [1.2], [1.3, 1.4], [5.0], [2.0]],
        "run": [1, 1, 1, 2, 2, 2],
        "event": [7, 8, 9, 7, 8, 9],
    }
)


def listed(place, document=DOCUMENT, factor=1.0):
    settings = listing_settings(document, "dy", place)
    (batch,) = with_entries([BATCH], 100)
    return listed_columns(settings, load_event_model(settings, (), ()), batch, place, factor)


def test_a_bin_has_its_lower_edge():
    found = listed(Place("sr", "x", at=1.9), factor=0.5)
    assert found["x"].tolist() == [1.0, 1.5]
    assert found["weight"].tolist() == [1.0, 16.0]
    assert found["entry"].tolist() == [101, 105]
    assert (found["run"].tolist(), found["event"].tolist()) == ([1, 2], [8, 9])


def test_flow_and_whole_regions():
    assert listed(Place("sr", "x", at=4.0))["x"].tolist() == [9.0]
    assert listed(Place("sr", "x", at=-3.0))["x"].tolist() == []
    assert listed(Place("sr", "x"))["x"].tolist() == [0.5, 1.0, 3.0, 9.0, 1.5]
    settings = listing_settings(DOCUMENT, "dy", Place("sr", "x", at=4.0))
    assert chosen_bin(settings, Place("sr", "x", at=4.0)) == (4, 4.0, np.inf)


def test_each_entry_of_an_event_is_a_row():
    found = listed(Place("sr", "hits", at=1.0))
    assert found["hits"].tolist() == [1.1, 1.3, 1.4]
    assert found["weight"].tolist() == [1.0, 8.0, 8.0]


def test_chosen_values():
    found = listed(Place("cr", "y", values=("2 * x", "count(hit)")))
    assert found["y"].tolist() == [1.5, 2.0, 4.0, 10.0, 2.5]
    assert found["2 * x"].tolist() == [1.0, 2.0, 6.0, 18.0, 3.0]
    assert found["count(hit)"].tolist() == [2, 0, 2, 1, 1]


def test_entries_go_on_from_batch_to_batch():
    numbers = [batch[ENTRY].tolist() for batch in with_entries([BATCH[:2], BATCH[2:3]], 10)]
    assert numbers == [[10, 11], [12]]


def test_a_column_that_a_file_lacks_is_left_out():
    parts = [{"weight": np.ones(1), "run": np.ones(1)}, {"weight": np.zeros(2)}]
    assert {name: values.tolist() for name, values in joined(parts).items()} == {
        "weight": [1.0, 0.0, 0.0]
    }
    assert joined([]) == {}


@pytest.mark.parametrize(
    ("blinding", "place", "refused"),
    [
        ({"regions": ["search"]}, Place("search", "mass_search"), True),
        ({"regions": ["search"]}, Place("search", "mt", at=5.0), True),
        ({"regions": ["search"]}, Place("peak", "mass_peak", at=80.0), False),
        ({"windows": {"mass_peak": [85, 97]}}, Place("peak", "mass_peak", at=90.0), True),
        ({"windows": {"mass_peak": [85, 97]}}, Place("peak", "mass_peak", at=70.0), False),
        # another variable of a region with a window would tell what the window hides
        ({"windows": {"mass_peak": [85, 97]}}, Place("peak", "mt", at=5.0), True),
    ],
)
def test_blinded_events_of_data_are_refused(blinding, place, refused):
    document = copy.deepcopy({**DOCUMENT, **EVENTS, **STATISTICS, "blinding": blinding})
    document["columns"]["mt"] = "MET_pt"
    for key in ("systematics", "model", "limits", "plots"):
        document.pop(key, None)
    kept = {"name", "title", "center_of_mass_tev", "luminosity_ifb", "datasets", "samples"}
    document = {
        key: value for key, value in document.items() if key in kept | {*EVENTS, "blinding"}
    }
    settings = listing_settings(document, "data", place)
    if refused:
        with pytest.raises(WollemiError, match="BLINDED"):
            refuse_blinded(settings, place, "data")
    else:
        refuse_blinded(settings, place, "data")
    refuse_blinded(listing_settings(document, "dy", place), place, "dy")
