"""Seeded events with lists of electrons and jets, as NanoAOD has them."""

from pathlib import Path

import awkward as ak
import numpy as np

from support.tiny.events import write_root

# As the `uproot` code generator of ServiceX knows it: without collections.
ZIPPED = """EventDataset('Events')
.Select(lambda e: Zip({'pt': e.Electron_pt, 'eta': e.Electron_eta, 'phi': e.Electron_phi,
                       'mass': e.Electron_mass}).ToFourMomentum())
.Select(lambda l: l.Where(lambda x: x.pt > 25 and abs(x.eta) < 2.0))
.Where(lambda l: l.Count() == 2)
.Select(lambda l: {'mass': (l.First() + l.Last()).mass, 'pt': l.Select(lambda x: x.pt)})"""
PARTS = ("pt", "eta", "phi", "mass", "charge")


def lepton_events(seed: int, events: int) -> ak.Array:
    """Records (events,): up to three electrons and jets, the missing momentum, a weight."""
    rng = np.random.default_rng(seed)
    columns = {
        "MET_pt": rng.exponential(30, events).astype(np.float32),
        "genWeight": rng.choice([-1.0, 1.0], events).astype(np.float32),
    }
    for name, mass in (("Electron", 0.000511), ("Jet", 8.0)):
        counts = rng.integers(0, 4, events)
        total = int(counts.sum())
        parts = {
            "pt": rng.exponential(40, total),
            "eta": rng.normal(0, 1.2, total),
            "phi": rng.uniform(-np.pi, np.pi, total),
            "mass": np.full(total, mass),
        }
        columns |= {
            f"{name}_{part}": ak.unflatten(values.astype(np.float32), counts)
            for part, values in parts.items()
        }
        charges = rng.choice(np.array([-1, 1], np.int32), total)
        columns[f"{name}_charge"] = ak.unflatten(charges, counts)
    return ak.zip(columns, depth_limit=1)


def write_leptons(path: Path, events: ak.Array) -> None:
    """Write them as a tree of NanoAOD."""
    lists = {
        name: ak.zip({part: events[f"{name}_{part}"] for part in PARTS})
        for name in ("Electron", "Jet")
    }
    numbers = {name: events[name] for name in ("MET_pt", "genWeight")}
    write_root(path, lists | numbers)
