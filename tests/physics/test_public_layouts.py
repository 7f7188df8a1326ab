"""Each branch of public files of many frameworks is read as uproot reads it, or refused with a
reason. docs/formats.md has a table.
"""

from collections import Counter

import pytest
from support.events.compared import compare_tree
from support.events.public_samples import fetch_public_files, fetch_samples

from wollemi.inputs.inspection import find_trees
from wollemi.inputs.schemas import Layout

LITE = "PHYSLITE_example.root"
# Part of what is said → word of the table.
REASONS = {
    "is text, not numbers": "text",
    "which cannot be read as numbers": "class",
    "has status bits": "status bits",
    "refers to other objects": "reference",
    "branches of the tree are called": "same name",
    "entries, the tree has": "not filled",
}
# File → how many names are read, and how many are refused for which reason.
FILES = {
    "uproot-leaflist.root": (3, {}),
    "uproot-double32-float16.root": (12, {}),
    "uproot-from-geant4.root": (20, {"text": 2}),
    "uproot-HZZ-objects.root": (47, {}),
    "uproot-issue63.root": (319, {"text": 4}),
    "uproot-issue96.root": (27, {}),
    "uproot-issue126a.root": (304, {"text": 144}),
    "uproot-issue187.root": (62, {}),
    "uproot-issue232.root": (64, {}),
    "uproot-issue243-new.root": (382, {"text": 1}),
    "uproot-issue327.root": (77, {"not filled": 108}),
    "uproot-issue390.root": (101, {"text": 6, "class": 3}),
    "uproot-issue399.root": (684, {"text": 60, "class": 80, "same name": 1}),
    "uproot-issue513.root": (318, {"reference": 10, "same name": 9}),
    "uproot-mc10events.root": (658, {"class": 11}),
}
LONG = {f"uproot-{name}.root" for name in ("issue126a", "issue399", "issue513", "mc10events")}


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    return fetch_public_files(tmp_path_factory.mktemp("public"), [*FILES])


def judged(found):
    """How many names of trees are read, and how many are refused for which reason."""
    said = [text for item in found for text in item.refused.values()]
    words = Counter(next(REASONS[part] for part in REASONS if part in text) for text in said)
    assert [item.different for item in found if item.different] == []
    return sum(len(item.read) for item in found), dict(words)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LONG else []) for name in FILES]
)
def test_each_branch_is_that_of_uproot_or_refused(public, name):
    trees = [tree for tree, *_ in find_trees(public / name)]
    found = [compare_tree(public / name, Layout("ntuple", tree)) for tree in trees]
    assert judged(found) == FILES[name]


@pytest.mark.slow
def test_each_branch_of_physlite(tmp_path):
    """Under its own names, in GeV; the coffea distribution has the file."""
    path = fetch_samples(tmp_path, [LITE]) / LITE
    assert judged([compare_tree(path, Layout("physlite"))]) == (1151, {"text": 4, "class": 483})
