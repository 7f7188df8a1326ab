"""Numbers in the cuts of a selection, and others in their place."""

import pytest

from wollemi_interactive.explore.cut_bounds import find_bounds, moved
from wollemi_likelihood.base.errors import WollemiError

SELECTION = (
    "count(muon) == 2 and muon[0].pt > 30 and 60 < dimuon_mass < 120 and abs(eta)<=2.4 and "
    "y > - 2.5 and not z > 3 and any(jet.pt > 30) and (a > 1 or b > 2) and x > 2 * 3 and 1 < 2"
)


def test_what_is_a_bound():
    found = [(item.operand, item.order, item.number, item.value) for item in find_bounds(SELECTION)]
    assert found == [
        ("muon[0].pt", ">", "30", 30),
        ("dimuon_mass", ">", "60", 60),
        ("dimuon_mass", "<", "120", 120),
        ("abs(eta)", "≤", "2.4", 2.4),
        ("y", ">", "- 2.5", -2.5),
    ]
    assert all(SELECTION[item.start : item.stop] == item.number for item in find_bounds(SELECTION))


@pytest.mark.parametrize(
    ("text", "order"), [("3 >= x", "≤"), ("3 < x", ">"), ("x >= 3", "≥"), ("x < 3", "<")]
)
def test_the_operand_is_named_first(text, order):
    (bound,) = find_bounds(text)
    assert (bound.operand, bound.order) == ("x", order)


def test_one_number_is_replaced_and_all_else_stays():
    assert moved(SELECTION, {1: "70.5"}) == SELECTION.replace("60 <", "70.5 <")
    both = moved(SELECTION, {0: "1e2", 4: "−1"})
    assert both == SELECTION.replace("pt > 30 and 60", "pt > 1e2 and 60").replace("- 2.5", "-1")
    assert moved(SELECTION, {}) == SELECTION


def test_named_cuts_lines_and_letters():
    """`ast` counts bytes of a line; a selection may have several, and space before it."""
    cuts = {"first": "  µ > 3 and x < 3", "second": "(x >\n   3)"}
    assert [item.cut for item in find_bounds(cuts)] == ["first", "first", "second"]
    assert moved(cuts, {0: "5", 2: "7"}) == {
        "first": "  µ > 5 and x < 3",
        "second": "(x >\n   7)",
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
        moved(SELECTION, numbers)
