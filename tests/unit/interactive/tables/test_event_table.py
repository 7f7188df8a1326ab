"""Which values a table has, and whether its events are those of the run."""

import pytest

from wollemi.analysis.view import view_of
from wollemi_interactive.tables.event_table import Counts, check_counts, chosen_values
from wollemi_likelihood.base.errors import WollemiError

ANALYSIS = view_of(
    {
        "name": "columns",
        "title": "Columns",
        "center_of_mass_tev": 13,
        "luminosity_ifb": 1.0,
        "datasets": {"dy": {"files": ["a.root"], "cross_section_pb": 1}},
        "samples": {"dy": {"role": "background", "datasets": ["dy"]}},
        "variables": {
            "mass": {"expression": "(a + b).mass", "bins": [2, 0, 1], "label": "m"},
            "pt": {"expression": "jet.pt", "per": "object", "bins": [2, 0, 1], "label": "pt"},
        },
        "regions": {
            "sr": {"selection": "x > 0", "variable": "mass", "monitor": ["pt"]},
            "cr": {"selection": "x < 0", "variable": "mass"},
        },
    }
)


def test_the_variables_of_the_regions_are_taken():
    both = {"mass": "(a + b).mass", "pt": "jet.pt"}
    assert chosen_values(ANALYSIS, ["sr", "cr"], []) == both
    assert chosen_values(ANALYSIS, ["cr"], []) == {"mass": "(a + b).mass"}


def test_values_have_names():
    texts = ["mass", "jet.eta", "n = count(jet)", "many=count(jet) == 3", "m=mass"]
    assert chosen_values(ANALYSIS, ["sr"], texts) == {
        "mass": "(a + b).mass",
        "jet_eta": "jet.eta",
        "n": "count(jet)",
        "many": "count(jet) == 3",
        "m": "(a + b).mass",
    }


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["count(jet)"], "'count(jet)' needs a name\n  → write 'NAME=count(jet)'"),
        (["x == 3"], "'x == 3' needs a name"),
        (["jet[0].pt"], "'jet[0].pt' needs a name"),
        (["n=count(jet", "mass"], "'count(jet' is not an expression"),
        (["jet.pt", "jet_pt=x"], "'jet_pt' is there twice"),
    ],
)
def test_what_is_refused(texts, message):
    with pytest.raises(WollemiError) as caught:
        chosen_values(ANALYSIS, ["sr"], texts)
    assert str(caught.value).startswith("--values: ")
    assert message in str(caught.value)


def test_the_order_of_a_sum_is_no_difference():
    last = {"events": 10_000, "sum_of_weights": 10_000 * (1 + 1e-11)}
    cutflow = {"normalization": 1.0, "regions": {"sr": [last]}}
    check_counts("dy", {"sr": Counts(10_000, 10_000.0, 10_000.0)}, cutflow)


@pytest.mark.parametrize(
    ("last", "differs"),
    [
        ({"events": 3, "sum_of_weights": 2.0}, False),
        ({"events": None, "sum_of_weights": None}, False),  # blinded
        ({"events": 4, "sum_of_weights": 2.0}, True),
        ({"events": 3, "sum_of_weights": 2.00001}, True),
    ],
)
def test_other_events_than_those_of_the_run_are_an_error(last, differs):
    cutflow = {"normalization": 0.5, "regions": {"sr": [{"events": 9}, last]}}
    counts = {"sr": Counts(3, 1.0, 0.4)}
    if not differs:
        check_counts("dy", counts, cutflow)
        return
    with pytest.raises(WollemiError, match="dataset dy: region sr has 3 events") as caught:
        check_counts("dy", counts, cutflow)
    assert "run again" in caught.value.remedy
