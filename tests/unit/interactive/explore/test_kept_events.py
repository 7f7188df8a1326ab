"""A second drawing of a run: the same bits from memory, or from files that have changed."""

import itertools
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from support.tiny.analysis import ANALYSIS
from support.tiny.events import write_root

import wollemi_interactive.tables.dataset_events as dataset_events
from wollemi.finished.event_run import read_event_run
from wollemi_interactive.explore import kept_events
from wollemi_interactive.explore.kept_events import KeptEvents, kept_run
from wollemi_interactive.explore.region_values import region_values
from wollemi_interactive.explore.run_look import LOOKED, fill_dataset, look_variable, make_look

RESULTS = Path("results/tiny")
LOOKS = (
    ("mt", "search", "", None),
    ("(muon[0] + muon[1]).mass", "search", "muon[0].pt > 30", (10, 150.0, 400.0)),
    ("muon.pt", "peak", "", (5, 0.0, 100.0)),
    ("dimuon_mass", "peak", "", (10, 60.0, 120.0)),
)
DATASETS = ("data", "dy_low", "dy_high", "signal_200")


@pytest.fixture
def copy(finished_copy, monkeypatch):
    monkeypatch.chdir(finished_copy)
    monkeypatch.setattr(kept_events, "_RUNS", {})
    return finished_copy


@pytest.fixture
def reads(monkeypatch):
    """Paths of the files whose events are read."""
    found = []
    whole = dataset_events.read_batches

    def noting(path, *others, **named):
        found.append(str(path))
        return whole(path, *others, **named)

    monkeypatch.setattr(dataset_events, "read_batches", noting)
    return found


def fills(run):
    looks = [make_look(run, *look) for look in LOOKS]
    return {
        (look.expression, dataset, name): item
        for look in looks
        for dataset in DATASETS
        for name, item in fill_dataset(run, look, look_variable(run, look), dataset).items()
    }


def same(found, expected):
    assert found.keys() == expected.keys()
    for key, item in expected.items():
        for sums in ("values", "variances"):
            np.testing.assert_array_equal(
                getattr(found[key], sums)(flow=True), getattr(item, sums)(flow=True), str(key)
            )


@pytest.mark.parametrize("engine", ["awkward", "compiled"])
def test_the_bits_are_those_of_the_files(copy, monkeypatch, engine):
    """Of each variation of each dataset, filled from files by either engine: the first time and
    the second.
    """
    monkeypatch.setenv("WOLLEMI_ENGINE", engine)
    expected = fills(read_event_run(RESULTS, Path(ANALYSIS)))
    monkeypatch.delenv("WOLLEMI_ENGINE")
    run = kept_run(RESULTS, Path(ANALYSIS))
    for _ in range(2):
        same(fills(run), expected)
    kept = kept_events._RUNS[RESULTS].datasets
    assert set(kept) == set(DATASETS)
    assert all(isinstance(item, KeptEvents) for item in kept.values())


def test_a_second_drawing_reads_no_event(copy, reads):
    run = kept_run(RESULTS, Path(ANALYSIS))
    fills(run)
    reads.clear()
    assert kept_run(RESULTS, Path(ANALYSIS)) is run
    fills(run)
    assert not reads


@pytest.mark.parametrize("drawn", [False, True])
def test_values_are_those_of_the_files(copy, drawn, reads):
    """Of the events in a region, after a drawing or without one."""
    kept, run = kept_run(RESULTS, Path(ANALYSIS)), read_event_run(RESULTS, Path(ANALYSIS))
    if drawn:
        fills(kept)
    for dataset, (text, region, where, _) in itertools.product(DATASETS, LOOKS):
        (expected,) = region_values(run, dataset, region, [text], where)
        for _ in range(2):
            (found,) = region_values(kept, dataset, region, [text], where)
            assert ak.array_equal(found, expected, equal_nan=True)
        reads.clear()
        region_values(kept, dataset, region, [text], where)
        assert not reads


@pytest.mark.parametrize("changed", ["input/dy_high_0.root", "results/tiny/cutflow/dy_high.json"])
def test_changed_files_are_read_again(copy, reads, changed):
    run = kept_run(RESULTS, Path(ANALYSIS))
    fills(run)
    reads.clear()
    Path(changed).touch()
    fills(run)
    assert sorted(reads) == sorted(map(str, Path("input").glob("dy_high_*.root")))


def test_an_edited_analysis_is_read_again(copy):
    run = kept_run(RESULTS, Path(ANALYSIS))
    Path(ANALYSIS).write_text(Path(ANALYSIS).read_text() + "# a comment\n")
    assert kept_run(RESULTS, Path(ANALYSIS)) is not run


def add_branches(path):
    """Two branches more in a file, the event number plus 0.25 and 0.5."""
    with uproot.open(path) as file:
        events = file["Events"].arrays()
    names = [name for name in events.fields if name.startswith("Muon_")]
    muon = ak.zip({name.removeprefix("Muon_"): events[name] for name in names})
    others = [name for name in events.fields if name not in (*names, "nMuon")]
    more = {"first": events["event"] + 0.25, "second": events["event"] + 0.5}
    write_root(path, {"Muon": muon, **{name: events[name] for name in others}, **more})


def test_new_branches_are_read_with_those_before(copy, reads):
    """Drawings of two of them in turn do not read again and again."""
    for path in Path("input").glob("dy_high_*.root"):
        add_branches(path)
    run = kept_run(RESULTS, Path(ANALYSIS))
    fills(run)
    for expected in (True, False):
        for name in ("first", "second"):
            reads.clear()
            look = make_look(run, name, "search", "", (4, 0.0, 4000.0))
            variable = {"expression": name, "bins": [4, 0.0, 4000.0], "label": name}
            found = fill_dataset(run, look, variable, "dy_high")
            assert found[f"search/{LOOKED}/nominal"].values().any()
            assert bool(reads) is expected


def test_more_events_than_fit_are_not_kept(copy, monkeypatch):
    monkeypatch.setattr(kept_events, "MOST_IN_ALL", 3_000)
    run = kept_run(RESULTS, Path(ANALYSIS))
    expected = fills(read_event_run(RESULTS, Path(ANALYSIS)))
    same(fills(run), expected)
    assert len(kept_events._RUNS[RESULTS].datasets) < len(DATASETS)
