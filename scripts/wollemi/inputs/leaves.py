"""Names of the numbers in a tree, also inside records: `jetp4.fE` in a branch of TLorentzVectors,
`Muon.p4.x` in a field of an RNTuple or a column of Parquet.

Numbers inside records are read with their branch or field, then extracted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

# Words of the C++ types that are read as numbers or lists of numbers.
INTEGERS = {f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)}
PLAIN_WORDS = INTEGERS | {"std", "vector", "array", "string", "char", "short", "int", "long"}
PLAIN_WORDS |= {"unsigned", "float", "double", "bool", "Float16_t", "Double32_t"}
# Remedies for missing values, and for objects that are not numbers.
MISSING = "write a number for each, such as 0"
OBJECTS = "write it as a branch of numbers or lists of numbers, and use that"
UNREAD = "which cannot be read as numbers"

BITS = 15  # TVirtualStreamerInfo::kBits: status bits of objects
OBJECT = 61  # TVirtualStreamerInfo::kObject: smaller values are numbers and arrays of numbers
REFERENCES = ("TRef", "TRefArray")


@dataclass(frozen=True)
class Leaf:
    """Location of the numbers of a name.

    Args:
        branch: Branch to read.
        fields: Fields of its records, the outermost first; empty if it contains numbers itself.
        kind: Type; empty if only uproot can determine it, which takes time.
        branches: Number of branches of the tree with this path.
    """

    branch: str
    fields: tuple[str, ...]
    kind: str
    branches: int = 1


def is_plain_type(kind: str) -> bool:
    """Whether a C++ type consists of numbers, text, or lists of them."""
    return set(re.findall(r"[A-Za-z_]\w*", kind)) <= PLAIN_WORDS


def record_fields(form: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Fields of the records in an awkward form, also inside lists: names, the outermost first, and
    type. Maps, unions and tuples have no named fields; the numbers of references are meaningful
    only to the program that wrote them.
    """
    if form.parameter("__record__") in REFERENCES:
        yield (), form.parameter("__record__")
    elif form.is_record and not form.is_tuple:
        for name, content in zip(form.fields, form.contents, strict=True):
            if name.startswith("@"):  # uproot's name for data between the members
                continue
            inner = list(record_fields(content)) or [((), str(content.type).replace("?", ""))]
            yield from (((name, *fields), kind) for fields, kind in inner)
    elif form.is_option or (form.is_list and form.parameter("__array__") is None):
        lists = "var * " if form.is_list else ""
        yield from ((fields, f"{lists}{kind}") for fields, kind in record_fields(form.content))


def leaves_of(branch: str, kind: str, form: Any) -> dict[str, Leaf]:
    """Names of the numbers of a branch: its own name, followed by the fields of its records.

    Args:
        branch: Name of the branch.
        kind: Type of the branch.
        form: Awkward form of its values.
    """
    return {
        ".".join((branch, *fields)): Leaf(branch, fields, kind)
        for fields, kind in list(record_fields(form)) or [((), kind)]
    }


def ntuple_leaves(ntuple: Any) -> dict[str, Leaf]:
    """Names of the numbers in an RNTuple, in its order.

    If ROOT has converted it from a TTree, the content of `_collection0` also exists outside it.
    """
    names = [
        name for name in ntuple.keys(full_paths=True) if not re.match(r"_collection\d+(\.|$)", name)
    ]
    records = {name.rpartition(".")[0] for name in names}
    return {
        name: Leaf(name.partition(".")[0], tuple(name.split(".")[1:]), "")
        for name in names
        if name not in records
    }


def tree_leaves(tree: Any) -> dict[str, Leaf]:
    """Names of the numbers in a TTree, in its order.

    Branches that ROOT has split are named by their parts; if several have the same name, as parts
    of different objects, by their paths, such as `muon/fP`.
    """
    every = list(tree.iteritems())
    branches, paths = dict(reversed(every)), Counter(path for path, _ in every)
    times = Counter(branch.name for branch in branches.values())
    leaves: dict[str, Leaf] = {}
    for path in dict(every):
        branch, number = branches[path], paths[path]
        if not branch.branches:
            found = _branch_leaves(branch.name if times[branch.name] == 1 else path, branch)
            if number > 1:
                found = {name: replace(leaf, branches=number) for name, leaf in found.items()}
            leaves |= found
    return leaves


def _branch_leaves(name: str, branch: Any) -> Mapping[str, Leaf]:
    """Names of the numbers of an unsplit branch."""
    own = {name: Leaf(name, (), "")}
    try:
        if _holds_numbers(branch) or is_plain_type(branch.typename or "?"):
            return own
        return leaves_of(name, "", branch.interpretation.awkward_form(branch.file))
    except Exception:  # uproot's errors have no common class; the error reappears on reading
        return own


