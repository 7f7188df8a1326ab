"""From names to the branches they are read from."""

import pytest

from wollemi.analysis.plain.objects import kinematic_branches, object_branches

OBJECTS = {
    "electron": {"collection": "Electron", "fields": {"flavor": 11}, "cuts": "id > 2"},
    "muon": {"collection": "Muon", "mass_gev": 0.1, "fields": {"flavor": 13, "rel": "iso / pt"}},
    "lepton": {"union": ["electron", "muon"], "order": "-pt"},
    "tight": {"select": "lepton", "cuts": "quality > 3"},
    "z": {
        "combine": ["lepton", "tight"],
        "cuts": "first.flavor == second.flavor",
        "best": "abs(mass - 91.2)",
    },
    "jet": {"collection": "Jet", "away_from": {"z": 0.4}},
    "zz": {"combine": ["z", "z"]},
}
ELECTRON = {"Electron_pt", "Electron_eta", "Electron_phi", "Electron_mass", "Electron_id"}
MUON = {"Muon_pt", "Muon_eta", "Muon_phi", "Muon_iso"}
LEPTON = ELECTRON | MUON
TIGHT = LEPTON | {"Electron_quality", "Muon_quality"}
JET = {"Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass"}


@pytest.mark.parametrize(
    ("used", "branches"),
    [
        (["electron"], ELECTRON),
        (["electron.px", "electron.flavor"], ELECTRON),
        (["electron.charge"], ELECTRON | {"Electron_charge"}),
        (["muon.rel"], MUON),
        (["lepton"], LEPTON),
        (["lepton.charge"], LEPTON | {"Electron_charge", "Muon_charge"}),
        (["tight.charge"], TIGHT | {"Electron_charge", "Muon_charge"}),
        (["z.mass"], TIGHT),
        (["z.first", "z.first.charge"], TIGHT | {"Electron_charge", "Muon_charge"}),
        (["zz.second.first.dxy"], TIGHT | {"Electron_dxy", "Muon_dxy"}),
        (["jet"], JET | TIGHT),
        (["MET_pt"], set()),
    ],
)
def test_branches(used, branches):
    assert object_branches(OBJECTS, {}, used) == branches


def test_kinematics_that_files_may_have():
    used = ["electron.pt", "tight.rapidity", "z.E", "zz.first.second.theta", "jet.px", "jet.charge"]
    asked = {
        f"{name}_{field}" for name in ("Electron", "Muon") for field in ("rapidity", "theta")
    } | {"Jet_px"}
    assert kinematic_branches(OBJECTS, {}, used) == asked
    assert kinematic_branches(OBJECTS, {"jet": ["pt * E"]}, ["jet"]) == {"Jet_E"}


def test_what_a_systematic_uses():
    assert object_branches(OBJECTS, {"muon": ["pt * shift"]}, ["lepton"]) == LEPTON | {"Muon_shift"}
    assert object_branches(OBJECTS, {"tight": ["pt * shift"]}, ["lepton"]) == LEPTON
