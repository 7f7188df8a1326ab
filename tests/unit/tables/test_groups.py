"""Groups of samples in tables, by hand."""

import pytest

from wollemi.results.summary import (
    CutTable,
    EfficiencyLine,
    RegionTable,
    Summary,
    WeightedLine,
)
from wollemi.tables.groups import grouped_names, with_groups

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
    return Summary.model_construct(selected={"sr": SELECTED}, cutflow={"sr": tables}, yields={})


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


def yields(**more):
    """dy, top, zz and a signal that has no events after the fit."""

    def total(events, error):
        return {"sum": events, "error": error}

    rows = [
        {"sample": "dy", "prefit": total(50.0, 5.0), "postfit": total(55.0, 3.0)},
        {"sample": "top", "prefit": total(4.0, 2.0), "postfit": total(6.0, 2.0)},
        {"sample": "signal", "prefit": total(1.0, 0.5)},
        {"sample": "zz", "prefit": total(2.0, 1.0), "postfit": total(3.0, 1.0)},
    ]
    whole = {"prefit": total(57.0, 6.0), "postfit": total(64.0, 2.0)}
    content = {"rows": rows, "total": whole, "observed": 60.0, **more}
    given = RegionTable.model_validate(content)
    return Summary.model_construct(selected={}, cutflow={}, yields={"sr": given})


COVARIANCES = {
    "prefit": [[25, 0, 0, 0], [0, 4, 0, 1.5], [0, 0, 0.25, 0], [0, 1.5, 0, 1]],
    "postfit": [[9, -1, 0, 0], [-1, 4, 0, -1.9], [0, 0, 0, 0], [0, -1.9, 0, 1]],
}


def test_yields_of_the_fit_are_added_with_their_covariance():
    found = with_groups(yields(covariances=COVARIANCES), GROUPS | {"new": ("signal",)}).yields["sr"]
    alone, other, new = found.rows
    assert [row.sample for row in found.rows] == ["alone", "other", "new"]
    assert (alone.prefit.sum, alone.postfit.error) == (50.0, 3.0)
    assert (other.prefit.sum, other.postfit.sum) == (6.0, 9.0)
    assert other.prefit.error == pytest.approx((4 + 1 + 2 * 1.5) ** 0.5)
    assert other.postfit.error == pytest.approx((4 + 1 - 2 * 1.9) ** 0.5)
    assert (new.prefit.sum, new.postfit) == (1.0, None)
    assert (found.total.postfit.sum, found.observed) == (64.0, 60.0)


def test_yields_whose_covariance_is_not_known_stay_those_of_samples():
    given = yields()
    assert with_groups(given, GROUPS).yields == given.yields


def test_without_groups_nothing_changes():
    given = summary(TABLE)
    assert with_groups(given, {}) is given


def test_a_group_is_in_the_place_of_its_first_sample():
    assert grouped_names(["ww", "top", "dy", "zz"], GROUPS) == ["ww", "other", "alone"]
