"""Samples and systematics of a bin, by hand."""

import numpy as np
import pytest

from wollemi.analysis.view import view_of
from wollemi.event_loop.listed_events import Place
from wollemi.histograms.histogram import edges_axis, from_sums
from wollemi_interactive.tables.bin_table import bin_lines, bin_table, share_lines
from wollemi_likelihood.base.errors import WollemiError

DOCUMENT = {
    "name": "composed",
    "title": "Composed",
    "center_of_mass_tev": 13,
    "luminosity_ifb": 1.0,
    "datasets": {
        name: {"files": [f"{name}.root"], "cross_section_pb": 1}
        for name in ("data", "low", "high", "other")
    },
    "samples": {
        "data": {"role": "data", "datasets": ["data"]},
        "dy": {"role": "background", "datasets": ["low", "high"]},
    },
    "variables": {"x": {"expression": "x", "edges": [0, 1, 2], "label": "x"}},
    "regions": {"sr": {"selection": "x > 0", "variable": "x"}},
    "systematics": {
        "luminosity": {"kind": "normalization", "up": 1.5, "down": 0.5, "samples": ["dy"]},
        "jes": {"kind": "weight", "up": "a", "down": "b", "samples": ["dy"]},
        "shower": {"kind": "dataset", "up": "other", "down": "symmetrize", "samples": ["dy"]},
        "elsewhere": {
            "kind": "normalization",
            "up": 2,
            "down": 1,
            "samples": ["dy"],
            "regions": ["cr"],
        },
    },
}
ANALYSIS = view_of(DOCUMENT)
PLACE = Place("sr", "x")


def histogram(values, noted=None):
    return from_sums(edges_axis("x", (0.0, 1.0, 2.0)), np.array(values), np.array(values), noted)


HISTOGRAMS = {
    "data": {"sr/x/nominal": histogram([0.0, 3.0, 0.0, 0.0], {"blinded": "0010"})},
    "low": {
        "sr/x/nominal": histogram([1.0, 2.0, 3.0, 4.0]),
        "sr/x/jes_up": histogram([1.0, 4.0, 3.0, 4.0]),
        "sr/x/jes_down": histogram([1.0, 1.0, 3.0, 4.0]),
    },
    "high": {"sr/x/nominal": histogram([0.0, 2.0, 0.0, 0.0])},
    "other": {"sr/x/nominal": histogram([0.0, 6.0, 0.0, 1.0])},
}


def rows(index, samples=()):
    table = bin_table(ANALYSIS, HISTOGRAMS, PLACE, index, samples).replace({np.nan: None})
    return {(row[0], row[1]): row[2:] for row in table.itertuples(index=False, name=None)}


def test_each_kind_of_systematic_changes_the_bin():
    found = rows(1)
    assert found["data", ""][:2] == (3.0, pytest.approx(np.sqrt(3)))
    assert found["dy", ""] == (4.0, 2.0, None, None)
    assert found["dy", "luminosity"] == (None, None, 6.0, 2.0)
    assert found["dy", "jes"] == (None, None, 6.0, 3.0)
    assert found["dy", "shower"] == (None, None, 6.0, None)
    assert ("dy", "elsewhere") not in found


def test_a_region_is_all_its_bins():
    found = rows(None)
    assert found["dy", ""][0] == 12.0
    assert found["dy", "shower"][2] == 7.0


def test_hidden_data_have_no_number():
    assert rows(2)["data", ""] == (None,) * 4
    assert "3" not in bin_lines(bin_table(ANALYSIS, HISTOGRAMS, PLACE, None, ["data"]))


def test_chosen_samples():
    assert {sample for sample, _ in rows(1, ["dy"])} == {"dy"}


def test_the_text():
    lines = bin_lines(bin_table(ANALYSIS, HISTOGRAMS, PLACE, 1)).splitlines()
    assert [line.split() for line in lines] == [
        ["sample", "events", "+1σ", "−1σ"],
        ["data", "3.0", "±", "1.7"],
        ["dy", "4.0", "±", "2.0"],
        ["luminosity", "6.00", "(+50.0", "%)", "2.00", "(−50.0", "%)"],
        ["jes", "6.00", "(+50.0", "%)", "3.00", "(−25.0", "%)"],
        ["shower", "6.00", "(+50.0", "%)", "mirrored"],
    ]
    hidden = bin_lines(bin_table(ANALYSIS, HISTOGRAMS, PLACE, 2)).splitlines()
    assert hidden[1].split() == ["data", "BLINDED"]


def shares(index, chosen=(), histograms=HISTOGRAMS, **changes):
    analysis = view_of(DOCUMENT | changes)
    table = bin_table(analysis, histograms, PLACE, index, chosen)
    return [" ".join(line.split()) for line in share_lines(table)]


def test_the_largest_changes_are_told_beside_the_events():
    assert shares(1) == [
        "data 3.0 ± 1.7",
        "dy 4.0 ± 2.0 luminosity_up +50.0 %, luminosity_down −50.0 %, jes_up +50.0 %, "
        "shower_up +50.0 %",
    ]


def test_what_is_hidden_or_empty_has_no_changes():
    assert shares(2)[0] == "data BLINDED"
    assert shares(0, samples={"dy": {"role": "background", "datasets": ["high"]}}) == ["dy 0"]


def test_a_region_that_the_run_does_not_have():
    assert shares(1, histograms={}) == ["the run has no histogram of it there"]


def test_an_alternative_that_the_run_does_not_have():
    found = {name: items for name, items in HISTOGRAMS.items() if name != "other"}
    with pytest.raises(WollemiError) as error:
        shares(1, histograms=found)
    assert error.value.where == "dataset other"


def test_members_of_datasets_are_added_before_they_are_combined():
    """The envelope of the sum, ±1, is smaller than the sum of the envelopes, ±2 and ±1."""
    scale = {
        "kind": "scale_envelope",
        "weights": "LHEScaleWeight",
        "members": ["0-1"],
        "normalization": "include",
        "samples": ["dy"],
    }
    members = {"low": ([0.0, 4.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]), "high": ([0.0, 1.0, 0.0, 0.0],)}
    histograms = {name: dict(items) for name, items in HISTOGRAMS.items()}
    for name, rows in members.items():
        for number, row in enumerate(rows):
            histograms[name][f"sr/x/scale_member{number}"] = histogram(row)
        for side in ("up", "down"):
            histograms[name][f"sr/x/scale_{side}"] = histogram([0.0, 9.0, 0.0, 0.0])
    assert shares(1, ["dy"], histograms, systematics={"scale": scale}) == [
        "dy 4.0 ± 2.0 scale_up +25.0 %, scale_down −25.0 %"
    ]
