"""What extrapolated limits exclude, and how it is said."""

import json

import pytest
from support.example.products import expected_point, extrapolation

from wollemi.results.extrapolation import (
    ExpectedPoint,
    Extrapolation,
    ScenarioRules,
    SignalExtrapolation,
    exclusions,
    expected_exclusion,
)
from wollemi.results.limit_text import (
    expected_exclusion_text,
    expected_text,
    low_text,
    ranges_text,
    rules_text,
)

BAND = [0.5, 0.7, 1.0, 1.4, 2.0]


def points(*medians, low=(), events=100.0):
    """One signal a median limit; those with these names are below the floor."""
    return [
        ExpectedPoint.model_validate(expected_point(1.0, median, 1.0, *low, events=events))
        for median in medians
    ]


def test_the_end_is_where_limits_rise_through_one():
    found = expected_exclusion([1.0, 2.0, 3.0], points(0.1, 0.5, 4.0), 0.95)
    assert found.expected[2] == pytest.approx(2 + 1 / 3)  # of three factors of two, one
    assert list(found.expected) == sorted(found.expected, reverse=True)
    assert (found.beyond, found.not_quoted) == ((), ())
    assert expected_exclusion_text(found) == "up to 2.33"


def test_all_points_may_be_excluded_or_none():
    every = expected_exclusion([1.0, 2.0], points(0.1, 0.3), 0.95)
    assert set(every.expected) == {None}
    assert len(every.beyond) == 5
    assert expected_exclusion_text(every) == "all points"
    none = expected_exclusion([1.0, 2.0], points(3.0, 9.0), 0.95)
    assert (set(none.expected), none.beyond, none.not_quoted) == ({None}, (), ())
    assert expected_exclusion_text(none) == "nowhere"


def test_ends_at_limits_below_the_floor_are_not_quoted():
    found = expected_exclusion([1.0, 2.0], points(0.5, 2.0, low=["expected"]), 0.95)
    assert found.expected[2] is None
    assert found.not_quoted == ("expected",)
    assert found.expected[3] is not None
    assert expected_exclusion_text(found) == "not quoted"


def test_a_limit_below_the_floor_excludes_no_fewer_than_its_events():
    """A last limit of 0.6 with 2 signal events is no limit: three events are 1.5."""
    few = expected_exclusion([1.0, 2.0], points(0.1, 0.6, low=["expected"], events=2.0), 0.95)
    assert "expected" in few.not_quoted
    assert "expected" not in few.beyond
    more = expected_exclusion([1.0, 2.0], points(0.1, 0.6, low=["expected"], events=4.0), 0.95)
    assert "expected" in more.beyond
    assert expected_exclusion_text(more) == "all points†"


def test_an_exclusion_of_the_last_point_is_not_one_of_all():
    falling = expected_exclusion([1.0, 2.0], points(2.0, 0.5), 0.95)
    assert "expected" not in falling.beyond
    assert expected_exclusion_text(falling) == "above 1.5"
    gap = expected_exclusion([1.0, 2.0, 3.0, 4.0], points(0.5, 2.0, 0.5, 2.0), 0.95)
    assert expected_exclusion_text(gap) == "below 1.5 and between 2.5 and 3.5"


def test_exclusions_are_of_points_in_their_order():
    def signal(point, median):
        found = [expected_point(1.0, median, 1.0, events=100.0)]
        plain = {"point": point, "cross_section_pb": None, "scenarios": {"constant": found}}
        return SignalExtrapolation.model_validate(plain)

    signals = {"heavy": signal(3.0, 2.0), "light": signal(1.0, 0.5), "nowhere": signal(None, 1.0)}
    (found,) = exclusions(signals, 0.95)["constant"]
    assert found.expected[2] == pytest.approx(2.0)
    assert exclusions({"light": signals["light"], "nowhere": signals["nowhere"]}, 0.95) == {}


def test_texts():
    rules = ScenarioRules(
        name="later",
        systematics="scaled",
        groups={"theory": "halved"},
        floor=0.5,
        mc_statistics="none",
    )
    assert rules_text(rules) == (
        "systematics falling with the root of L down to 0.5 of today's, theory halved, "
        "MC statistics left out"
    )
    (item,) = points(0.5, low=["expected"])
    assert expected_text(item) == "0.500† (0.350–0.700)"


def test_the_dagger_is_explained_where_it_is():
    content = Extrapolation.parse("extrapolation.json", extrapolation())
    assert low_text(content, 0.95).startswith("† fewer than 3.0 signal events")
    found = [expected_point(1.0, 0.5, 3.0)]
    one = {"point": None, "cross_section_pb": None, "scenarios": {"constant": found}}
    content = Extrapolation.parse("extrapolation.json", extrapolation(signal=one))
    assert low_text(content, 0.95) == ""


def test_the_product_is_read_as_it_is_written():
    content = extrapolation()
    product = Extrapolation.parse("extrapolation.json", content)
    assert json.loads(json.dumps(product.plain())) == content


@pytest.mark.parametrize(
    ("ranges", "text"),
    [
        ((), "at no point"),
        (((None, None),), "at all points"),
        (((None, 1.23),), "below 1.2 TeV"),
        (((1.5, None),), "above 1.5 TeV"),
        (((1.23, 3.4), (5.0, None)), "between 1.2 and 3.4 TeV and above 5.0 TeV"),
    ],
)
def test_excluded_ranges_in_words(ranges, text):
    assert ranges_text(ranges, "TeV") == text
