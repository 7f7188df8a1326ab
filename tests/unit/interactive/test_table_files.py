"""Blocks of rows in Parquet and RNTuple: equal contents, bounded memory, whole or not there."""

import tracemalloc

import awkward as ak
import numpy as np
import pyarrow.parquet
import pytest
import uproot

from wollemi.interactive import table_files
from wollemi.interactive.table_files import SUFFIXES, open_table


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


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_error_leaves_no_file(tmp_path, suffix):
    def write():
        with open_table(tmp_path / f"table{suffix}", "") as table:
            table.add(block(0, 2))
            table.flush()
            raise KeyError("later")

    with pytest.raises(KeyError, match="later"):
        write()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_memory_does_not_grow_with_the_rows(tmp_path, monkeypatch, suffix):
    """What Python and numpy hold at most; 1000 rows have 33 kB."""
    monkeypatch.setattr(table_files, "ROWS", 1000)
    peaks = []
    for blocks in (5, 5, 30):  # the first one imports
        tracemalloc.start()
        with open_table(tmp_path / f"table{suffix}", "") as table:
            for number in range(blocks):
                table.add(block(number * 1000, 1000))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 25 * 33_000 / 4
