"""The work of `event_loop.py` and `programs.py` with coffea: NanoEvents read on demand, in steps of
whole clusters, and its vector behaviors.
"""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
from coffea.nanoevents import NanoAODSchema, NanoEventsFactory
from coffea.nanoevents.methods import vector
from loop_awkward import smeared
from loop_raw import steps
from peer_tasks import SHARED, as_arrays, new_histograms, run_shared
from selections import BRANCHES, Histograms, good_electrons, good_muons

warnings.filterwarnings("ignore", module="coffea")


class Schema(NanoAODSchema):
    """NanoAOD without cross-references, and with vertices that have z alone, as in our files."""

    warn_missing_crossrefs = False
    mixins = NanoAODSchema.mixins | {"PV": "NanoCollection"}


def run(task: str, path: Path, start: int, stop: int) -> dict[str, Any]:
    """Histograms of a range of entries: name → sums of weights and of squared weights (2, bins)."""
    batches = read(path, BRANCHES[task], start, stop)
    if task in SHARED:
        return run_shared(task, batches, path.parent)
    histograms = new_histograms(task)
    for events in batches:
        TASKS[task](events, histograms)
    return as_arrays(histograms)


def read(path: Path, names: list[str], start: int, stop: int) -> Iterator[Any]:
    """NanoEvents, which read branches when they are used, in steps of whole clusters."""
    with uproot.open(path) as file:
        for first, last in steps(file["Events"], names, start, stop):
            factory = NanoEventsFactory.from_root(
                file,
                treepath="Events",
                schemaclass=Schema,
                mode="virtual",
                entry_start=first,
                entry_stop=last,
            )
            yield factory.events()


def wide(collection: Any, *fields: str) -> Any:
    """Four-momenta in float64 with some more fields."""
    columns = {
        name: ak.values_astype(collection[name], np.float64)
        for name in ("pt", "eta", "phi", "mass", *fields)
    }
    return ak.zip(columns, with_name="PtEtaPhiMLorentzVector", behavior=vector.behavior)


def dimuon(events: Any, histograms: Histograms) -> None:
    """T1."""
    muons = events.Muon[ak.num(events.Muon.pt) == 2]
    muons = muons[muons[:, 0].charge != muons[:, 1].charge]
    muons = wide(muons)
    histograms["opposite_sign/mass/nominal"].fill((muons[:, 0] + muons[:, 1]).mass)


def weights(events: Any, histograms: Histograms) -> None:
    """T3."""
    met = ak.to_numpy(events.MET.pt).astype(np.float64)
    met = met[met > 5]
    histograms["all/met/nominal"].fill(met)
    for number in range(25):
        for sign, side in ((1, "up"), (-1, "down")):
            histograms[f"all/met/weight_{number:02d}_{side}"].fill(
                met, weight=1 + sign * (0.0001 * (number + 1) * met)
            )


def ttbar(events: Any, histograms: Histograms) -> None:
    """T2, in the manner of the Analysis Grand Challenge: the whole selection for each variation of
    the jets.
    """
    leptons = ak.sum(good_electrons(events.Electron), axis=1) + ak.sum(
        good_muons(events.Muon), axis=1
    )
    events = events[leptons == 1]
    jets = events.Jet[(np.abs(events.Jet.eta) < 2.4) & (events.Jet.jetId == 6)]
    jets = wide(jets, "btagCSVV2")
    for variation, pt in {
        "nominal": jets.pt,
        "pt_scale_up": jets.pt * 1.03,
        "pt_res_up": smeared(jets.pt),
    }.items():
        fill_ttbar(ak.with_field(jets, pt, "pt"), variation, histograms)


def fill_ttbar(jets: Any, variation: str, histograms: Histograms) -> None:
    """Both regions of T2 under one variation of the jets."""
    jets = jets[jets.pt > 30]
    jets = jets[ak.num(jets) >= 4]
    tags = ak.sum(jets.btagCSVV2 > 0.5, axis=1)
    control, signal = jets[tags == 1], jets[tags >= 2]
    values = {
        "control_4j1b/ht": (control, ak.sum(control.pt, axis=1)),
        "signal_4j2b/trijet_mass": (signal, trijet_mass(signal)),
    }
    for region, (selected, value) in values.items():
        histograms[f"{region}/{variation}"].fill(value)
        for i in range(4) if variation == "nominal" else ():
            shift = 0.075 * selected.pt[:, i] / 50
            histograms[f"{region}/btag_var_{i}_up"].fill(value, weight=1 + shift)
            histograms[f"{region}/btag_var_{i}_down"].fill(value, weight=1 - shift)


def trijet_mass(jets: Any) -> ak.Array:
    """Mass of the three jets, one of them tagged, with the largest transverse momentum."""
    triplets = ak.combinations(jets, 3, fields=["a", "b", "c"])
    triplets = triplets[
        (triplets.a.btagCSVV2 > 0.5) | (triplets.b.btagCSVV2 > 0.5) | (triplets.c.btagCSVV2 > 0.5)
    ]
    total = triplets.a + triplets.b + triplets.c
    return ak.flatten(total[ak.argmax(total.pt, axis=1, keepdims=True)].mass)


TASKS: dict[str, Callable[[Any, Histograms], None]] = {"t1": dimuon, "t2": ttbar, "t3": weights}
