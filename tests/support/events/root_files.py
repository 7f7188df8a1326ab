"""Files in `tests/data/root` with what only ROOT writes: friend trees, and status bits of objects
that others refer to.

A program for any Python that has ROOT: `root_files.py FOLDER` writes them anew.
"""

import os
import sys
from array import array
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data/root"
EVENTS = 3


def make_tree(root: Any, name: str, columns: dict[str, float]) -> Any:
    """A tree of numbers: in event i, that of the column plus i."""
    tree = root.TTree(name, name)
    values = {column: array("f", [0.0]) for column in columns}
    for column, value in values.items():
        tree.Branch(column, value, f"{column}/F")
    for event in range(EVENTS):
        for column, value in values.items():
            value[0] = columns[column] + event
        tree.Fill()
    return tree


def write_friends(root: Any) -> None:
    """`friends.root`, with one friend beside it in the file and one in `scores.root`."""
    for name in ("scores.root", "friends.root"):
        file = root.TFile(name, "recreate")
        own = {"scores.root": ("Scores", {"score": 0.0}), "friends.root": ("Weights", {"w": 20.0})}
        tree = make_tree(root, *own[name])
        tree.Write()
        if name == "friends.root":
            events = make_tree(root, "Events", {"met": 0.0, "genWeight": 10.0})
            events.AddFriend("Scores", "scores.root")
            events.AddFriend("extra = Weights", "")
            events.Write()
        file.Close()


def write_referred(root: Any) -> None:
    """`referred.root`: i particles in event i, and a reference to the second one."""
    file = root.TFile("referred.root", "recreate")
    tree, particles = root.TTree("Events", "Events"), root.TClonesArray("TParticle", EVENTS)
    tree.Branch("Particle", particles, 32000, 99)
    for event in range(EVENTS):
        particles.Clear()
        for index in range(event):
            particle = particles.ConstructedAt(index)
            particle.SetPdgCode(11 + index)
            if index == 1:
                root.TRef(particle)
        tree.Fill()
    tree.Write()
    file.Close()


if __name__ == "__main__":
    import ROOT

    os.chdir(sys.argv[1])
    write_friends(ROOT)
    write_referred(ROOT)
