"""Steps of reading: whole clusters within bounds, and the same events whatever the steps."""

import re
from itertools import pairwise

import awkward as ak
import numpy as np
import pytest
import uproot
from support.project.seeds import slow_but
from uproot.behaviors.TBranch import TBranch

from wollemi.inputs import batches as event_steps
from wollemi.inputs import root_trees
from wollemi.inputs.batches import entry_steps, shared_entries, step_events
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.root_baskets import PlainBranches
from wollemi.inputs.root_trees import open_tree
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

CLUSTERS = [300, 450, 50, 700, 200, 40, 260]
BOUNDARIES = [0, 300, 750, 800, 1500, 1700, 1740, 2000]
LAYOUT = Layout("ntuple", "data")
RNG = np.random.default_rng(11)
COUNTS = RNG.integers(0, 4, 2000)
PT = ak.unflatten(RNG.exponential(30, COUNTS.sum()).astype(np.float32), COUNTS)
EVENT = np.arange(2000, dtype=np.uint64)


def write_tree(path):
    """A basket of each branch in each cluster."""
    with uproot.recreate(path, compression=uproot.ZSTD(1)) as file:
        file.mktree(
            "data",
            {"lep_pt": PT.type.content, "event": EVENT.dtype},
            counter_name=lambda name: "lep_n",
        )
        for first, last in pairwise(BOUNDARIES):
            file["data"].extend({"lep_pt": PT[first:last], "event": EVENT[first:last]})


def write_ntuple(path):
    with uproot.recreate(path) as file:
        ntuple = file.mkrntuple("data", {"lep_pt": PT.type.content, "event": "uint64"})
        for first, last in pairwise(BOUNDARIES):
            ntuple.extend({"lep_pt": PT[first:last], "event": EVENT[first:last]})


WRITERS = {"tree.root": write_tree, "rntuple.root": write_ntuple}


