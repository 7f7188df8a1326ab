import json
import warnings

import hist
import numpy as np
import pytest
import uhi.io.json
import uhi.schema
from support.project.seeds import slow_but

from wollemi.analysis.models.analysis import Variable
from wollemi.histograms.histogram import (
    add,
    add_all,
    axis_of,
    axis_of_variable,
    bin_edges,
    edges_axis,
    fill,
    from_sums,
    label_of,
    labeled,
    merge,
    normalized,
    notes,
    read_histograms,
    scaled,
    unit_of,
    with_notes,
    write_histograms,
)
from wollemi_likelihood.base.errors import WollemiError

EDGES = np.array([0.0, 1.0, 2.5, 10.0])
AXIS = edges_axis("x", EDGES, "label", "GeV")
# As it stood in files before histograms were those of hist.
STORED = {
    "uhi_schema": 1,
    "metadata": {"dataset": "d", "preview": False},
    "axes": [
        {
            "type": "regular",
            "lower": -1.0,
            "upper": 0.3,
            "bins": 13,
            "underflow": True,
            "overflow": True,
            "circular": False,
            "metadata": {"name": "weight", "label": "", "unit": "GeV"},
        }
    ],
    "storage": {
        "type": "weighted",
        "values": [0.1 * n for n in range(15)],
        "variances": [0.01 * n for n in range(15)],
    },
}


def variable(**bins):
    return Variable(expression="x", label="x", **bins)


@pytest.fixture
def events():
    rng = np.random.default_rng(7)
    return rng.exponential(3.0, 2000) - 0.5, rng.normal(1.0, 0.5, 2000)


@pytest.fixture
def histogram(events):
    return from_sums(AXIS, *fill(EDGES, *events))


def test_filling_equals_hist(events):
    values, weights = events
    reference = hist.Hist(hist.axis.Variable(EDGES), storage=hist.storage.Weight())
    reference.fill(values, weight=weights)
    sums, squares = fill(EDGES, values, weights)
    np.testing.assert_allclose(sums, reference.values(flow=True), rtol=1e-12)
    np.testing.assert_allclose(squares, reference.variances(flow=True), rtol=1e-12)


def test_a_bin_holds_its_lower_edge_and_nan_is_no_entry():
    sums, _ = fill(EDGES, np.array([0.0, 1.0, 10.0, -1.0, np.nan]), np.ones(5))
    assert sums.tolist() == [1, 1, 1, 0, 1]


def test_regular_bins_have_the_edges_of_the_variable():
    axis = axis_of_variable("x", variable(bins=(37, 70, 181), unit="GeV"))
    assert isinstance(axis, hist.axis.Regular)
    assert (axis.name, label_of(axis), unit_of(axis)) == ("x", "x", "GeV")
    assert bin_edges(axis).tolist() == [70.0 + 3 * i for i in range(38)]
    log = axis_of_variable("x", variable(log_bins=(2, 1, 100)))
    assert bin_edges(log) == pytest.approx((1, 10, 100), rel=1e-11)


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_edges_are_those_that_the_user_wrote(seed):
    """Whatever boost-histogram computes: an upper edge of 0.3 is 0.3, and is in no bin below."""
    rng = np.random.default_rng(seed)
    for _ in range(50):
        lower, upper = sorted(rng.choice(np.arange(-50, 3000), 2, replace=False) / 10)
        bins = int(rng.integers(1, 60))
        edges = bin_edges(axis_of_variable("x", variable(bins=(bins, lower, upper))))
        assert edges.tolist() == np.linspace(lower, upper, bins + 1).tolist()
    odd = axis_of_variable("x", variable(bins=(13, -1, 0.3)))
    assert hist.axis.Regular(13, -1, 0.3).edges[-1] > 0.3  # why it is none
    assert (isinstance(odd, hist.axis.Variable), bin_edges(odd)[-1]) == (True, 0.3)


def test_the_file_is_uhi_and_comes_back_the_same(tmp_path, events, histogram):
    regular = axis_of_variable("y", variable(bins=(3, 0, 1)))
    original = {
        "a/x/nominal": with_notes(histogram, {"dataset": "d", "preview": False}),
        "b/y/nominal": from_sums(regular, *fill(bin_edges(regular), *events)),
    }
    path = tmp_path / "histograms.json"
    write_histograms(path, original)
    assert "writer_info" not in path.read_text()  # a version that changes would change the bytes
    uhi.schema.validate(json.loads(path.read_text()))
    for name, read in read_histograms(path).items():
        assert read == original[name]
        assert axis_of(read) == axis_of(original[name])
        assert notes(read) == notes(original[name])
    again = tmp_path / "again.json"
    write_histograms(again, read_histograms(path))
    assert again.read_bytes() == path.read_bytes()


def test_hist_reads_it(tmp_path, histogram):
    path = tmp_path / "histograms.json"
    write_histograms(path, {"h": histogram})
    theirs = hist.Hist(json.loads(path.read_text(), object_hook=uhi.io.json.object_hook)["h"])
    assert theirs == histogram
    assert (theirs.axes[0].label, theirs.axes[0].unit) == ("label", "GeV")


