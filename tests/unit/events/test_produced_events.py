"""Sums of weights that files record of themselves: right, or refused in words."""

import contextlib

import awkward as ak
import numpy as np
import pytest
import uproot

from wollemi.events.produced_events import read_produced
from wollemi_likelihood.base.errors import WollemiError

RUNS = {
    "genEventCount": np.array([10, 5], np.int64),
    "genEventSumw": np.array([8.5, -4.0]),
    "genEventSumw2": np.array([9.0, 2.0]),
}


def read(folder, **changed):
    with uproot.recreate(folder / "a.root") as file:
        file["Runs"] = {
            name: value for name, value in (RUNS | changed).items() if value is not None
        }
    return read_produced(folder / "a.root", "nanoaod")


def test_the_sums(tmp_path):
    found = read(tmp_path)
    assert (found.events, found.sum_of_weights, found.sum_of_weights_squared) == (15, 4.5, 11.0)
    assert read(tmp_path, genEventSumw2=None).sum_of_weights_squared is None
    assert read(tmp_path, genEventSumw=None) is None


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_by_its_name(tmp_path, name, bad):
    with pytest.raises(WollemiError, match=r"a\.root: .*Runs\.genEventSumw.*not a finite number"):
        read(tmp_path, **{name: np.array([1.0, bad])})


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"genEventCount": np.array([-3, 1])}, "is -2, below 0"),
        ({"genEventCount": np.array([0.5, 1])}, "is 1.5, not a whole number"),
        ({"genEventSumw2": np.array([-3.0, 1.0])}, "is -2.0, below 0"),
    ],
)
def test_what_no_events_have_is_refused(tmp_path, changed, problem):
    with pytest.raises(WollemiError, match=problem):
        read(tmp_path, **changed)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize(
    "values",
    [ak.Array([[1.0], [2.0, 3.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([True, False])],
    ids=["jagged", "arrays", "flags"],
)
def test_other_types_are_read_as_numbers_or_refused(tmp_path, name, values):
    with contextlib.suppress(WollemiError):
        found = read(tmp_path, **{name: values})
        assert isinstance(found.events, int)
        assert np.isfinite(found.sum_of_weights)
