"""No histogram of a file replaces another one, and those of samples are what the model has."""

import hist
import numpy as np
import pytest

from wollemi.histograms.histogram import from_sums
from wollemi_interactive.tables import root_export
from wollemi_interactive.tables.root_export import Exported, WeightSets, by_path
from wollemi_likelihood.base.errors import WollemiError


def exported(sample, variation, place="search/x"):
    return Exported(place, sample, variation, None)


def test_each_histogram_has_its_path():
    items = [
        exported("dy", "nominal"),
        exported("dy", "scale_up"),
        exported("dy_low", "scale_up"),
        exported("dy", "nominal", "peak/x"),
    ]
    assert list(by_path(items)) == [
        *("search/x/dy", "search/x/dy_scale_up", "search/x/dy_low_scale_up", "peak/x/dy")
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("ttbar", "isr_up"), ("ttbar_isr_up", "nominal")),
        (("dy_low", "scale_up"), ("dy", "low_scale_up")),
    ],
)
def test_two_of_one_path_are_refused(first, second):
    with pytest.raises(WollemiError) as error:
        by_path([exported(*first), exported(*second)])
    assert f"'{first[1]}' of '{first[0]}' and '{second[1]}' of '{second[0]}'" in error.value.problem
    assert error.value.where == f"search/x/{first[0]}_{first[1]}"


SET = {"weights": "LHEScaleWeight", "members": ["0-2"], "alpha_s": None, "level": None}
METHODS = {
    None: lambda shifts: (np.maximum(shifts.max(axis=0), 0), np.maximum(-shifts.min(axis=0), 0)),
    "hessian_symmetric": lambda shifts: [np.sqrt((shifts**2).sum(axis=0))] * 2,
    "replicas": lambda shifts: [shifts.std(axis=0, ddof=1)] * 2,
}


@pytest.mark.parametrize("method", [*METHODS])
def test_members_of_datasets_are_added_before_they_are_combined(method):
    """A set that acts on two of three datasets; the sum of what each has alone is larger."""
    random, axis = np.random.default_rng(3), hist.axis.Regular(4, 0, 4, name="x")
    names = ("low", "high", "other")
    sums = {name: random.uniform(5, 9, 6) for name in names}
    varied = {name: sums[name] + random.normal(0, 1, (3, 6)) for name in names[:2]}

    def filled(values):
        return from_sums(axis, values, values)

    stored = {name: {"sr/x/nominal": filled(sums[name])} for name in names}
    members = {
        name: {f"sr/x/scale_member{number}": filled(row) for number, row in enumerate(rows)}
        for name, rows in varied.items()
    }
    for name in varied:
        stored[name] |= {f"sr/x/scale_{side}": filled(sums[name]) for side in ("up", "down")}
    sets = WeightSets({"scale": SET | {"method": method}}, members)
    found = {
        item.path: item.histogram for item in root_export.exported(stored, {"dy": names}, sets)
    }
    total = sum(sums.values())
    shifts = sum(varied.values()) + sums["other"] - total
    up, down = METHODS[method](shifts)
    assert list(found) == ["sr/x/dy", "sr/x/dy_scale_up", "sr/x/dy_scale_down"]
    np.testing.assert_allclose(found["sr/x/dy"].values(flow=True), total)
    np.testing.assert_allclose(found["sr/x/dy_scale_up"].values(flow=True), total + up)
    np.testing.assert_allclose(found["sr/x/dy_scale_down"].values(flow=True), total - down)
    alone = {
        item.path: item.histogram for item in root_export.exported(stored, {"one": ["low"]}, sets)
    }
    np.testing.assert_allclose(alone["sr/x/one_scale_up"].values(flow=True), sums["low"])
