"""A large file of few branches, to be read from afar."""

from pathlib import Path

import awkward as ak
import numpy as np
import uproot

CHUNK = 100_000
SEED = 12_367
MASS, WIDTH = 91.2, 2.5  # GeV, of what decays


def write_pairs(path: Path, events: int) -> None:
    """Write events with two muons each, of a heavy particle at rest, in the layout of NanoAOD.

    Args:
        path: the ROOT file.
        events: how many.
    """
    with uproot.recreate(path, compression=uproot.LZ4(4)) as file:
        for number, first in enumerate(range(0, events, CHUNK)):
            random = np.random.default_rng([SEED, number])
            muons = {"Muon": _pairs(random, min(CHUNK, events - first))}
            if first == 0:
                file.mktree("Events", {name: item.type.content for name, item in muons.items()})
            file["Events"].extend(muons)


def _pairs(random: np.random.Generator, events: int) -> ak.Array:
    """Muons (events, 2), back to back."""
    mass, eta = random.normal(MASS, WIDTH, events), random.uniform(-1, 1, events)
    phi = random.uniform(0, np.pi, events)
    pt = mass / (2 * np.cosh(eta))
    fields = {
        "pt": (pt, pt),
        "eta": (eta, -eta),
        "phi": (phi, phi - np.pi),
        "mass": np.full((2, events), 0.0),
    }
    flat = {
        name: np.stack(list(values), axis=1).astype(np.float32).ravel()
        for name, values in fields.items()
    }
    return ak.unflatten(ak.zip(flat), np.full(events, 2))
