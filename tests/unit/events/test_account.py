import numpy as np
import pytest

from wollemi.events.account import (
    account_of_events,
    add_combinations,
    count_combinations,
    leave_out,
    make_account,
)
from wollemi.pages.tables import account_table
from wollemi_likelihood.base.errors import WollemiError


def file(entries, start=0, stop=None):
    return {"path": "x.root", "start": start, "stop": stop, "entries": entries}


@pytest.mark.parametrize("regions", [1, 3, 31, 32, 70])
def test_each_event_counts_in_exactly_its_set_of_regions(regions):
    rng = np.random.default_rng(regions)
    table = rng.random((400, regions)) < min(0.4, 2 / regions)
    names = [f"r{index}" for index in range(regions)]
    expected = {}
    for row in table.tolist():
        name = " + ".join(name for name, passed in zip(names, row, strict=True) if passed)
        if name:
            expected[name] = expected.get(name, 0) + 1
    assert count_combinations(dict(zip(names, table.T, strict=True))) == expected


def test_no_events_and_no_regions_they_are_in():
    assert count_combinations({"a": np.zeros(0, bool)}) == {}
    assert count_combinations({"a": np.zeros(5, bool), "b": np.zeros(5, bool)}) == {}


def test_the_order_of_the_parts_does_not_matter():
    one, other = {"b": 1, "a + b": 2}, {"a": 3, "b": 4}
    assert list(add_combinations([one, other]).items()) == [("a", 3), ("a + b", 2), ("b", 5)]
    assert list(add_combinations([other, one]).items()) == [("a", 3), ("a + b", 2), ("b", 5)]


@pytest.mark.parametrize(("lost", "selected"), [(1, 5), (0, 6), (0, 4), (-1, 5)])
def test_what_does_not_add_up_is_an_error(lost, selected):
    good = make_account("dataset d", 10, {"in no region": 5}, {"a": 5})
    assert good == {"entries": 10, "unselected": {"in no region": 5}, "selected": {"a": 5}}
    with pytest.raises(WollemiError, match=r"hold 10 events, and \d+ are accounted for"):
        make_account("dataset d", 10, {"in no region": 5 - lost}, {"a": selected})


def test_categories_cannot_be_negative():
    with pytest.raises(WollemiError, match="-2 in no region"):
        make_account("dataset d", 10, {"rejected": 7, "in no region": -2}, {"a": 5})


def test_a_file_that_gave_fewer_events_than_it_says():
    skim = [{"events": 14}, {"events": 9}]
    assert account_of_events("d", [file(10), file(20, 0, 4)], skim, {"a": 9})["unselected"] == {
        "not read, in a preview": 16,
        "rejected by the skim": 5,
        "in no region": 0,
    }
    with pytest.raises(
        WollemiError,
        match="dataset d: the files say that they hold 31 events, and 30 are accounted for",
    ):
        account_of_events("d", [file(11), file(20, 0, 4)], skim, {"a": 9})


def test_the_table_has_a_column_for_each_category_that_any_dataset_uses():
    cutflows = {
        "a": {
            "account": make_account(
                "a", 10, {"lost": 0, "in no region": 4}, {"sr": 5, "sr + cr": 1}
            )
        },
        "b": {
            "account": make_account("b", 5, {"not certified": 2, "lost": 0, "in no region": 3}, {})
        },
        "c": {"account": {}},
    }
    table = account_table(cutflows)
    assert table["categories"] == [
        "in no region",
        "not certified",
        "in one region",
        "in several regions",
    ]
    assert table["datasets"]["a"] == {
        "entries": 10,
        "counts": [4, None, 5, 1],
        "selected": {"sr": 5, "sr + cr": 1},
    }
    assert table["datasets"]["b"]["counts"] == [3, 2, 0, 0]
    assert table["without_events"] == ["c"]


def test_regions_that_are_left_out():
    counts = {"a": 1, "a + b": 2, "a + a_without_x": 4, "a + a_without_x + b": 8, "a_without_x": 16}
    assert leave_out(counts, {"a_without_x"}) == {"a": 5, "a + b": 10}
    assert leave_out(counts, set()) == counts
