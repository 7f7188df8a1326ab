"""Which parameter a bin gets for the statistics of simulation."""

import numpy as np
import pytest

from wollemi_convert.datacards.card import BinStatistics, Card
from wollemi_convert.datacards.statistics import exact_models, statistical_modifiers
from wollemi_convert.datacards.templates import Template


def card(*rules):
    return Card({}, {}, frozenset({"signal"}), [], [], rules, [])


TEMPLATES = {
    # Effective events: 100, 4 and 1; no events, and no error, in the last two bins.
    "signal": Template(np.array([5.0, 5.0, 5.0, 5.0, 5.0]), np.full(5, 0.1), {}),
    "qcd": Template(np.array([10.0, 2.0, 1.0, 0.0, 3.0]), np.array([1.0, 1.0, 1.0, 0.0, 0.0]), {}),
}


@pytest.mark.parametrize(
    ("rule", "staterror", "shapesys"),
    [
        (BinStatistics("*", 0, False), [1.0, 1.0, 1.0, 0.0, 0.0], None),
        (BinStatistics("*", 3, False), [1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]),
        (BinStatistics("*", 10, False), [1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0, 0.0]),
        (BinStatistics("*", 10, True), [1.0, 1.0, 1.0, 0.0, 0.0], None),
        (BinStatistics("*", -1, False), None, None),
        (BinStatistics("other", 10, False), None, None),
    ],
)
def test_kinds(rule, staterror, shapesys):
    found = statistical_modifiers(card(rule), "here", TEMPLATES)["qcd"]
    by_kind = {item["type"]: item["data"] for item in found}
    assert by_kind.get("staterror") == staterror
    assert by_kind.get("shapesys") == shapesys


def test_the_last_line_that_names_a_channel_counts():
    rules = [BinStatistics("*", 0, False), BinStatistics("he*", -1, False)]
    assert statistical_modifiers(card(*rules), "here", TEMPLATES) == {"signal": [], "qcd": []}


def test_an_error_above_the_events_is_gaussian():
    templates = {"qcd": Template(np.array([1.0]), np.array([2.0]), {})}
    rule = BinStatistics("*", 100, False)
    (modifier,) = statistical_modifiers(card(rule), "here", templates)["qcd"]
    assert modifier["type"] == "staterror"


@pytest.mark.parametrize(
    ("error", "kind"), [(1.0, "shapesys"), (0.6, "shapesys"), (1.1, "staterror")]
)
def test_one_event_is_poisson_in_the_exact_model(error, kind):
    """Combine compares the error with the events, of whatever weight."""
    template = Template(np.array([1.0, 50.0]), np.array([error, 0.5]), {})
    sample = {"name": "qcd", "data": [1.0, 50.0], "modifiers": []}
    rule = BinStatistics("*", 5, False)
    exact_models(card(rule), {("here", "qcd"): template}, {"here": [sample]}, [])
    counts = [one for one in sample["modifiers"] if one["type"] in ("staterror", "shapesys")]
    assert [one["type"] for one in counts if one["data"][0]] == [kind]
