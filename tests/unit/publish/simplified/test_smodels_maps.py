"""Efficiency maps with numbers worked out by hand: eras, scale factors, and a process that is a
part of its samples.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from wollemi.analysis.models.smodels import Smodels
from wollemi.analysis.view import read
from wollemi_publish.simplified.bins import Bin
from wollemi_publish.simplified.smodels_maps import efficiency_maps, produced_events


def dataset(**changes):
    return read("Dataset", {"files": ["events.root"], "cross_section_pb": 0.5} | changes)


SETTINGS = SimpleNamespace(
    luminosity_ifb={"early": 2.0, "late": 10.0},
    datasets={
        "light_early": dataset(era="early"),
        "light_late": dataset(era="late", scale_factor=1.5),
        "heavy": dataset(cross_section_pb=0.25),
    },
    samples={
        "light": SimpleNamespace(datasets=["light_early", "light_late"]),
        "heavy": SimpleNamespace(datasets=["heavy"]),
    },
)
# 2 fb⁻¹ · 500 fb + 10 fb⁻¹ · 500 fb · 1.5; 12 fb⁻¹ · 250 fb
PRODUCED = {"light": 8500.0, "heavy": 3000.0}


def test_events_before_any_cut():
    assert {name: produced_events(SETTINGS, name) for name in PRODUCED} == pytest.approx(PRODUCED)


def test_parts_of_the_same_events_are_produced_once():
    parts = {
        name: dataset(selection=f"count({name}) == 2", era="early") for name in ("electron", "muon")
    }
    samples = {"both": SimpleNamespace(datasets=[*parts])}
    settings = SimpleNamespace(luminosity_ifb={"early": 2.0}, datasets=parts, samples=samples)
    assert produced_events(settings, "both") == 1000.0


def test_the_share_of_a_process_and_its_regions():
    """All electrons of the samples are of the half that decays to electrons."""
    topology = {"constraint": "", "masses_gev": {"light": [200], "heavy": [300]}}
    topologies = {
        "TRee": topology | {"regions": "ee", "share": 0.5},
        "TRmumu": topology | {"regions": ["mumu", "ee"]},
    }
    smodels = Smodels.model_validate({"id": "A-1", "topologies": topologies})
    bins = [
        Bin(region, index, "mass", 0.0, 1.0, "GeV", False)
        for region, index in (("ee", 0), ("mumu", 0), ("ee", 1))
    ]
    events = {"light": np.array([850.0, 1700.0, 85.0]), "heavy": np.array([30.0, 60.0, 3.0])}
    maps = efficiency_maps(smodels, SETTINGS, bins, events)
    expected = {"ee_0": [0.1, 0.01], "mumu_0": [0.2, 0.02], "ee_1": [0.01, 0.001]}
    assert maps["TRmumu"] == {name: pytest.approx(values) for name, values in expected.items()}
    assert maps["TRee"] == {
        name: pytest.approx([2 * value for value in expected[name]]) for name in ("ee_0", "ee_1")
    }
