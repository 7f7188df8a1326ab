"""Plain branches read from their baskets: the arrays that uproot gives, whatever the range; damage
is an error.
"""

import itertools

import awkward as ak
import numpy as np
import pytest
import uproot

from wollemi.inputs import root_baskets
from wollemi.inputs.root_baskets import PlainBranches
from wollemi.inputs.root_trees import open_tree
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

RNG = np.random.default_rng(17)
EVENTS = 900
EDGES = [0, 1, 250, 251, 600, 900]
COUNTS = RNG.integers(0, 5, EVENTS)
TYPES = (
    "float32",
    "float64",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "bool",
)
NUMBERS = {
    kind: RNG.integers(0, 2 if kind == "bool" else 120, COUNTS.sum()).astype(kind) for kind in TYPES
}
JAGGED = {f"lep_{kind}": ak.unflatten(values, COUNTS) for kind, values in NUMBERS.items()}
FLAT = {kind: values[:EVENTS] for kind, values in NUMBERS.items()}
OTHER = {
    "jet_pt": ak.unflatten(RNG.exponential(30, 2 * EVENTS).astype(np.float32), np.full(EVENTS, 2))
}
BRANCHES = JAGGED | OTHER | FLAT


@pytest.fixture(
    scope="module", params=[None, uproot.ZLIB(1), uproot.LZ4(1), uproot.ZSTD(1)], ids=str
)
def path(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("baskets") / "tree.root"
    with uproot.recreate(path, compression=request.param) as file:
        types = {
            name: getattr(values, "dtype", None) or values.type.content
            for name, values in BRANCHES.items()
        }
        file.mktree("Events", types, counter_name=lambda name: f"n{name}")
        for first, last in itertools.pairwise(EDGES):
            file["Events"].extend({name: values[first:last] for name, values in BRANCHES.items()})
    return path


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 900), (0, 0), (1, 251), (250, 251), (249, 252), (300, 310), (600, 600), (10, 890)],
)
def test_arrays_are_those_of_uproot(path, start, stop):
    with uproot.open(path) as file:
        plain = PlainBranches.of(file["Events"], list(BRANCHES))
        found = plain.read(start, stop)
        expected = file["Events"].arrays(
            filter_name=list(BRANCHES), entry_start=start, entry_stop=stop
        )
        assert found.type == expected.type
        for name in BRANCHES:
            assert ak.array_equal(found[name], expected[name], dtype_exact=True), name
            assert ak.array_equal(found[name], BRANCHES[name][start:stop]), name


@pytest.mark.parametrize(("start", "stop"), [(1, 600), (100, 400), (255, 300)])
def test_without_stored_offsets_the_counter_tells(path, monkeypatch, start, stop):
    monkeypatch.setattr(root_baskets.Basket, "has_offsets", False)
    with uproot.open(path) as file:
        names = ["lep_float32", "lep_int8", "jet_pt"]
        found = PlainBranches.of(file["Events"], names).read(start, stop)
        for name in names:
            assert ak.array_equal(found[name], BRANCHES[name][start:stop])


def test_what_is_not_plain_is_left_to_uproot(tmp_path):
    with uproot.recreate(tmp_path / "tree.root") as file:
        file.mktree(
            "Events",
            {"matrix": np.dtype((np.float64, (2, 2))), "text": "string", "number": np.int64},
        )
        file["Events"].extend(
            {
                "matrix": np.arange(12.0).reshape(3, 2, 2),
                "text": ak.Array(["a", "bc", ""]),
                "number": np.arange(3),
            }
        )
    with open_tree(tmp_path / "tree.root", Layout()) as tree:
        assert PlainBranches.of(tree.tree, ["number"]) is not None
        assert all(
            PlainBranches.of(tree.tree, names) is None
            for names in (["matrix"], ["number", "text"], ["absent"], [])
        )
        (batch,) = tree.batches(["matrix", "text", "number"], 0, 3)
    assert batch.to_list()[1] == {"matrix": [[4.0, 5.0], [6.0, 7.0]], "text": "bc", "number": 1}


def spoil(path, old, new, wanted=1):
    """Replace bytes that occur so many times."""
    content = path.read_bytes()
    assert content.count(old) == wanted
    path.write_bytes(content.replace(old, new))


@pytest.fixture
def small(tmp_path):
    """Three events with lists of 2, 0, 1 numbers, not compressed."""
    path = tmp_path / "small.root"
    with uproot.recreate(path, compression=None) as file:
        file.mktree("Events", {"lep_id": "var * int32"}, counter_name=lambda name: "nlep")
        file["Events"].extend({"lep_id": ak.Array([[7001, 7002], [], [7003]])})
    return path


def read(path):
    with open_tree(path, Layout()) as tree:
        return ak.concatenate(list(tree.batches(["lep_id"], 0, 3))).lep_id.to_list()


def test_the_small_file(small):
    assert read(small) == [[7001, 7002], [], [7003]]


def test_a_list_that_ends_before_it_begins(small):
    with uproot.open(small) as file:
        branch = file["Events"]["lep_id"]
        key = branch.basket(0).member("fKeylen")
    offsets = [key, key + 8, key + 8]
    spoil(
        small,
        np.array(offsets, ">i4").tobytes(),
        np.array([key, key + 12, key + 8], ">i4").tobytes(),
    )
    with pytest.raises(
        WollemiError, match=r"cannot be read: a list of branch 'lep_id' ends before it begins"
    ):
        read(small)


def test_a_basket_with_another_number_of_entries(small):
    with uproot.open(small) as file:
        basket = file["Events"]["lep_id"].basket(0)
        last = basket.member("fLast")
    header = np.array([3, last], ">i4").tobytes()  # fNevBuf, fLast
    content = small.read_bytes()
    place = content.index(header)
    small.write_bytes(content[:place] + np.array([2, last], ">i4").tobytes() + content[place + 8 :])
    with pytest.raises(
        WollemiError,
        match=r"cannot be read: basket 0 of 'lep_id' has 2 entries, not the 3 that the tree has",
    ):
        read(small)
