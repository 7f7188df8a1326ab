"""Histograms of several axes: filled as numpy fills them, read by hist, unrolled bin by bin."""

import json

import hist
import numpy as np
import pytest
import uhi.io.json
import uhi.schema

from wollemi.analysis.models.analysis import Variable
from wollemi.histograms.histogram import (
    add,
    bin_edges,
    edges_axis,
    fill,
    fill_axes,
    from_sums,
    label_of,
    notes,
    read_histograms,
    scaled,
    write_histograms,
)
from wollemi.histograms.unrolling import (
    axes_behind,
    axes_of_variable,
    bins_behind,
    bins_of_variable,
    read_datasets,
    unrolled,
)

VARIABLES = {
    "mass": Variable(expression="m", bins=(3, 0, 3), label="m", unit="GeV"),
    "jets": Variable(expression="n", edges=(0, 1, 4), label="Jets"),
    "pt": Variable(expression="pt", log_bins=(2, 1, 100), label="pt", unit="GeV"),
    "both": Variable(axes=("mass", "jets")),
    "all": Variable(axes=("pt", "mass", "jets")),
}
AXES = {name: axes_of_variable(name, VARIABLES) for name in VARIABLES}
EDGES = {name: [bin_edges(axis) for axis in axes] for name, axes in AXES.items()}


def filled(name, seed=3):
    """A histogram of random events, and these."""
    rng = np.random.default_rng(seed)
    values = [rng.uniform(ends[0] - 1, ends[-1] * 1.2, 500) for ends in EDGES[name]]
    weights = rng.normal(1, 2, 500)
    sums = fill_axes(EDGES[name], values, weights)
    shape = [ends.size + 1 for ends in EDGES[name]]
    return from_sums(AXES[name], *(part.reshape(shape) for part in sums)), values, weights


@pytest.mark.parametrize("name", ["both", "all"])
def test_filling_equals_numpy_and_hist(name):
    histogram, values, weights = filled(name)
    for sums, power in ((histogram.values, weights), (histogram.variances, weights**2)):
        theirs, _ = np.histogramdd(np.transpose(values), EDGES[name], weights=power)
        assert np.allclose(sums(), theirs, rtol=1e-12)
    theirs = hist.Hist(*AXES[name], storage=hist.storage.Weight()).fill(*values, weight=weights)
    for sums in (hist.Hist.values, hist.Hist.variances):
        assert np.allclose(sums(histogram, flow=True), sums(theirs, flow=True), rtol=1e-12)


def test_the_sum_over_an_axis_with_its_flow_is_the_histogram_of_the_other():
    histogram, values, weights = filled("both")
    for index, name in enumerate(("mass", "jets")):
        alone = fill(EDGES[name][0], values[index], weights)[0]
        assert np.allclose(histogram.values(flow=True).sum(axis=1 - index), alone, rtol=1e-12)


def test_where_one_value_is_nan_there_is_no_entry_and_infinity_is_beyond():
    values = [np.array([1.5, np.nan, 1.5, np.inf]), np.array([np.nan, 0.5, 0.5, -np.inf])]
    sums = fill_axes(EDGES["both"], values, np.ones(4))[0].reshape(5, 4)
    expected = np.zeros((5, 4))
    expected[2, 1] = expected[4, 0] = 1
    assert (sums == expected).all()


def test_the_file_is_uhi_that_hist_reads(tmp_path):
    path, again = tmp_path / "d.json", tmp_path / "again.json"
    histogram, _, _ = filled("both")
    write_histograms(path, {"sr/both/nominal": histogram})
    uhi.schema.validate(json.loads(path.read_text()))
    content = json.loads(path.read_text(), object_hook=uhi.io.json.object_hook)
    theirs = hist.Hist(content["sr/both/nominal"])
    assert theirs == histogram
    assert [axis.name for axis in theirs.axes] == ["mass", "jets"]
    write_histograms(again, read_histograms(path))
    assert again.read_bytes() == path.read_bytes()


def test_unrolled_bin_by_bin():
    """Those of the first axis follow each other; what is outside of any is beyond the last."""
    for name in ("both", "all"):
        histogram, _, _ = filled(name)
        flat = unrolled(name, histogram)
        inner = histogram.values()
        axis = flat.axes[0]
        assert (axis.name, flat.values().size) == (name, inner.size)
        assert bin_edges(axis).tolist() == [0.5 + index for index in range(inner.size + 1)]
        order = [index[::-1] for index in np.ndindex(*inner.shape[::-1])]
        ends = bins_behind(axis)
        for place, index in enumerate(order):
            assert flat.values()[place] == inner[index]
            assert flat.variances()[place] == histogram.variances()[index]
            for one, bins, edges in zip(index, ends, EDGES[name], strict=True):
                assert bins[place] == (edges[one], edges[one + 1])
        for sums in (hist.Hist.values, hist.Hist.variances):
            assert sums(flat, flow=True).sum() == pytest.approx(sums(histogram, flow=True).sum())
            assert sums(flat, flow=True)[0] == 0
    assert flat.axes[0] == bins_of_variable("all", VARIABLES)
    assert [one["name"] for one in axes_behind(flat.axes[0])] == ["pt", "mass", "jets"]
    assert label_of(flat.axes[0]) == "Bin of pt and m and Jets"


def test_one_axis_stays_as_it_is():
    axis = edges_axis("mass", (0.0, 1.0, 2.0))
    histogram = from_sums(axis, np.arange(4.0), np.arange(4.0), {"dataset": "d"})
    assert unrolled("mass", histogram) is histogram
    assert axes_behind(axis) == []
    assert bins_of_variable("mass", VARIABLES) == AXES["mass"][0]


def test_unrolling_commutes_with_adding_and_scaling():
    first, second = filled("both", 1)[0], scaled(filled("both", 2)[0], 0.5)
    together = unrolled("both", add(first, second))
    apart = add(unrolled("both", first), unrolled("both", second))
    assert np.allclose(together.values(flow=True), apart.values(flow=True), rtol=1e-12)


def test_hidden_bins_stay_hidden(tmp_path):
    mask = np.zeros((5, 4), int)
    mask[2, :] = 1
    noted = {"dataset": "d", "blinded": "".join(map(str, mask.ravel()))}
    item = from_sums(AXES["both"], *np.ones((2, 5, 4)), noted)
    flags = notes(unrolled("both", item))["blinded"]
    # Of 3 × 2 bins the second of each three; and something of what is outside.
    assert flags == "1" + "010" * 2 + "1"
    whole = from_sums(AXES["both"], *np.zeros((2, 5, 4)), {"blinded": "1" * 20, "left_out": True})
    assert set(notes(unrolled("both", whole))["blinded"]) == {"1"}
    write_histograms(tmp_path / "d.json", {"sr/both/nominal": item})
    found = read_datasets([tmp_path / "d.json"])["d"]["sr/both/nominal"]
    assert notes(found) == {"dataset": "d", "blinded": flags}
