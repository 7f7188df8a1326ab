"""Numbers inside records: their names, and that they are read as if they were flat."""

from types import SimpleNamespace

import awkward as ak
import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import uproot

from wollemi.inputs.event_files import read_batches
from wollemi.inputs.inspection import list_branches
from wollemi.inputs.leaves import (
    has_records,
    is_plain_type,
    numbers,
    record_fields,
    tree_leaves,
    unread_layout,
)
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

EVENTS = 500
RNG = np.random.default_rng(29)
COUNTS = RNG.integers(0, 4, EVENTS)
LAYOUT = Layout("ntuple", "data", "MeV")


def lists(values):
    return ak.unflatten(values, COUNTS)


FLAT = {
    "muon_pt": lists(RNG.exponential(3e4, COUNTS.sum()).astype(np.float32)),
    "muon_charge": lists(RNG.choice([-1, 1], COUNTS.sum()).astype(np.int32)),
    "muon_track_hits": lists(RNG.integers(0, 9, COUNTS.sum())),
    "met_pt": RNG.exponential(2e4, EVENTS),
    "event": np.arange(EVENTS),
}
MUONS = ak.zip(
    {
        "pt": FLAT["muon_pt"],
        "charge": FLAT["muon_charge"],
        "track": ak.zip({"hits": FLAT["muon_track_hits"]}),
    }
)
NESTED = {"muon": MUONS, "met": ak.zip({"pt": FLAT["met_pt"]}), "event": FLAT["event"]}


def write_ntuple(path, columns):
    with uproot.recreate(path) as file:
        file.mkrntuple("data", columns)


def write_parquet(path, columns):
    table = ak.to_arrow_table(ak.zip(columns, depth_limit=1), extensionarray=False)
    pyarrow.parquet.write_table(table, path, row_group_size=200)


WRITERS = {"ntuple.root": write_ntuple, "table.parquet": write_parquet}


@pytest.mark.parametrize(("start", "stop"), [(0, None), (150, 350), (200, 200), (499, 9000)])
@pytest.mark.parametrize("name", WRITERS)
def test_records_hold_the_numbers_of_flat_branches(tmp_path, name, start, stop):
    read = []
    for folder, columns in (("flat", FLAT), ("nested", NESTED)):
        (tmp_path / folder).mkdir()
        WRITERS[name](tmp_path / folder / name, columns)
        batches = read_batches(tmp_path / folder / name, LAYOUT, list(FLAT), start, stop)
        read.append(ak.concatenate(list(batches)))
    assert ak.array_equal(*read, dtype_exact=True)
    assert len(read[0]) == len(FLAT["event"][start:stop])


@pytest.mark.parametrize("name", WRITERS)
def test_the_branches_of_records(tmp_path, name):
    """What can be read, and no records."""
    WRITERS[name](tmp_path / name, NESTED)
    entries, branches, derived = list_branches(tmp_path / name, LAYOUT)
    assert (entries, derived) == (EVENTS, {})
    names = ["muon.pt", "muon.charge", "muon.track.hits", "met.pt", "event"]
    assert sorted(branch.name for branch in branches) == sorted(names)
    assert sorted(branch.known_as for branch in branches) == sorted(FLAT)


def test_collections_of_a_converted_tree(tmp_path):
    """ROOT shows what is in them as fields of the event, too."""
    columns = {"_collection0": ak.zip({"muon_pt": FLAT["muon_pt"]}), "muon_pt": FLAT["muon_pt"]}
    write_ntuple(tmp_path / "ntuple.root", columns)
    _, branches, _ = list_branches(tmp_path / "ntuple.root", LAYOUT)
    assert [branch.name for branch in branches] == ["muon_pt"]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("values", [[1.0, None, 2.0], [[1.0], [], [None, 2.0]]])
def test_optional_values(tmp_path, name, values):
    """They are numbers where none is missing."""
    array = ak.Array(values)
    columns = {"x": array, "record": ak.zip({"x": array})}
    if name == "ntuple.root":
        del columns["record"]  # uproot writes no records with optional fields
    WRITERS[name](tmp_path / name, columns)
    (tmp_path / "full").mkdir()
    WRITERS[name](tmp_path / "full" / name, {field: part[:1] for field, part in columns.items()})
    for field in columns:
        known = "x" if field == "x" else "record_x"
        (batch,) = read_batches(tmp_path / "full" / name, LAYOUT, [known])
        assert batch[known].to_list() == values[:1]
        assert "?" not in str(batch.type)
        with pytest.raises(WollemiError, match=r"lacks 1 value of '(record\.)?x'"):
            list(read_batches(tmp_path / name, LAYOUT, [known]))


def test_a_map_in_parquet(tmp_path):
    kind = pyarrow.map_(pyarrow.string(), pyarrow.int32())
    table = pyarrow.table({"weights": pyarrow.array([[("up", 1)], []], kind)})
    pyarrow.parquet.write_table(table, tmp_path / "table.parquet")
    with pytest.raises(WollemiError, match=r"'weights' is of type map<string, int32.*numbers"):
        list(read_batches(tmp_path / "table.parquet", LAYOUT, ["weights"]))


