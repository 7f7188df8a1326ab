"""Small generated files of events in the layouts that `wollemi new` is given."""

from pathlib import Path

import awkward as ak
import numpy as np
import uproot

from support.events.atlas_ntuple import leptons
from support.tiny.events import write_root


def write_physlite(path: Path, harder: float = 1.0) -> None:
    """Muons as in ATLAS's PHYSLITE, in MeV.

    Args:
        path: the file.
        harder: factor on their transverse momenta.
    """
    found = leptons()
    found["pt"] = found["pt"] * harder
    columns = {
        f"AnalysisMuonsAuxDyn:{name}": ak.values_astype(found[name], np.float32)
        for name in ("pt", "eta", "phi")
    }
    with uproot.recreate(path) as file:
        file.mkrntuple("EventData", columns)


def write_flat(path: Path, mean: float = 91.2, width: float = 5.0) -> None:
    """A tree of numbers alone, one of which is a normally distributed mass.

    Args:
        path: the file.
        mean: of the mass, in GeV.
        width: its standard deviation, in GeV.
    """
    masses = np.random.default_rng(1).normal(mean, width, 500)
    write_root(path, {"n": np.ones(500, np.int32), "mass": masses}, "t")
