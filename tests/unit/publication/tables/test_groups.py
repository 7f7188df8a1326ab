"""Groups of samples in tables, by hand."""

import pytest

from wollemi.publication.tables.groups import grouped_names, with_groups
from wollemi.results.summary import CutTable, EfficiencyLine, Summary, WeightedLine

GROUPS = {"other": ("zz", "top"), "alone": ("dy",)}


def line(total, error, events=10, cut="sr"):
    return WeightedLine(cut=cut, events=events, sum=total, error=error)


def column(*sums):
    return tuple(
        EfficiencyLine(cut=f"cut {n}", events=9, sum=total, error=3.0, relative=1.0, cumulative=1.0)
        for n, total in enumerate(sums)
    )


SELECTED = {
    "top": line(4.0, 0.3),
    "dy": line(5.0, 0.5),
    "zz": line(2.0, 0.4, events=None),
    "data": line(None, None, None),
}
TABLE = CutTable(cuts=("cut 0", "cut 1"), samples={"top": column(8.0, 4.0), "zz": column(4.0, 2.0)})
ANOTHER = CutTable(cuts=("cut 0",), samples={"zz": column(4.0)})


def summary(*tables):
    return Summary.model_construct(selected={"sr": SELECTED}, cutflow={"sr": tables})


def test_selected_events_are_added():
    found = with_groups(summary(TABLE), GROUPS).selected["sr"]
    assert list(found) == ["other", "alone", "data"]
    assert found["other"].sum == 6.0
    assert found["other"].error == pytest.approx(0.5)
    assert found["other"].events is None
    assert found["alone"] == SELECTED["dy"]
    assert found["data"] == SELECTED["data"]


def test_cutflows_are_added_line_by_line():
    (table,) = with_groups(summary(TABLE), GROUPS).cutflow["sr"]
    assert table.cuts == TABLE.cuts
    first, last = table.samples["other"]
    assert (first.sum, last.sum) == (12.0, 6.0)
    assert last.error == pytest.approx(18**0.5)
    assert (first.relative, first.cumulative) == (None, 1.0)
    assert (last.relative, last.cumulative) == (0.5, 0.5)
    assert last.events == 18


def test_samples_with_other_cuts_stay_apart():
    top = CutTable(cuts=TABLE.cuts, samples={"top": column(8.0, 4.0)})
    first, second = with_groups(summary(top, ANOTHER), GROUPS).cutflow["sr"]
    assert (list(first.samples), list(second.samples)) == (["top"], ["zz"])


def test_without_groups_nothing_changes():
    given = summary(TABLE)
    assert with_groups(given, {}) is given


def test_a_group_is_in_the_place_of_its_first_sample():
    assert grouped_names(["ww", "top", "dy", "zz"], GROUPS) == ["ww", "other", "alone"]