@pytest.fixture(scope="module", params=WRITERS)
def path(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("steps") / request.param
    WRITERS[request.param](path)
    return path


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_jobs_that_share_a_file_read_each_entry_once(seed):
    """Whatever its clusters: a boundary where one is near, else within a cluster."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, rng.integers(2, 500), rng.integers(0, 40)).tolist()
    boundaries, jobs = np.cumsum([0, *sizes]).tolist(), int(rng.integers(1, 12))
    entries = boundaries[-1]
    ranges = [shared_entries(boundaries, entries, number, jobs) for number in range(jobs)]
    assert [0, *(stop for _, stop in ranges)] == [*(start for start, _ in ranges), entries]
    for number, (start, stop) in enumerate(ranges):
        assert start <= stop
        for edge, share in ((start, number), (stop, number + 1)):
            distance = min(abs(boundary * jobs - share * entries) for boundary in boundaries)
            if 2 * distance < entries - 2 * jobs:
                assert edge in boundaries
            assert abs(edge * jobs - share * entries) <= entries / 2 + jobs


def test_shares_of_a_file():
    assert [shared_entries(BOUNDARIES, 2000, number, 2) for number in range(2)] == [
        (0, 800),
        (800, 2000),
    ]
    assert shared_entries([0, 2000], 2000, 1, 4) == (500, 1000)
    assert [shared_entries([], 1, number, 3) for number in range(3)] == [(0, 0), (0, 0), (0, 1)]


def test_clusters_of_a_file(path):
    with open_tree(path, LAYOUT) as file:
        assert set(BOUNDARIES[:-1]) <= set(file.clusters()) <= set(BOUNDARIES)


def test_steps_are_whole_clusters():
    assert np.cumsum(CLUSTERS).tolist() == BOUNDARIES[1:]
    assert entry_steps(BOUNDARIES, 0, 2000, 800) == [(0, 800), (800, 1500), (1500, 2000)]
    assert entry_steps(BOUNDARIES, 0, 2000, 5000) == [(0, 2000)]


def test_a_range_may_begin_and_end_within_clusters():
    assert entry_steps(BOUNDARIES, 310, 1600, 800) == [(310, 800), (800, 1600)]


def test_large_clusters_are_divided_and_the_next_step_is_aligned_again():
    assert entry_steps(BOUNDARIES, 0, 2000, 400) == [
        (0, 300),
        (300, 700),
        (700, 800),
        (800, 1200),
        (1200, 1500),
        (1500, 1740),
        (1740, 2000),
    ]


@pytest.mark.parametrize("boundaries", [[], [0], [0, 10]])
def test_nothing_to_read_is_one_empty_step(boundaries):
    assert entry_steps(boundaries, 10, 10, 5) == [(10, 10)]


@pytest.mark.parametrize("seed", slow_but(range(4), range(50)))
def test_steps_cover_a_range_once_and_never_cross_a_boundary_that_they_could_end_at(seed):
    rng = np.random.default_rng(seed)
    boundaries = [0, *np.cumsum(rng.integers(1, 60, 20)).tolist()]
    start, stop = sorted(rng.integers(0, boundaries[-1] + 1, 2).tolist())
    events = int(rng.integers(1, 120))
    steps = entry_steps(boundaries, start, stop, events)
    assert steps[0][0] == start
    assert steps[-1][1] == stop
    assert [last for _, last in steps[:-1]] == [first for first, _ in steps[1:]]
    for first, last in steps[:-1]:
        assert 0 < last - first <= events
        reachable = [boundary for boundary in boundaries if first < boundary <= first + events]
        assert last == (max(reachable) if reachable else first + events)


def test_wide_events_make_small_steps():
    assert step_events(0) == step_events(100) == event_steps.STEP
    assert step_events(event_steps.STEP_BYTES / 1000) == 1000
    assert step_events(1e30) == 1


def test_files_are_read_by_their_clusters(path, monkeypatch):
    monkeypatch.setattr(root_trees, "STEP", 800)
    monkeypatch.setattr(event_steps, "STEP", 800)
    with open_tree(path, LAYOUT) as tree:
        assert tree.steps(["lep_pt", "event"], 0, 2000) == [(0, 800), (800, 1500), (1500, 2000)]
    lengths = [len(batch) for batch in read_batches(path, LAYOUT, ["lep_pt", "event"])]
    assert lengths == [800, 700, 500]


def test_memory_bounds_the_steps(path, monkeypatch):
    for module in (root_trees, event_steps):
        monkeypatch.setattr(module, "STEP_BYTES", 8000)
    with open_tree(path, LAYOUT) as tree:
        (wide, narrow) = (
            tree.steps(branches, 0, 2000) for branches in (["lep_pt", "event"], ["event"])
        )
    assert max(last - first for first, last in narrow) == 940  # of at most 1000, eight bytes each
    assert 300 <= max(last - first for first, last in wide) < 700


@pytest.mark.parametrize("events", [1, 7, 299, 800, 5000])
def test_events_do_not_depend_on_the_steps(path, monkeypatch, events):
    start, stop = (0, 2000) if events > 1 else (290, 310)
    for module in (root_trees, event_steps):
        monkeypatch.setattr(module, "STEP", events)
    batch = ak.concatenate(list(read_batches(path, LAYOUT, ["lep_pt", "event"], start, stop)))
    assert ak.array_equal(batch.lep_pt, PT[start:stop], dtype_exact=True)
    assert batch.event.to_list() == EVENT[start:stop].tolist()


def test_a_file_that_ends_while_it_is_read(tmp_path):
    write_tree(tmp_path / "tree.root")
    size = (tmp_path / "tree.root").stat().st_size
    with open_tree(tmp_path / "tree.root", LAYOUT) as tree:
        with (tmp_path / "tree.root").open("r+b") as file:
            file.truncate(size // 10)
        with pytest.raises(
            WollemiError, match=r"tree.root: cannot be read: expected Chunk of length"
        ):
            list(tree.batches(["lep_pt"], 0, 2000))


def test_a_branch_that_was_not_filled_for_every_event(tmp_path, monkeypatch):
    """uproot gives empty lists for the events that it lacks."""
    write_tree(tmp_path / "tree.root")
    entries = TBranch.num_entries.fget
    lacking = property(lambda branch: 0 if branch.name == "lep_pt" else entries(branch))
    with open_tree(tmp_path / "tree.root", LAYOUT) as tree:
        monkeypatch.setattr(TBranch, "num_entries", lacking)
        assert len(next(tree.batches(["event"], 0, 2000)))
        with pytest.raises(
            WollemiError, match="its branch 'lep_pt' has 0 entries, the tree has 2,000"
        ):
            next(tree.batches(["event", "lep_pt"], 0, 2000))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("Evt", "'event' is of type Evt, which cannot be read as numbers"),
        ("std::vector<km3::Hit>", "'event' is of type std::vector<km3::Hit>, which cannot"),
        ("std::vector<std::vector<float>>", "cannot be read: 'Hit'"),
        ("uint64_t", "cannot be read: 'Hit'"),
    ],
)
def test_a_branch_of_objects_is_no_damaged_file(tmp_path, monkeypatch, kind, message):
    write_tree(tmp_path / "tree.root")
    with open_tree(tmp_path / "tree.root", LAYOUT) as tree:
        monkeypatch.setattr(TBranch, "typename", property(lambda branch: kind))
        monkeypatch.setattr(PlainBranches, "read", lambda *_: {}["Hit"])
        with pytest.raises(WollemiError, match=re.escape(message)):
            next(tree.batches(["event"], 0, 2000))


def test_an_rntuple_from_before_the_format_was_final_is_no_damaged_file(tmp_path, monkeypatch):
    path = tmp_path / "early.root"
    with uproot.recreate(path) as file:
        file.mkrntuple("data", {"event": EVENT})
        written = file.file.root_version
    early = "ROOT::Experimental::RNTuple"
    monkeypatch.setattr(root_trees, "tree_classes", lambda names: dict.fromkeys(names, early))
    message = f"early.root: its RNTuple 'data' is a {early} of ROOT {written}: the format was not"
    for read in (
        lambda: list(read_batches(path, LAYOUT, ["event"])),
        lambda: root_trees.read_all_baskets(path),
    ):
        with pytest.raises(WollemiError, match=re.escape(message)) as error:
            read()
        assert "damaged" not in str(error.value)
