"""What a file is, guessed from its trees and momenta."""

import numpy as np
import pytest
import uproot

from wollemi.inputs.inspection import guess_layout


def write(path, values):
    with uproot.recreate(path) as file:
        tree = file.mktree("mini", {"lep_pt": np.float32})
        tree.extend({"lep_pt": np.asarray(values, np.float32)})
    return path


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "GeV"), (1000.0, "MeV")])
@pytest.mark.parametrize("place", range(3))
def test_a_file_without_events_does_not_tell_the_unit(tmp_path, scale, unit, place):
    paths = [write(tmp_path / f"empty_{number}.root", []) for number in range(2)]
    paths.insert(place, write(tmp_path / "full.root", [20 * scale, 45 * scale, 60 * scale]))
    found = guess_layout(*paths)
    assert (found.tree, found.energy_unit) == ("mini", unit)


def test_no_file_has_events(tmp_path):
    path = write(tmp_path / "empty.root", [])
    assert guess_layout(path, path).tree == "mini"