def _holds_numbers(branch: Any) -> bool:
    """Whether the header of a branch shows that it contains numbers: one leaf, a vector of numbers,
    or a numeric member of objects. uproot takes a millisecond per branch to interpret it, and some
    files have thousands of branches.
    """
    if branch.classname == "TBranch":
        return len(branch.member("fLeaves")) == 1
    kind = branch.member("fStreamerType", none_if_missing=True) or 0
    whole = branch.member("fClassName", none_if_missing=True)
    return 0 < kind < OBJECT or (bool(whole) and is_plain_type(whole))


def unread_layout(branch: Any) -> str:
    """Reason why an undamaged branch cannot be read as numbers; empty if unknown.

    ROOT writes the number of a process after the status bits of an object that is referenced
    elsewhere, so that these entries differ in size.
    """
    kind = branch.typename or "?"
    if not is_plain_type(kind):
        return f"is of type {kind}, {UNREAD}"
    if branch.member("fStreamerType", none_if_missing=True) == BITS and _is_whole(branch):
        return (
            "has status bits of objects that others refer to, of 4 or 6 bytes each, which cannot "
            "be read as numbers"
        )
    return ""


def _is_whole(branch: Any) -> bool:
    """Whether all baskets can be decompressed."""
    try:
        for number in range(branch.num_baskets):
            branch.basket(number)
    except Exception:  # uproot's errors have no common class
        return False
    return True


def refusal(tree: Any, name: str, leaf: Leaf) -> tuple[str, str] | None:
    """Reason not to read the numbers of a name, known before reading, and the remedy; else None.

    Args:
        tree: TTree, as opened by uproot.
        name: Name of the numbers.
        leaf: Location of the numbers.
    """
    kind = leaf.kind.rpartition(" ")[2]
    if kind in REFERENCES:
        problem = f"'{name}' refers to other objects ({kind}), which is no number"
        return problem, "use a branch of their indices, or match them by delta_r"
    if leaf.branches > 1 and not _are_equal(tree, leaf):
        problem = f"{leaf.branches} branches of the tree are called '{name}', and differ"
        return problem, "use another branch, or write them under names of their own"
    return None


def _are_equal(tree: Any, leaf: Leaf) -> bool:
    """Whether all branches with the path of a leaf have the same values."""
    import awkward as ak

    first, *others = (
        branch for path, branch in tree.iteritems() if leaf.branch in (path, branch.name)
    )
    try:
        values = first.array()
        return all(ak.array_equal(values, other.array(), equal_nan=True) for other in others)
    except Exception:  # uproot's errors have no common class
        return False


def friend_trees(tree: Any) -> list[str]:
    """Friends of a tree, such as `Scores of scores.root`; ROOT shows their branches as its own.

    Empty if there are none, or if they cannot be determined. Friends are not read: a file contains
    only their names and files, so that an event could get the values of another event if a file
    was rewritten or sorted.

    Args:
        tree: TTree as opened by uproot, without the data after its branches; the file is opened
            again for these.
    """
    import uproot

    options = {**tree.file.options, "minimal_ttree_metadata": False}
    options |= {"object_cache": None, "array_cache": None}
    try:
        with uproot.open({tree.file.file_path: None}, **options) as file:
            friends = file[tree.object_path].member("fFriends", none_if_missing=True)
            return [_described(friend) for friend in friends or ()]
    except Exception:  # uproot's errors have no common class; the friends only improve a remedy
        return []


def _described(friend: Any) -> str:
    """Text for a `TFriendElement`: `extra = Weights`, or `Scores of scores.root`."""
    alias, name, file = (str(friend.member(key)) for key in ("fName", "fTreeName", "fTitle"))
    return (name if name == alias else f"{alias} = {name}") + (f" of {file}" if file else "")


def has_records(values: Any) -> bool:
    """Whether an awkward layout has records or unions in its lists, such as the pairs of a map."""
    while values.is_list and values.parameter("__array__") is None:
        values = values.content
    return bool(values.is_record or values.is_union)


def numbers(values: Any) -> tuple[Any, int]:
    """Numbers or lists of numbers as used in analyses: arrays of fixed length become lists, and
    optional values become values.

    Args:
        values: Awkward layout.

    Returns:
        Layout, and number of missing values; if it is nonzero, the layout is not usable.
    """
    if values.is_option:
        missing = int((~values.mask_as_bool(valid_when=True)).sum())
        inner, more = numbers(values.project())
        return inner, missing + more
    if values.is_indexed:
        return numbers(values.project())
    if values.is_numpy and values.data.ndim > 1:
        return numbers(values.to_RegularArray())
    if values.is_list and values.parameter("__array__") is None:
        lists = values.to_ListOffsetArray64(True)
        content, missing = numbers(lists.content[: lists.offsets[-1]])
        if content is not lists.content or lists is not values:
            return type(lists)(lists.offsets, content), missing
    return values, 0
