"""An ntuple of the ATLAS open data: four-momenta from any complete set of components, `type` as a
field, in both engines.
"""

import awkward as ak
import numpy as np
import pytest
from support.engine.cases import Case, cache, check
from support.events.atlas_ntuple import SETS, leptons, write_ntuple

from wollemi.inputs.checked_events import SameNames
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.momentum_checks import MomentumChecks
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

__all__ = ["cache"]
LAYOUT = Layout("ntuple", "mini", "MeV", {"MET_pt": "met_et"})
FILES = {"schema": "ntuple", "tree": "mini", "energy_unit": "MeV"}
SELECTION = "count(electron) > 1 and MET_pt > 10"
BINS = {"bins": [60, 0.0, 240.0], "label": "x"}


def analysis():
    texts = {
        "pair": "(electron[0] + electron[1]).mass",
        "energy": "electron[0].E",
        "side": "100 + electron[0].px",
    }
    return {
        "name": "atlas",
        "title": "atlas",
        "center_of_mass_tev": 13,
        "datasets": {
            "d": {
                "files": ["mini.root"],
                "schema": "ntuple",
                "tree": "mini",
                "energy_unit": "MeV",
                "normalization": "none",
            }
        },
        "samples": {"s": {"role": "background", "datasets": "d"}},
        "objects": {"electron": {"collection": "lep", "cuts": "type == 11 and pt > 15"}},
        "variables": {name: {"expression": text, **BINS} for name, text in texts.items()},
        "regions": {
            "two": {
                "selection": "count(electron) > 1 and MET_pt > 10",
                "variable": "pair",
                "monitor": ["energy", "side"],
            }
        },
    }


def expected_values(path):
    """Mass, energy and px of the electrons that are selected, from the leptons as they were
    generated.
    """
    found = leptons()
    (met,) = (batch.MET_pt for batch in read_batches(path, LAYOUT, ["MET_pt"]))
    good = (found["type"] == 11) & (found["pt"] > 15e3)
    two = (ak.sum(good, axis=1) > 1) & (met > 10)
    momenta = [found[name][good][two] / 1000 for name in ("px", "py", "pz", "e")]
    px, py, pz, energy = (part[:, 0] + part[:, 1] for part in momenta)
    return {
        "pair": np.sqrt(energy**2 - px**2 - py**2 - pz**2),
        "energy": momenta[3][:, 0],
        "side": 100 + momenta[0][:, 0],
    }


@pytest.mark.parametrize("components", SETS.values(), ids=SETS.keys())
def test_any_complete_set_gives_the_momenta(components, tmp_path, monkeypatch, caplog):
    write_ntuple(tmp_path / "mini.root", components)
    settings = Case(analysis(), "d", ak.Array({"x": [1]})).settings
    (batch,) = read_batches(
        tmp_path / "mini.root", LAYOUT, settings.branches, more=settings.stored_kinematics
    )
    checks = MomentumChecks("mini.root", ["lep"])
    checks.add(batch)
    checks.finish()
    messages, sums = check(Case(analysis(), "d", batch), monkeypatch, caplog)
    assert not [message for message in messages if "not compiled" in message]
    for name, values in expected_values(tmp_path / "mini.root").items():
        counts = np.histogram(ak.to_numpy(values), 60, (0, 240))[0]
        assert counts.sum() > 100
        found = sums["two", name][0, 0, 1:-1]
        assert np.abs(found - counts).sum() <= 2  # an event may stand at an edge


INCOMPLETE = (("pt", "eta", "phi"), ("px", "py", "E"), ("pt", "eta", "mass"), ("px", "py", "pz"))


@pytest.mark.parametrize("components", INCOMPLETE)
def test_an_incomplete_set_says_what_is_missing(components, tmp_path):
    write_ntuple(tmp_path / "mini.root", components)
    with pytest.raises(WollemiError, match="has no branch 'lep_") as error:
        next(
            read_batches(
                tmp_path / "mini.root", LAYOUT, ["lep_pt", "lep_eta", "lep_phi", "lep_mass"]
            )
        )
    assert "a four-momentum is pt, eta, phi with mass or E" in error.value.remedy


ASKED = ("px", "py", "pz", "E", "energy", "p", "rapidity", "theta", "mt", "m")


@pytest.mark.parametrize("name", ASKED)
def test_two_sets_that_contradict_each_other(name):
    """Whatever a file says beside pt, eta, phi and mass is compared, also where only a few in a
    hundred differ.
    """
    found = leptons()
    px, py, pz, energy = (found[part] / 1000 for part in ("px", "py", "pz", "e"))
    p = np.sqrt(px**2 + py**2 + pz**2)
    right = {
        "px": px,
        "py": py,
        "pz": pz,
        "E": energy,
        "energy": energy,
        "p": p,
        "theta": np.arccos(pz / p),
        "m": found["mass"] / 1000,
    }
    right |= {
        "rapidity": 0.5 * np.log((energy + pz) / (energy - pz)),
        "mt": np.sqrt(energy**2 - pz**2),
    }
    polar = {
        "lep_eta": found["eta"],
        "lep_phi": found["phi"],
        "lep_pt": found["pt"] / 1000,
        "lep_mass": found["mass"] / 1000,
    }
    some = ak.local_index(found["pt"], axis=0) % 20 == 0
    for stored, problem in (
        (right[name], False),
        (ak.where(some, right[name] + 0.2 * energy, right[name]), True),
    ):
        checks = MomentumChecks("mini.root", ["lep"])
        checks.add(ak.zip(polar | {f"lep_{name}": stored}, depth_limit=1))
        if problem:
            with pytest.raises(
                WollemiError, match=f"'lep_{name}' is not that of 'lep_pt', 'lep_eta'"
            ):
                checks.finish()
        else:
            checks.finish()


def test_an_energy_below_the_momentum(tmp_path):
    write_ntuple(tmp_path / "mini.root", SETS["energy"], E=leptons()["e"] / 1000)
    (batch,) = read_batches(
        tmp_path / "mini.root", LAYOUT, ["lep_pt", "lep_eta", "lep_phi", "lep_mass"]
    )
    checks = MomentumChecks("mini.root", ["lep"])
    checks.add(batch)
    with pytest.raises(
        WollemiError, match="the energy of 'lep' is below the momentum of 'lep_pt', 'lep_eta'"
    ):
        checks.finish()


def test_files_of_a_part_have_the_same_kinematics():
    """One file of events is made of them: where only one says `lep_E`, nobody could tell what the
    field means.
    """
    same = SameNames()
    same.check("a.root", {"lep_pt", "lep_E"})
    same.check("b.root", {"lep_E", "lep_pt"})
    with pytest.raises(WollemiError, match="do not both have 'lep_E'"):
        same.check("c.root", {"lep_pt"})
