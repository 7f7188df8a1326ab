"""Parquet and ROOT files column by column, written here with one value changed at a known place."""

import hist
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from support.events.trees import write_root

from wollemi.archive.tables import (
    compare_parquet,
    compare_root,
    compare_sums,
    compare_tables,
    compare_zip,
)
from wollemi.histograms.histogram import edges_axis
from wollemi.histograms.varied import varied, write_varied

JAGGED = [[1.0, 2.0], [], [3.0], None]


def table(**columns):
    given = {
        "pt": pa.array(JAGGED, pa.list_(pa.float32())),
        "muon": pa.array([[{"eta": 0.5}], [], [{"eta": 1.0}, {"eta": 2.0}], []]),
        "met": pa.array([1.0, 2.0, float("nan"), 4.0]),
        "event": pa.array([1, 2, 3, 2**63 - 1]),
        "name": pa.array(["a", "b", None, "d"]),
    }
    return pa.table(given | columns)


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ({"met": pa.array([1.0, 2.0 * (1 + 1e-13), float("nan"), 4.0])}, None),
        ({"met": pa.array([1.0, 2.0, float("nan"), 4.001])}, "column met, row 3: 4.0 → 4.001"),
        ({"met": pa.array([1.0, 2.0, 3.0, 4.0])}, "column met, row 2: nan → 3.0"),
        (
            {"pt": pa.array([[1.0, 2.0], [], [3.5], None], pa.list_(pa.float32()))},
            "column pt, row 2: 3.0 → 3.5",
        ),
        (
            {
                "pt": pa.array(
                    [[1.0, np.nextafter(np.float32(2), np.float32(3))], [], [3.0], None],
                    pa.list_(pa.float32()),
                )
            },
            None,
        ),
        (
            {"pt": pa.array([[1.0, 2.0], [7.0], [3.0], None], pa.list_(pa.float32()))},
            "column pt, row 1: [] → [7.0]",
        ),
        (
            {"pt": pa.array([[1.0, 2.0], [], [3.0], []], pa.list_(pa.float32()))},
            "column pt, row 3: None → []",
        ),
        (
            {"muon": pa.array([[{"eta": 0.5}], [], [{"eta": 1.0}, {"eta": 9.0}], []])},
            "column muon, row 2: 2.0 → 9.0",
        ),
        (
            {"event": pa.array([1, 2, 3, 2**63 - 2])},
            f"column event, row 3: {2**63 - 1} → {2**63 - 2}",
        ),
        ({"name": pa.array(["a", "c", None, "d"])}, "column name, row 1: b → c"),
    ],
)
def test_the_first_difference_of_tables(column, found):
    assert compare_tables(table(), table(**column)) == found


def test_other_columns_and_rows():
    assert "columns: pt list" in compare_tables(table(), table().drop_columns("met"))
    assert compare_tables(table(), table().slice(0, 3)) == "rows: 4 → 3"


def test_parquet_with_row_groups_and_metadata(tmp_path):
    for name, size, total in (
        ("a", 4, b"10.0"),
        ("b", 2, b"10.000000000000002"),
        ("c", 4, b"11.0"),
    ):
        with pq.ParquetWriter(tmp_path / name, table().schema) as writer:
            writer.write_table(table(), row_group_size=size)
            writer.add_key_value_metadata({b"sum_of_weights": total})
    assert compare_parquet(tmp_path / "a", tmp_path / "b") is None
    assert (
        compare_parquet(tmp_path / "a", tmp_path / "c")
        == "metadata sum_of_weights: b'10.0' → b'11.0'"
    )


def test_root(tmp_path):
    first, same = write_root(tmp_path / "a.root"), write_root(tmp_path / "b.root")
    assert first.read_bytes() != same.read_bytes()  # the clock and a UUID
    assert compare_root(first, same) is None
    assert (
        compare_root(first, write_root(tmp_path / "c.root", 4.0))
        == "tree Events, column Muon_pt, row 2: 3.0 → 4.0"
    )
    assert "objects" in compare_root(first, write_root(tmp_path / "d.root", tree="Other"))


def write_masses(path, weight=2.0, high=3.0):
    """A weighted histogram in a folder, beside a tree."""
    histogram = hist.Hist(hist.axis.Regular(3, 0, high), storage=hist.storage.Weight())
    histogram.fill([0.5, 1.5, 1.5, 9.0], weight=[1.0, 1.0, weight, 1.0])
    with uproot.recreate(path) as file:
        file["peak/mass"] = histogram
        file["Events"] = {"x": np.arange(3.0)}
    return path


def test_histograms_of_root(tmp_path):
    """Of the same sums with other variances, the variances; under- and overflow count."""
    first = write_masses(tmp_path / "a.root")
    assert compare_root(first, write_masses(tmp_path / "b.root")) is None
    assert compare_root(first, write_masses(tmp_path / "c.root", 2.5)) == (
        "histogram peak/mass, values [2]: 3.0 → 3.5"
    )
    assert "axis 0: other edges" in compare_root(first, write_masses(tmp_path / "d.root", high=6.0))
    with uproot.update(tmp_path / "b.root") as file:
        file["peak/mass"] = np.histogram([0.5, 1.5, 1.5, 1.5], bins=3, range=(0, 3))
    assert "histogram peak/mass" in compare_root(first, tmp_path / "b.root")


@pytest.mark.parametrize(
    ("sums", "label", "found"),
    [
        ([0, 1, 1e-13], "x", None),
        ([0, 1 + 1e-13, 0], "x", None),
        ([0, 1, 1e-9], "x", "SR/x_storage_values.npy: [0, 2]: 0.0 → 1e-09"),
        ([0, 1, 0], "other", "SR/x.json: other bytes"),
        ([0, 1, 0, 0], "x", "SR/x_axis_1_edges.npy: shape: (2,) → (3,)"),
    ],
)
def test_zip_files_of_histograms(tmp_path, sums, label, found):
    for name, values, title in (("then", [0, 1, 0], "x"), ("now", sums, label)):
        axis = edges_axis("x", range(len(values) - 1), title)
        made = varied(axis, ["nominal"], np.array([[values, [1] * len(values)]], float))
        write_varied(tmp_path / name, {"SR/x": made})
    assert compare_zip(tmp_path / "then", tmp_path / "now") == found


def test_arrays_of_other_shapes():
    assert compare_sums(np.zeros((1, 3)), np.zeros((1, 4))) == "shape: (1, 3) → (1, 4)"
