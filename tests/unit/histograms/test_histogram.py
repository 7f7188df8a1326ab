import json

import boost_histogram as bh
import numpy as np
import pytest
import uhi.io.json
import uhi.schema

from wollemi.analysis.models.analysis import Variable
from wollemi.base.errors import WollemiError
from wollemi.histograms.histogram import (
    Axis,
    Histogram,
    add_all,
    fill,
    from_uhi,
    merge,
    read_histograms,
    to_uhi,
    write_histograms,
)

EDGES = (0.0, 1.0, 2.5, 10.0)


@pytest.fixture
def events():
    rng = np.random.default_rng(7)
    return rng.exponential(3.0, 2000) - 0.5, rng.normal(1.0, 0.5, 2000)


def test_filling_equals_boost_histogram(events):
    values, weights = events
    reference = bh.Histogram(bh.axis.Variable(EDGES), storage=bh.storage.Weight())
    reference.fill(values, weight=weights)
    ours = fill(Axis("x", EDGES), values, weights)
    np.testing.assert_allclose(ours.values, reference.values(flow=True), rtol=1e-12)
    np.testing.assert_allclose(ours.variances, reference.variances(flow=True), rtol=1e-12)


def test_a_bin_holds_its_lower_edge_and_nan_is_no_entry():
    histogram = fill(Axis("x", EDGES), np.array([0.0, 1.0, 10.0, -1.0, np.nan]), np.ones(5))
    assert histogram.values.tolist() == [1, 1, 1, 0, 1]


def test_regular_bins_have_the_edges_of_the_variable():
    axis = Axis.of_variable(
        "x", Variable(expression="x", bins=(37, 70, 181), label="x", unit="GeV")
    )
    assert axis.edges == tuple(70.0 + 3 * i for i in range(38))
    log = Axis.of_variable("x", Variable(expression="x", log_bins=(2, 1, 100), label="x"))
    assert log.edges == pytest.approx((1, 10, 100), rel=1e-11)


def test_the_file_is_uhi_and_comes_back_the_same(tmp_path, events):
    original = {
        "a/x/nominal": fill(Axis("x", EDGES, "label", "GeV"), *events, dataset="d", preview=False),
        "b/y/nominal": fill(Axis("y", tuple(np.linspace(0, 1, 4)), regular=True), *events),
    }
    path = tmp_path / "histograms.json"
    write_histograms(path, original)
    uhi.schema.validate(json.loads(path.read_text()))
    for name, read in read_histograms(path).items():
        assert read.axis == original[name].axis
        assert read.values.tolist() == original[name].values.tolist()
        assert read.variances.tolist() == original[name].variances.tolist()
        assert read.metadata == original[name].metadata


def test_boost_histogram_reads_it(events):
    ours = fill(Axis("x", EDGES), *events)
    theirs = bh.Histogram(
        json.loads(json.dumps({"h": to_uhi(ours)}), object_hook=uhi.io.json.object_hook)["h"]
    )
    np.testing.assert_array_equal(theirs.values(flow=True), ours.values)
    np.testing.assert_array_equal(theirs.variances(flow=True), ours.variances)


def test_scaling_and_adding(events):
    histogram = fill(Axis("x", EDGES), *events)
    double = add_all([histogram, histogram.scaled(2.0)])
    np.testing.assert_allclose(double.values, 3 * histogram.values)
    np.testing.assert_allclose(double.variances, 5 * histogram.variances)
    with pytest.raises(WollemiError, match="different bins"):
        histogram + Histogram(Axis("x", (0.0, 1.0)), np.zeros(3), np.zeros(3))


def test_merging_keeps_names_of_one_part_only(events):
    histogram = fill(Axis("x", EDGES), *events)
    merged = merge([{"a": histogram}, {"a": histogram, "b": histogram}])
    assert merged["a"].values.tolist() == (2 * histogram.values).tolist()
    assert merged["b"] is histogram
    assert from_uhi(to_uhi(histogram)).axis == histogram.axis
