"""Each branch of public files of many frameworks is read as uproot reads it, or refused with a
reason. docs/formats.md has the table.
"""

from collections import Counter

import pytest
from support.events.compared import compare_tree
from support.events.public_samples import fetch_public_files

from wollemi.inputs.inspection import find_trees
from wollemi.inputs.schemas import Layout

# Part of what is said → word of the table.
REASONS = {
    "is text, not numbers": "text",
    "which cannot be read as numbers": "class",
    "has status bits": "status bits",
    "refers to other objects": "reference",
    "entries, the tree has": "not filled",
}
# File → how many names are read, and how many are refused for which reason.
FILES = {
    "uproot-leaflist.root": (3, {}),
    "uproot-double32-float16.root": (12, {}),
    "uproot-from-geant4.root": (20, {"text": 2}),
}
QUICK = ("uproot-leaflist.root", "uproot-double32-float16.root", "uproot-from-geant4.root")


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    return fetch_public_files(tmp_path_factory.mktemp("public"), [*FILES])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in FILES]
)
def test_each_branch_is_that_of_uproot_or_refused(public, name):
    trees = [tree for tree, *_ in find_trees(public / name)]
    found = [compare_tree(public / name, Layout("ntuple", tree)) for tree in trees]
    said = [text for item in found for text in item.refused.values()]
    words = Counter(next(REASONS[part] for part in REASONS if part in text) for text in said)
    assert [item.different for item in found if item.different] == []
    assert (sum(len(item.read) for item in found), dict(words)) == FILES[name]
