"""Generated events as an ntuple of the ATLAS open data has them: `mini`, MeV, `lep_type`; momenta
in any components.
"""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from support.tiny.events import write_root

SETS = {
    "energy": ("pt", "eta", "phi", "E"),
    "energy_word": ("pt", "eta", "phi", "energy"),
    "mass": ("pt", "eta", "phi", "mass"),
    "short_mass": ("pt", "eta", "phi", "m"),
    "cartesian": ("px", "py", "pz", "E"),
    "cartesian_mass": ("px", "py", "pz", "mass"),
    "spelled": ("Px", "Py", "Pz", "e"),
    "capital": ("Pt", "Eta", "Phi", "M"),
}


def leptons(events: int = 1200) -> dict[str, Any]:
    """Leptons in MeV (events, var), with all components, by lower-case name."""
    rng = np.random.default_rng(4)
    counts = rng.integers(1, 5, events)
    total = int(counts.sum())
    kinds = rng.choice([11, 13], total)
    pt, eta, phi = (
        rng.exponential(30e3, total) + 8e3,
        rng.normal(0, 1.2, total),
        rng.uniform(-np.pi, np.pi, total),
    )
    mass = np.where(kinds == 11, 0.511, 105.66) + rng.exponential(2e3, total)
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    energy = np.sqrt(px**2 + py**2 + pz**2 + mass**2)
    values = {
        "pt": pt,
        "eta": eta,
        "phi": phi,
        "mass": mass,
        "px": px,
        "py": py,
        "pz": pz,
        "e": energy,
    }
    values |= {"m": mass, "energy": energy}
    jagged = {name: ak.unflatten(found, counts) for name, found in values.items()}
    kind = ak.unflatten(kinds.astype(np.uint32), counts)
    return jagged | {
        "type": kind,
        "charge": ak.unflatten(rng.choice([-1, 1], total).astype(np.int32), counts),
    }


def write_ntuple(path: Path, names: tuple[str, ...], **more: Any) -> None:
    """Write the tree `mini`.

    Args:
        path: the file.
        names: components of the momenta, as the file spells them.
        more: further branches of the leptons, or others in their place.
    """
    found = leptons()
    columns = (
        {"type": found["type"], "charge": found["charge"]}
        | {name: found[name.lower()] for name in names}
        | more
    )
    columns = {f"lep_{name}": values for name, values in columns.items()}
    rng, size = np.random.default_rng(5), len(found["type"])
    columns |= {
        "runNumber": np.full(size, 284500, np.int32),
        "eventNumber": np.arange(size, dtype=np.int32),
    }
    columns |= {"met_et": rng.exponential(30e3, size), "met_phi": rng.uniform(-3, 3, size)}
    write_root(path, columns, "mini")
