"""Mistakes with an ntuple and its four-momenta."""

from collections.abc import Callable

import awkward as ak
import numpy as np

from support.mistakes.inputs import SIMULATION
from support.tiny.events import make_events, write_root
from support.tiny.mistakes import Run, set_value, skim_run


def _ntuple(*components: str, unit: str = "MeV", **factors: float) -> Run:
    """Muons with some components of their momenta in MeV, each times a factor, in a dataset that
    declares a unit.
    """
    events = make_events("dy_high", np.random.default_rng(3), 400)
    muons = events["Muon"]
    pt, mass = 1000.0 * muons.pt, 1000.0 * muons.mass
    parts = {"pt": pt, "eta": muons.eta, "phi": muons.phi, "mass": mass, "charge": muons.charge}
    parts |= {
        "px": pt * np.cos(muons.phi),
        "py": pt * np.sin(muons.phi),
        "pz": pt * np.sinh(muons.eta),
    }
    parts["E"] = np.sqrt((pt * np.cosh(muons.eta)) ** 2 + mass**2)
    events["Muon"] = ak.zip(
        {name: parts[name] * factors.get(name, 1) for name in (*components, "charge")}
    )
    events["MET_pt"] = events["MET_pt"] * np.float32(1000)
    write_root(SIMULATION, events)
    for key, value in {"schema": "ntuple", "tree": "Events", "energy_unit": unit}.items():
        set_value("datasets", "dy_high", key, value=value)
    return skim_run()


def momenta_that_contradict() -> Run:
    set_value("regions", "search", "selection", value="muon[0].E > 50")
    return _ntuple("pt", "eta", "phi", "mass", "E", E=1.2)


def unknown_field_of_an_ntuple() -> Run:
    set_value("regions", "search", "selection", value="muon[0].chrge > 0")
    return _ntuple("px", "py", "pz", "E")


SHORT: dict[str, Callable[[], Run]] = {
    "momentum_without_energy": lambda: _ntuple("pt", "eta", "phi"),
    "momentum_without_pz": lambda: _ntuple("px", "py", "E"),
    "energy_below_momentum": lambda: _ntuple("pt", "eta", "phi", "E", E=0.9),
    "momentum_in_another_unit": lambda: _ntuple("pt", "eta", "phi", "E", unit="GeV"),
}