def test_axes_get_labels_where_they_are_shown(tmp_path, events, histogram):
    """As if they had been filled with them, and in sums; other axes keep theirs."""
    path = tmp_path / "histograms.json"
    bare = axis_of_variable("y", variable(bins=(3, 0, 1)).model_copy(update={"label": ""}))
    filled = from_sums(bare, *fill(bin_edges(bare), *events))
    write_histograms(path, {"y": filled, "x": histogram})
    found = read_histograms(path)
    assert label_of(axis_of(found["y"])) == ""
    known = {"y": variable(bins=(3, 0, 1), unit="GeV")}
    for name, label in {"y": known["y"].label, "x": "label"}.items():
        shown = labeled(found[name], known)
        assert label_of(axis_of(add(shown, shown))) == label != ""
    assert np.array_equal(found["y"].view(flow=True), filled.view(flow=True))


def test_older_files_are_read_and_written_again_with_the_same_bytes(tmp_path):
    """Also of a variable whose name hist keeps for itself, and without a warning."""
    path, again = tmp_path / "old.json", tmp_path / "again.json"
    stored = json.loads(json.dumps(STORED))
    stored["axes"][0]["upper"] = 0.5
    for content in (stored, STORED):
        path.write_text(json.dumps({"h": content}))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            (read,) = read_histograms(path).values()
        assert read.values(flow=True).tolist() == content["storage"]["values"]
        assert bin_edges(axis_of(read)) == pytest.approx(
            np.linspace(-1, content["axes"][0]["upper"], 14), rel=1e-15, abs=1e-15
        )
        assert notes(read) == content["metadata"]
    path.write_text(json.dumps({"h": stored}))
    write_histograms(again, read_histograms(path))
    assert json.loads(again.read_text()) == {"h": stored}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda item: item["storage"]["values"].pop(), "'h' has 14 values, but 15 bins"),
        (lambda item: item["storage"]["variances"].append(1.0), "'h' has 16 variances, but 15 bin"),
        (lambda item: item["axes"][0].update(bins=10**12), "but 1000000000002 bins"),
        (lambda item: item["axes"].append(item["axes"][0]), "'h' has 15 values, but 15 × 15 bins"),
        (lambda item: item["axes"][0].update(overflow=False), "is not a file of histograms"),
        (lambda item: item["axes"][0].update(type="boolean"), "is not a file of histograms"),
        (lambda item: item["storage"].update(type="double"), "has no sums of squared weights"),
        (lambda item: item["storage"].update(values=["x"] * 15), "is not a file of histograms"),
        (lambda item: item.update(metadata=None), "is not a file of histograms"),
        (lambda item: item["storage"]["variances"].__setitem__(2, -1), "'h' has a negative varia"),
        (lambda item: item["storage"]["values"].__setitem__(2, 1e999), "values that are not finit"),
    ],
)
def test_what_is_no_histogram_is_refused(tmp_path, change, message):
    item = json.loads(json.dumps(STORED))
    change(item)
    path = tmp_path / "h.json"
    path.write_text(json.dumps({"h": item}))
    with pytest.raises(WollemiError, match=message):
        read_histograms(path)


def test_scaling_and_adding(histogram):
    double = add_all([histogram, scaled(histogram, 2.0)])
    np.testing.assert_allclose(double.values(flow=True), 3 * histogram.values(flow=True))
    np.testing.assert_allclose(double.variances(flow=True), 5 * histogram.variances(flow=True))
    with pytest.raises(WollemiError, match="different bins"):
        add(histogram, from_sums(edges_axis("x", (0.0, 1.0)), np.zeros(3), np.zeros(3)))


def test_sums_run_in_the_given_order(histogram):
    """As those of the plain arrays, to the last bit; nothing that is added changes."""
    parts = [scaled(histogram, factor) for factor in (0.1, 1e9, -1e9, 0.7)]
    before = [part.values(flow=True).tolist() for part in parts]
    total, squares = np.zeros((2, EDGES.size + 1))
    for part in parts:
        total, squares = total + part.values(flow=True), squares + part.variances(flow=True)
    found = add_all(parts)
    assert found.values(flow=True).tolist() == total.tolist()
    assert found.variances(flow=True).tolist() == squares.tolist()
    assert [part.values(flow=True).tolist() for part in parts] == before


def test_merging_keeps_names_of_one_part_only(histogram):
    merged = merge([{"a": histogram}, {"a": histogram, "b": histogram}])
    assert merged["a"].values().tolist() == (2 * histogram.values()).tolist()
    assert merged["b"] is histogram


def test_what_is_noted(histogram):
    noted = with_notes(histogram, {"dataset": "d", "blinded": "00000", "factor": 2.0})
    assert (notes(histogram), notes(noted)["factor"]) == ({}, 2.0)
    # what is blinded stays so
    found = normalized({"h": noted}, 0.5, dataset="other", preview=False)["h"]
    assert notes(found) == {"dataset": "other", "preview": False, "blinded": "00000"}
    assert found.variances().tolist() == (0.25 * histogram.variances()).tolist()
    assert notes(add(noted, histogram)) == notes(noted)


def test_a_variable_may_have_any_name(recwarn):
    axis = edges_axis("weight", EDGES)
    assert axis_of(from_sums(axis, np.zeros(5), np.zeros(5))).name == "weight"
    assert not recwarn.list