def test_arrays_of_fixed_length_are_lists(tmp_path):
    """As arrays of regular shape, those of length 1 would be repeated along other lists."""
    one, matrix = np.arange(3.0).reshape(3, 1), np.arange(12).reshape(3, 2, 2)
    kinds = {"one": np.dtype((np.float64, 1)), "matrix": np.dtype((np.int64, (2, 2)))}
    with uproot.recreate(tmp_path / "tree.root") as file:
        file.mktree("data", {**kinds, "many": "var * float64"})
        file["data"].extend({"one": one, "matrix": matrix, "many": ak.Array([[1.0], [], [2, 3]])})
    (batch,) = read_batches(tmp_path / "tree.root", LAYOUT, ["one", "matrix", "many"])
    assert str(batch.one.type) == "3 * var * float64"
    assert str(batch.matrix.type) == "3 * var * var * int64"
    assert (batch.one.to_list(), batch.matrix.to_list()) == (one.tolist(), matrix.tolist())
    with pytest.raises(ValueError, match="cannot broadcast"):
        batch.one * batch.many


@pytest.mark.parametrize(
    ("values", "expected", "missing"),
    [
        ([[1, 2], [], [3]], "3 * var * int64", 0),
        ([[[1.5], []], []], "2 * var * var * float64", 0),
        ([1, None], None, 1),
        ([[1], None, [None]], None, 2),
        (["a", "b"], "2 * string", 0),
        (np.zeros((2, 0)), "2 * var * float64", 0),
    ],
)
def test_numbers(values, expected, missing):
    array = ak.Array(values)
    found, number = numbers(array.layout)
    assert number == missing
    if expected:
        assert str(ak.Array(found).type) == expected
        assert ak.Array(found).to_list() == array.to_list()


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([[1.0], []], False),
        (["text"], False),
        ([["text"], []], False),
        ([], False),
        ([{"x": 1}], True),
        ([[(1, 2.0)], []], True),  # pairs of a map
        ([[1, "text"]], True),
    ],
)
def test_records_that_are_left(values, found):
    assert has_records(ak.Array(values).layout) is found


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ([{"x": 1.0, "y": [2]}], {("x",): "float64", ("y",): "var * int64"}),
        ([[{"p": {"x": 1.0}}]], {("p", "x"): "var * float64"}),
        ([[[{"x": 1}]]], {("x",): "var * var * int64"}),
        ([[{"s": "text"}]], {("s",): "var * string"}),
        ([(1, 2.0)], {}),
        ([[1.0]], {}),
        (["text"], {}),
    ],
)
def test_fields_of_records(values, fields):
    assert dict(record_fields(ak.Array(values).layout.form)) == fields


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        ("std::vector<float>", True),
        ("unsigned long int", True),
        ("Double32_t[3]", True),
        ("std::vector<std::string>", True),
        ("std::vector<TLorentzVector>", False),
        ("std::map<std::string, double>", False),
    ],
)
def test_plain_types(kind, plain):
    assert is_plain_type(kind) is plain


def branch(name, kind, form=None, parts=()):
    """A stand-in for a branch of objects, which uproot cannot write."""
    members = {"fStreamerType": -1, "fClassName": kind}

    def awkward_form(_):
        if form is None:
            raise ValueError(kind)
        return form

    return SimpleNamespace(
        name=name,
        typename=kind,
        branches=parts,
        file=None,
        classname="TBranchElement",
        member=lambda member, none_if_missing=False: members[member],
        interpretation=SimpleNamespace(awkward_form=awkward_form),
    )


def test_branches_of_objects():
    vector = ak.Array([[{"fP": {"fX": 1.0}, "fE": 2.0}]]).layout.form
    parts = [branch("fE", "double"), branch("jet.fE", "double")]
    tree = {
        "p4": branch("p4", "std::vector<TLorentzVector>", vector),
        "muon": branch("muon", "Muon", vector, parts),
        "muon/fE": parts[0],
        "muon/jet.fE": parts[1],
        "tau/fE": branch("fE", "double"),
        "odd": branch("odd", "std::map<int, Odd>"),
        "run": branch("run", "int"),
    }
    # uproot finds no type for some
    tree["bits"] = type("Bits", (SimpleNamespace,), {"typename": property(lambda _: {}["V"])})(
        **{key: value for key, value in vars(branch("bits", "Bits")).items() if key != "typename"}
    )
    leaves = tree_leaves(SimpleNamespace(iteritems=tree.items))
    # the object that is split holds nothing, and repeated names have paths
    wanted = ["p4.fP.fX", "p4.fE", "muon/fE", "jet.fE", "tau/fE", "odd", "run", "bits"]
    assert list(leaves) == wanted
    assert (leaves["p4.fP.fX"].branch, leaves["p4.fP.fX"].fields) == ("p4", ("fP", "fX"))
    assert leaves["p4.fE"].kind == "var * float64"


def basket_branch(typename, kind, broken=()):
    """A branch of two baskets, as far as it is asked; some of them cannot be decompressed."""

    def basket(number):
        if number in broken:
            raise ValueError("lz4 failed")

    return SimpleNamespace(
        typename=typename, member=lambda *_, **__: kind, num_baskets=2, basket=basket
    )


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (basket_branch("uint32_t[]", 15), "has status bits of objects that others refer to"),
        (basket_branch("TRef[]", None), "is of type TRef[], which cannot be read as numbers"),
        (basket_branch("uint32_t[]", 15, broken=[1]), ""),
        (basket_branch("uint32_t[]", 13), ""),
        (basket_branch("float", None), ""),
    ],
)
def test_a_layout_that_is_not_read_is_told_from_damage(item, reason):
    assert unread_layout(item).startswith(reason)
    assert bool(unread_layout(item)) is bool(reason)
