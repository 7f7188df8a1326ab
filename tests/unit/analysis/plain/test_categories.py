"""Categories of a variable as numbered bins."""

from wollemi.analysis.plain.categories import (
    expand_categories,
    expression_key,
    numbered_categories,
)
from wollemi.loading.places import without_expressions

TWO = {"b": "flavor == 5", "c": "flavor == 4"}


def test_the_first_that_holds_is_taken():
    written = numbered_categories(TWO)
    assert written["expression"] == "where(flavor == 5, 1, where(flavor == 4, 2, 0))"
    assert written["edges"] == [0.5, 1.5, 2.5]


def test_other_variables_stay_and_what_is_written_out_stays():
    other = {"expression": "x", "bins": [1, 0, 1]}
    document = {"variables": {"kind": {"categories": TWO}, "x": other}}
    once = expand_categories(document)
    assert once["variables"]["kind"] == {"categories": TWO, **numbered_categories(TWO)}
    assert once["variables"]["x"] is other
    assert expand_categories(once) == once
    assert expand_categories({"regions": {}}) == {"regions": {}}


def test_what_is_given_beside_them_is_left_to_the_check():
    given = {"categories": TWO, "edges": [0, 1]}
    assert expand_categories({"variables": {"kind": given}})["variables"]["kind"]["edges"] == [0, 1]


def test_keys():
    assert expression_key({"categories": TWO}) == "categories"
    assert expression_key({"expression": "x", "bins": [1, 0, 1]}) == "expression"


def test_a_condition_that_is_wrong_is_left_out_everywhere():
    document = expand_categories({"variables": {"kind": {"categories": {"a.b": "x >", "c": "y"}}}})
    sound = without_expressions(document, ["variables.kind.categories.a.b"])
    assert sound["variables"]["kind"]["expression"] == "where(1 > 0, 1, where(y, 2, 0))"
