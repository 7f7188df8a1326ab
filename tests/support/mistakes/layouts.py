"""Layouts of files that are not read, met by one variable of a file at a glance."""

import shutil
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from uproot.writing._cascade import Directory

from support.events.layout_files import NAME
from support.events.root_files import DATA
from support.tiny.mistakes import Run
from wollemi.commands.main import main
from wollemi.inputs.schemas import Layout
from wollemi_interactive.commands import draw


def _drawn(expression: str, name: str) -> Run:
    """One variable of a file at a glance."""

    def run() -> int:
        with pytest.raises(SystemExit) as ended:
            main(["draw", f"input/{name}", expression])
        return int(ended.value.code or 0)

    return run


def _in_tree(tree: str, expression: str) -> Run:
    """The same in one of the trees of `layouts.root`."""
    shutil.copy2(DATA / NAME, "input")

    def run() -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(draw, "guess_layout", lambda _: Layout("ntuple", tree))
            return _drawn(expression, NAME)()

    return run


def branch_of_a_friend_tree() -> Run:
    shutil.copy2(DATA / "friends.root", "input")
    return _drawn("score", "friends.root")


def status_bits_of_objects() -> Run:
    """Numbers of the same objects are read."""
    shutil.copy2(DATA / "referred.root", "input")
    return _drawn("Particle_fBits", "referred.root")


def references_between_objects() -> Run:
    return _in_tree("Delphes", "Jet_Particle")


def two_branches_of_one_name() -> Run:
    return _in_tree("doubled", "PT")


def ntuple_before_its_format_was_final() -> Run:
    """Under the name that the class had until ROOT 6.34."""
    write = Directory.add_object

    def add(self: Any, sink: Any, name: str, *arguments: Any, **options: Any) -> Any:
        return write(self, sink, name.replace("::R", "::Experimental::R"), *arguments, **options)

    with pytest.MonkeyPatch.context() as patch, uproot.recreate("input/old.root") as file:
        patch.setattr(Directory, "add_object", add)
        file.mkrntuple("Events", {"met": np.arange(3.0)})
    return _drawn("met", "old.root")


def missing_values_in_a_record() -> Run:
    jets = ak.Array([{"Jet": {"track": {"dxy": value}}} for value in (0.1, None, 0.3)])
    ak.to_parquet(jets, "input/records.parquet", extensionarray=False)
    return _drawn("Jet_track_dxy", "records.parquet")


def text_in_a_record() -> Run:
    columns = {"Jet": ak.zip({"tagger": ak.Array([["DeepJet"], []]), "pt": ak.Array([[30.0], []])})}
    with uproot.recreate("input/records.root") as file:
        file.mkrntuple("Events", columns)
    return _drawn("Jet_tagger", "records.root")
