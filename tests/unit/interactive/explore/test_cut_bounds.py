"""Numbers in the cuts behind a region, and others in their place."""

import pytest

from wollemi_interactive.explore.cut_bounds import (
    cut_texts,
    find_bounds,
    moved,
    selection_texts,
    with_texts,
)
from wollemi_likelihood.base.errors import WollemiError

SELECTION = (
    "count(muon) == 2 and muon[0].pt > 30 and 60 < dimuon_mass < 120 and abs(eta)<=2.4 and "
    "y > - 2.5 and not z > 3 and any(jet.pt > 30) and (a > 1 or b > 2) and x > 2 * 3 and 1 < 2"
)


KEYS = ("regions", "a", "selection")
# Objects through others, columns and hooks; `photon` and `unused` are behind nothing.
DOCUMENT = {
    "objects": {
        "muon": {"collection": "Muon", "cuts": "pt > 25 and (id & 4) == 4 and tight"},
        "electron": {"collection": "Electron", "cuts": "pt > 20"},
        "b_jet": {"select": "jet", "cuts": "btag > 0.5"},
        "jet": {"collection": "Jet", "cuts": "event.rho < 40", "away_from": {"electron": 0.4}},
        "photon": {"collection": "Photon", "cuts": "pt > 10"},
    },
    "columns": {
        "mass": "(muon[0] + muon[1]).mass",
        "tops": "met > 40",
        "tags": {"hook": "count_tags", "uses": ["b_jet.btag"]},
        "unused": "x > 3",
    },
    "skim": {"selection": {"two muons": "count(muon) == 2"}},
    "variables": {
        "m": {"expression": "mass"},
        "n": {"axes": ["m", "t"]},
        "t": {"expression": "tags"},
    },
    "regions": {"a": {"selection": "tops and mass > 60", "variable": "m", "monitor": "n"}},
}


def bounds(selection):
    return find_bounds(selection_texts(KEYS, selection))


def test_what_is_a_bound():
    found = [(item.operand, item.order, item.number, item.value) for item in bounds(SELECTION)]
    assert found == [
        ("count(muon)", "=", "2", 2),
        ("muon[0].pt", ">", "30", 30),
        ("dimuon_mass", ">", "60", 60),
        ("dimuon_mass", "<", "120", 120),
        ("abs(eta)", "≤", "2.4", 2.4),
        ("y", ">", "- 2.5", -2.5),
        ("z", ">", "3", 3),
        ("jet.pt", ">", "30", 30),
        ("a", ">", "1", 1),
        ("b", ">", "2", 2),
    ]
    assert all(SELECTION[item.start : item.stop] == item.number for item in bounds(SELECTION))


def test_what_is_behind_a_region():
    texts = cut_texts(DOCUMENT, "a")
    assert [(item.keys, item.operand) for item in find_bounds(texts)] == [
        (KEYS, "mass"),
        (("objects", "muon", "cuts"), "pt"),
        (("objects", "electron", "cuts"), "pt"),
        (("objects", "b_jet", "cuts"), "btag"),
        (("objects", "jet", "cuts"), "event.rho"),
        (("columns", "tops"), "met"),
        (("skim", "selection", "two muons"), "count(muon)"),
    ]
    edited = with_texts(DOCUMENT, moved(texts, {1: "27", 6: "3"}))
    assert edited["objects"]["muon"]["cuts"] == "pt > 27 and (id & 4) == 4 and tight"
    assert edited["skim"] == {"selection": {"two muons": "count(muon) == 3"}}
    assert with_texts(edited, texts) == DOCUMENT
    assert with_texts(DOCUMENT, moved(texts, {})) == DOCUMENT


@pytest.mark.parametrize(
    ("text", "order"),
    [("3 >= x", "≤"), ("3 < x", ">"), ("x >= 3", "≥"), ("x < 3", "<"), ("3 == x", "=")],
)
def test_the_operand_is_named_first(text, order):
    (bound,) = bounds(text)
    assert (bound.operand, bound.order) == ("x", order)


def test_one_number_is_replaced_and_all_else_stays():
    texts = {KEYS: SELECTION}
    assert moved(texts, {2: "70.5"}) == {KEYS: SELECTION.replace("60 <", "70.5 <")}
    both = moved(texts, {1: "1e2", 5: "−1"})
    changed = SELECTION.replace("pt > 30 and 60", "pt > 1e2 and 60").replace("- 2.5", "-1")
    assert both == {KEYS: changed}
    assert moved(texts, {}) == texts


def test_named_cuts_lines_and_letters():
    """`ast` counts bytes of a line; a selection may have several, and space before it."""
    first, second = (*KEYS, "first"), (*KEYS, "second")
    cuts = selection_texts(KEYS, {"first": "  µ > 3 and x < 3", "second": "(x >\n   3)"})
    assert [item.keys for item in find_bounds(cuts)] == [first, first, second]
    assert moved(cuts, {0: "5", 2: "7"}) == {
        first: "  µ > 5 and x < 3",
        second: "(x >\n   7)",
    }


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({0: "30 or 1 > 0"}, "'30 or 1 > 0' is not a number"),
        ({0: "1e999"}, "is not a number"),
        ({0: "nan"}, "is not a number"),
        ({0: ""}, "is not a number"),
        ({0: "1" * 40}, "is not a number"),
        ({17: "3"}, "has no cut number 17"),
        ({-1: "3"}, "has no cut number -1"),
    ],
)
def test_only_numbers_take_the_place_of_numbers(numbers, message):
    with pytest.raises(WollemiError, match=message):
        moved({KEYS: SELECTION}, numbers)
