"""Blocks of rows in Parquet, RNTuple and TTree: equal contents, bounded memory, whole or not
there.
"""

import tracemalloc

import awkward as ak
import numpy as np
import pyarrow.parquet
import pytest
import uproot

from wollemi_interactive.tables import table_files
from wollemi_interactive.tables.table_files import SUFFIXES, check_places, open_table
from wollemi_likelihood.base.errors import WollemiError

KINDS = [*((suffix, False) for suffix in SUFFIXES), (".root", True)]


def block(first, rows):
    return {
        "sample": np.full(rows, "dy" if first else "signal"),
        "event": np.arange(first, first + rows),
        "in_sr": np.arange(first, first + rows) % 2 == 0,
        "weight": np.arange(first, first + rows) / 3,
    }


def read(path):
    if path.suffix == ".root":
        return uproot.open(path)["events"].arrays()
    return ak.from_parquet(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rows_come_back_in_blocks(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(table_files, "ROWS", 5)
    path = tmp_path / f"new/table{suffix}"
    with open_table(path, "Events of a test") as table:
        for first in range(0, 14, 2):
            table.add(block(first, 2))
        table.add(block(14, 0))
    found = read(path)
    assert found["event"].tolist() == list(range(14))
    assert found["sample"].tolist() == ["signal"] * 2 + ["dy"] * 12
    assert found["in_sr"].tolist() == [True, False] * 7
    assert found["weight"].tolist() == [number / 3 for number in range(14)]
    if suffix == ".root":
        ntuple = uproot.open(path)["events"]
        assert [item.num_entries for item in ntuple.cluster_summaries] == [6, 6, 2]
        assert ntuple.header.ntuple_description == "Events of a test"
    else:
        metadata = pyarrow.parquet.ParquetFile(path).metadata
        assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [6, 6, 2]
        assert metadata.metadata[b"description"] == b"Events of a test"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_without_rows_has_its_columns(tmp_path, suffix):
    path = tmp_path / f"table{suffix}"
    with open_table(path, "") as table:
        table.add(block(0, 0))
    assert len(read(path)) == 0
    assert read(path).fields == list(block(0, 0))


@pytest.mark.parametrize(("suffix", "ttree"), KINDS)
def test_an_error_leaves_no_file(tmp_path, suffix, ttree):
    def write():
        with open_table(tmp_path / f"table{suffix}", "", ttree) as table:
            table.add(block(0, 2))
            table.flush()
            raise KeyError("later")

    with pytest.raises(KeyError, match="later"):
        write()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("suffix", "ttree"), KINDS)
def test_memory_does_not_grow_with_the_rows(tmp_path, monkeypatch, suffix, ttree):
    """What Python and numpy hold at most; 1000 rows have 33 kB."""
    monkeypatch.setattr(table_files, "ROWS", 1000)
    peaks = []
    for blocks in (5, 5, 30):  # the first one imports
        tracemalloc.start()
        with open_table(tmp_path / f"table{suffix}", "", ttree) as table:
            for number in range(blocks):
                table.add(block(number * 1000, 1000))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 25 * 33_000 / 4


def test_a_tree_has_the_same_rows(tmp_path, monkeypatch):
    """Its texts are numbers, of which the file has the names."""
    monkeypatch.setattr(table_files, "ROWS", 5)
    path = tmp_path / "table.root"
    with open_table(path, "Events of a test", ttree=True) as table:
        for first in range(2, 12, 2):
            table.add(block(first, 2))
        table.add({**block(12, 2), "sample": np.array(["other", "dy"])})
        table.add(block(0, 0))
    with uproot.open(path) as file:
        tree = file["events"]
        assert (tree.classname, tree.title) == ("TTree", "Events of a test")
        assert tree["in_sr"].typename == "bool"
        found = tree.arrays()
        names = str(file["sample_names"]).split("\n")
    assert [names[number] for number in found["sample"]] == ["dy"] * 10 + ["other", "dy"]
    assert found["event"].tolist() == list(range(2, 14))
    assert found["in_sr"].tolist() == [True, False] * 6
    assert found["weight"].tolist() == [number / 3 for number in range(2, 14)]


def test_a_tree_without_rows_has_its_columns(tmp_path):
    with open_table(tmp_path / "table.root", "", ttree=True) as table:
        table.add(block(0, 0))
    tree = uproot.open(tmp_path / "table.root")["events"]
    assert tree.num_entries == 0
    assert tree.keys() == list(block(0, 0))


@pytest.mark.parametrize("ttree", [False, True])
def test_what_else_is_in_the_file(tmp_path, monkeypatch, ttree):
    """Histograms of several folders, and a table of several blocks."""
    monkeypatch.setattr(table_files, "ROWS", 5)
    bins, edges = np.arange(3.0), np.array([0.0, 1.0, 2.0, 4.0])
    beside = {f"{region}/mass/{sample}": (bins + 1, edges) for region in "ab" for sample in "xy"}
    with open_table(tmp_path / "table.root", "", ttree, beside) as table:
        for first in range(2, 14, 2):
            table.add(block(first, 2))
    with uproot.open(tmp_path / "table.root") as file:
        kinds = file.classnames(cycle=False)
        assert {name for name, kind in kinds.items() if kind == "TH1D"} == beside.keys()
        assert kinds["events"] == ("TTree" if ttree else "ROOT::RNTuple")
        assert file["events"].arrays()["event"].tolist() == list(range(2, 14))
        for name in beside:
            assert file[name].values().tolist() == [1, 2, 3]
            assert file[name].axis().edges().tolist() == edges.tolist()


def test_a_region_called_as_the_table():
    check_places(["sr/mass/dy", "sample_names/mass/dy"], ttree=False)
    with pytest.raises(WollemiError, match="'events' is a region"):
        check_places(["sr/mass/dy", "events/mass/dy"], ttree=False)
    with pytest.raises(WollemiError, match="'sample_names' is a region"):
        check_places(["sample_names/mass/dy"], ttree=True)
