"""Answers from several files, each read in batches."""

import numpy as np
import pytest
import uproot

from wollemi.inputs.schemas import Layout
from wollemi_interactive.queries import files
from wollemi_interactive.queries.syntax import parse_query
from wollemi_likelihood.base.errors import WollemiError

QUERY = parse_query("EventDataset().Select(lambda e: e.MET_pt)")
EVENTS = 7


@pytest.fixture
def small_batches(monkeypatch):
    """Batches of three events."""
    whole = files.read_batches

    def read_batches(path, layout, branches):
        for start in range(0, EVENTS, 3):
            yield from whole(path, layout, branches, start, min(start + 3, EVENTS))

    monkeypatch.setattr(files, "read_batches", read_batches)


def written(path, weights):
    with uproot.recreate(path) as file:
        file.mktree("Events", {"MET_pt": np.float64, "genWeight": np.float64})
        file["Events"].extend({"MET_pt": np.arange(1.0, 1 + EVENTS), "genWeight": weights})
    return path


def test_weights_of_all_batches_are_summed(small_batches, tmp_path):
    paths = [written(tmp_path / f"{n}.root", np.arange(1.0, 8) * 10**n) for n in range(2)]
    found = files.answer_from_files(QUERY, paths, Layout(), "genWeight", tmp_path / "a.parquet")
    assert (found.events, found.rows, found.sum_of_weights) == (14, 14, 28 * 11)


@pytest.mark.parametrize("entry", [1, 5])
def test_the_entry_of_a_weight_is_that_of_its_file(small_batches, tmp_path, entry):
    good, bad = np.ones(EVENTS), np.ones(EVENTS)
    bad[entry] = np.nan
    paths = [written(tmp_path / "a.root", good), written(tmp_path / "b.root", bad)]
    with pytest.raises(WollemiError, match=f"b.root.*'genWeight' of entry {entry} is nan"):
        files.answer_from_files(QUERY, paths, Layout(), "genWeight", tmp_path / "a.parquet")
