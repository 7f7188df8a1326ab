"""Rows, regions, weights and values of a flat table, nominal and under variations, by hand."""

import awkward as ak
import numpy as np
import pytest

from wollemi.events.event_models import load_event_model
from wollemi_interactive.tables.tabulated_events import (
    Table,
    Variations,
    table_columns,
    table_settings,
    table_variations,
)
from wollemi_likelihood.base.errors import WollemiError

DOCUMENT = {
    "name": "tabulated",
    "title": "Tabulated",
    "center_of_mass_tev": 13,
    "luminosity_ifb": 1.0,
    "datasets": {"data": {"files": ["data.root"]}, "dy": {"files": ["a.root"], "weight": "w"}},
    "samples": {
        "data": {"role": "data", "datasets": ["data"]},
        "dy": {"role": "background", "datasets": ["dy"]},
    },
    "objects": {"jet": {"collection": "Jet", "cuts": "pt > 20", "mass_gev": 0}},
    "columns": {"ht": "sum(jet.pt)"},
    "skim": {"selection": "x > 0"},
    "variables": {"ht": {"expression": "ht", "edges": [0, 100, 200], "label": "HT"}},
    "regions": {
        "sr": {"selection": "ht > 100", "variable": "ht"},
        "cr": {"selection": {"soft": "ht < 50"}, "variable": "ht"},
    },
    "systematics": {
        "tune": {"kind": "weight", "up": "1.5", "down": "symmetrize", "samples": ["dy"]},
        "pdf": {
            "kind": "pdf",
            "weights": "W",
            "members": ["1-2"],
            "nominal": 0,
            "method": "replicas",
            "normalization": "include",
            "samples": ["dy"],
        },
        "jes": {
            "kind": "object",
            "object": "jet",
            "up": {"pt": "pt * 2"},
            "down": {"pt": "pt / 2"},
            "samples": ["dy"],
        },
    },
}
BATCH = ak.Array(
    {
        "x": [1.0, 1.0, -1.0, 1.0],
        "w": [1.0, 2.0, 4.0, 8.0],
        "W": [[1.0, 1.1, 0.9]] * 4,
        "Jet_pt": [[90.0, 30.0, 10.0], [70.0], [300.0], [30.0, 15.0]],
        "Jet_eta": [[0.0] * 3, [0.0], [0.0], [0.0] * 2],
        "Jet_phi": [[0.0] * 3, [0.0], [0.0], [0.0] * 2],
        "event": np.array([7, 8, 9, 10], np.uint64),
        "run": np.array([1, 1, 1, 1], np.uint32),
    }
)
VALUES = {"ht": "ht", "jet_pt": "jet.pt"}
TABLE = Table(("sr", "cr"), VALUES, ("tune", "jes"), 2)


def tabulated(table=TABLE, dataset="dy", variations=None):
    settings = table_settings(DOCUMENT, dataset, table)
    variations = variations or table_variations([settings])
    columns = table_columns(
        settings, load_event_model(settings, (), ()), BATCH, table, variations, 0.5
    )
    return {name: values.tolist() for name, values in columns.items()}


def test_rows_are_the_events_of_any_region_and_view():
    """The third event fails the skim; the second one has 70 GeV, and more than 100 with twice as
    much, or less than 50 with half as much.
    """
    found = tabulated()
    assert found["event"] == [7, 8, 10]
    assert found["luminosityBlock"] == [-1, -1, -1]
    assert (found["in_sr"], found["in_cr"]) == ([True, False, False], [False, False, True])
    assert found["weight"] == [0.5, 1.0, 4.0]
    assert found["ht"] == [120.0, 70.0, 30.0]
    assert found["in_sr_jes_up"] == [True, True, False]
    assert found["in_cr_jes_up"] == [False, False, False]
    assert found["ht_jes_up"] == [240.0, 140.0, 90.0]  # the jet of 15 GeV passes 20 GeV
    assert found["in_cr_jes_down"] == [True, True, True]
    assert found["weight_jes_up"] == found["weight"]


def test_lists_have_their_first_values():
    found = tabulated()
    assert found["jet_pt_0"] == [90.0, 70.0, 30.0]
    np.testing.assert_array_equal(found["jet_pt_1"], [30.0, np.nan, np.nan])
    np.testing.assert_array_equal(found["jet_pt_1_jes_up"], [60.0, np.nan, 30.0])
    assert "jet_pt_2" not in found


def test_weights_of_systematics_and_members():
    found = tabulated(Table(("sr",), {}, ("tune", "pdf")))
    assert found["weight"] == [0.5]
    assert found["weight_tune_up"] == [0.75]
    assert "weight_tune_down" not in found  # mirrored, later
    assert found["weight_pdf_member1"] == pytest.approx([0.55])
    assert found["weight_pdf_member2"] == pytest.approx([0.45])
    assert [name for name in tabulated(Table(("sr",), {})) if name.startswith("weight_")] == []


def test_what_does_not_change_a_dataset_is_nominal_there():
    settings = [table_settings(DOCUMENT, name, TABLE) for name in ("data", "dy")]
    variations = table_variations(settings)
    assert variations == Variations(("tune_up",), ("jes_up", "jes_down"))
    found = tabulated(dataset="data", variations=variations)
    assert found["event"] == [7, 10]
    assert found["weight_tune_up"] == found["weight"] == [0.5, 0.5]
    assert found["ht_jes_up"] == found["ht"] == [120.0, 30.0]
    assert list(found) == list(tabulated())


@pytest.mark.parametrize("name", ["weight", "in_sr", "event", "jet_pt_0", "weight_tune_up"])
def test_two_columns_of_one_name_are_refused(name):
    with pytest.raises(WollemiError, match=f"two columns would be called '{name}'"):
        tabulated(Table(("sr",), {**VALUES, name: "ht"}, ("tune",)))
