"""Trees that ROOT has written with friends: own branches are read, those of friends are not."""

import shutil

import pytest
import uproot
from support.events.root_files import DATA, EVENTS
from support.events.trees import write_root

from wollemi.inputs.event_files import read_batches
from wollemi.inputs.leaves import friend_trees
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

FRIENDS = ["Scores of scores.root", "extra = Weights"]


def read(path, *names):
    (batch,) = read_batches(path, Layout(), names)
    return {name: batch[name].to_list() for name in names}


def test_friends_are_told():
    with uproot.open(DATA / "friends.root") as file:
        assert friend_trees(file["Events"]) == FRIENDS
        assert friend_trees(file["Weights"]) == []


def test_a_tree_without_friends(tmp_path):
    with uproot.open(write_root(tmp_path / "tree.root")) as file:
        assert friend_trees(file["Events"]) == []
    with pytest.raises(WollemiError) as raised:
        read(tmp_path / "tree.root", "score")
    assert str(raised.value).endswith("→ correct the name in the expression")


def test_a_file_that_has_gone(tmp_path):
    """The error on the branch matters more."""
    with uproot.open(shutil.copy2(DATA / "friends.root", tmp_path)) as file:
        tree = file["Events"]
    (tmp_path / "friends.root").unlink()
    assert friend_trees(tree) == []


def test_own_branches_are_read():
    """As `tests/support/events/root_files.py` has filled them."""
    expected = {"met": [float(event) for event in range(EVENTS)]}
    expected["genWeight"] = [10.0 + event for event in range(EVENTS)]
    assert read(DATA / "friends.root", "met", "genWeight") == expected


@pytest.mark.parametrize("name", ["score", "w", "extra_w", "Scores_score"])
def test_branches_of_friends_are_refused(name):
    with pytest.raises(WollemiError) as raised:
        read(DATA / "friends.root", "met", name)
    assert f"has no branch '{name}'" in str(raised.value)
    assert f"branches of friend trees are not read ({', '.join(FRIENDS)}): write" in str(
        raised.value
    )


def test_objects_that_others_refer_to():
    """Their numbers are read; their status bits are no numbers of one size."""
    path = DATA / "referred.root"
    assert read(path, "Particle_fPdgCode") == {"Particle_fPdgCode": [[], [11], [11, 12]]}
    with pytest.raises(WollemiError, match=r"'Particle.fBits' has status bits of objects"):
        read(path, "Particle_fBits")
