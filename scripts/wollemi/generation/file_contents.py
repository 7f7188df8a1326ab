"""Contents of a file of generated events, and events of the same form without a generator."""

from typing import Any

import awkward as ak
import numpy as np

from wollemi.generation.detector import measure_events
from wollemi.generation.particle_level import ELECTRON, MASSES_GEV, MUON


def event_tree(truth: ak.Array) -> ak.Array:
    """Columns of the tree `Events`: detector level and truth, with floats in single precision.

    Args:
        truth: Particle-level events, see `wollemi.generation.pythia.Generated`.

    Returns:
        Records (events,) with `run`, `luminosityBlock`, `event`, `genWeight`, jagged `Electron`,
        `Muon`, `Jet` and `GenDressedLepton`, `MET_*` and `GenMET_*`, and `Generator_mHat` (mass of
        the hard process); energies in GeV.
    """
    measured = measure_events(truth)
    columns: dict[str, Any] = {
        name: truth[name] for name in ("run", "luminosityBlock", "event", "genWeight")
    }
    columns |= {name: measured[name] for name in measured.fields}
    columns |= {
        "Generator_mHat": truth.mass,
        "GenDressedLepton": generated_leptons(truth),
        "GenMET_pt": np.hypot(truth.missing_x, truth.missing_y),
        "GenMET_phi": np.arctan2(truth.missing_y, truth.missing_x),
    }
    return ak.zip(
        {name: _single_precision(values) for name, values in columns.items()}, depth_limit=1
    )


def generated_leptons(truth: ak.Array) -> ak.Array:
    """True electrons and muons, hardest first: records (events, var) with pt and mass in GeV, eta,
    phi, pdgId.
    """
    flavors = []
    for number, leptons in ((ELECTRON, truth.electrons), (MUON, truth.muons)):
        momentum = {name: leptons[name] for name in ("pt", "eta", "phi")}
        mass = ak.full_like(leptons.pt, MASSES_GEV[number])
        flavors.append(ak.zip(momentum | {"mass": mass, "pdgId": -number * leptons.charge}))
    both = ak.concatenate(flavors, axis=1)
    return both[ak.argsort(both.pt, axis=-1, ascending=False, stable=True)]


def _single_precision(values: ak.Array) -> ak.Array:
    """Convert floats to float32; integers are unchanged."""
    fields = {name: _single_precision(values[name]) for name in ak.fields(values)}
    if fields:
        return ak.zip(fields)
    return ak.values_astype(values, np.float32) if "float64" in str(ak.type(values)) else values


def example_events(events: int) -> ak.Array:
    """Particle-level events without physics: their measured events have the names and types of
    generated events.

    Args:
        events: Number of events.

    Returns:
        Records as in `wollemi.generation.pythia.Generated`, with up to three electrons, muons and
        jets of 20 GeV to 2 TeV.
    """
    random = np.random.Generator(np.random.PCG64(1))
    numbers = np.arange(1, events + 1, dtype=np.uint64)
    ones = np.ones(events, np.uint32)
    leptons = {
        name: _example_objects(random, events, charge=True) for name in ("electrons", "muons")
    }
    missing = {name: random.normal(0, 50, events) for name in ("missing_x", "missing_y")}
    columns = {
        "run": ones,
        "luminosityBlock": ones,
        "event": numbers,
        "genWeight": np.ones(events),
        "mass": np.full(events, 500.0),
    }
    return ak.zip(
        columns | leptons | {"jets": _example_objects(random, events, charge=False)} | missing,
        depth_limit=1,
    )


def _example_objects(random: np.random.Generator, events: int, *, charge: bool) -> ak.Array:
    counts = random.integers(0, 4, events)
    total = int(counts.sum())
    fields: dict[str, Any] = {
        "pt": 20 * 100 ** random.uniform(0, 1, total),
        "eta": random.uniform(-2.4, 2.4, total),
        "phi": random.uniform(-np.pi, np.pi, total),
    }
    fields |= (
        {"charge": 2 * random.integers(0, 2, total) - 1}
        if charge
        else {"mass": np.full(total, 10.0)}
    )
    return ak.unflatten(ak.zip(fields), counts)
