"""Parquet: batches are written as row groups, and row groups are read as batches."""

from contextlib import nullcontext

import awkward as ak
import numpy as np
import pyarrow.feather
import pyarrow.parquet
import pytest

from wollemi.events.produced_events import read_produced
from wollemi.inputs import tables as event_tables
from wollemi.inputs.event_files import read_all, read_batches
from wollemi.inputs.inspection import find_histograms, find_trees, guess_layout, list_branches
from wollemi.inputs.schemas import Layout
from wollemi.inputs.skim_files import ParquetEvents

RNG = np.random.default_rng(3)
COUNTS = RNG.integers(0, 4, 1000)
EVENTS = ak.zip(
    {
        "pt": ak.unflatten(RNG.exponential(30, COUNTS.sum()).astype(np.float32), COUNTS),
        "tight": ak.unflatten(RNG.random(COUNTS.sum()) < 0.5, COUNTS),
        "event": np.arange(1000, dtype=np.uint64),
        "weight": RNG.normal(1, 0.1, 1000),
    },
    depth_limit=1,
)


def write(path, lengths):
    """Batches of the given lengths, and one of the rest."""
    first = 0
    with ParquetEvents(path) as writer:
        for length in (*lengths, 1000 - sum(lengths)):
            writer.write(EVENTS[first : first + length])
            first += length
        writer.finish({"events": "1000"})


@pytest.fixture
def small_steps(monkeypatch):
    monkeypatch.setattr(event_tables, "STEP", 300)


@pytest.mark.parametrize("lengths", [[], [1] * 20, [0, 300, 0, 301], [999]])
def test_batches_are_row_groups(tmp_path, lengths):
    """So that sums over batches are the same before and after a skim."""
    write(tmp_path / "events.parquet", lengths)
    read = list(read_batches(tmp_path / "events.parquet", Layout(), EVENTS.fields))
    assert [len(batch) for batch in read] == [
        length for length in (*lengths, 1000 - sum(lengths)) if length
    ]
    assert ak.array_equal(ak.concatenate(read), EVENTS, dtype_exact=True)
    write(tmp_path / "again.parquet", lengths)
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "events.parquet").read_bytes()


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize(
    ("group", "batches"),
    [(1000, [300, 300, 300, 100]), (300, [300, 300, 300, 100]), (500, [300, 200] * 2)],
)
def test_large_row_groups_are_divided(tmp_path, group, batches):
    table = ak.to_arrow_table(EVENTS, extensionarray=False)
    pyarrow.parquet.write_table(table, tmp_path / "events.parquet", row_group_size=group)
    read = list(read_batches(tmp_path / "events.parquet", Layout(), EVENTS.fields))
    assert [len(batch) for batch in read] == batches
    assert ak.array_equal(ak.concatenate(read), EVENTS, dtype_exact=True)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize(("start", "stop"), [(0, 1), (299, 301), (250, 950), (999, 1000)])
@pytest.mark.parametrize("group", [40, 300, 1000])
def test_ranges_within_row_groups(tmp_path, group, start, stop):
    table = ak.to_arrow_table(EVENTS, extensionarray=False)
    pyarrow.parquet.write_table(table, tmp_path / "events.parquet", row_group_size=group)
    read = ak.concatenate(
        list(read_batches(tmp_path / "events.parquet", Layout(), EVENTS.fields, start, stop))
    )
    assert ak.array_equal(read, EVENTS[start:stop], dtype_exact=True)


class Feather:
    """A format that is not among ours, as CONTRIBUTING.md says to add one."""

    def __init__(self, path):
        self._table = pyarrow.feather.read_table(path)
        self.names, self.entries = self._table.column_names, self._table.num_rows

    def types(self):
        return {field.name: str(field.type) for field in self._table.schema}

    def sizes(self):
        return {}

    def batches(self, branches, start, stop):
        yield ak.from_arrow(self._table.select(list(branches)).slice(start, stop - start))


def test_a_new_format_is_a_class_and_a_line(tmp_path, monkeypatch):
    """Whoever asks what kind of file it is: reading, reading all, listing, what its producer
    tells.
    """
    path = tmp_path / "events.feather"
    pyarrow.feather.write_feather(ak.to_arrow_table(EVENTS, extensionarray=False), path)
    monkeypatch.setitem(event_tables.TABLES, ".feather", lambda path: nullcontext(Feather(path)))
    read = ak.concatenate(list(read_batches(path, Layout(), EVENTS.fields, 10, 990)))
    assert ak.all(read.pt == EVENTS.pt[10:990], axis=None)
    read_all(path, Layout())
    entries, branches, _ = list_branches(path, guess_layout(path))
    assert (entries, [branch.name for branch in branches]) == (1000, EVENTS.fields)
    assert find_trees(path) == find_histograms(path) == []
    assert read_produced(path, "nanoaod") is None
