"""The work of `event_loop.py` and `programs.py` with uproot, awkward and boost-histogram, as a
skilled user writes it.

Events are dropped as early as possible, and only what is left is widened to float64.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
import vector
from loop_raw import steps
from peer_tasks import SHARED, as_arrays, new_histograms, run_shared
from selections import (
    BRANCHES,
    Histograms,
    as_branches,
    as_events,
    good_jets,
    trijet_mass,
    wide,
    with_lepton_and_jets,
    write_skim,
)

vector.register_awkward()


def run(task: str, path: Path, start: int, stop: int) -> dict[str, Any]:
    """Histograms of a range of entries: name → sums of weights and of squared weights (2, bins)."""
    batches = map(as_events, read(path, BRANCHES[task], start, stop))
    if task in SHARED:
        return run_shared(task, batches, path.parent)
    histograms = new_histograms(task)
    if task == "t4":
        skim_and_fill(batches, histograms)
    else:
        for events in batches:
            TASKS[task](events, histograms)
    return as_arrays(histograms)


def read(path: Path, names: list[str], start: int, stop: int) -> Iterator[ak.Array]:
    """Branches, in steps of whole clusters."""
    with uproot.open(path) as file:
        tree = file["Events"]
        for first, last in steps(tree, names, start, stop):
            yield tree.arrays(filter_name=names, entry_start=first, entry_stop=last)


def dimuon(events: ak.Array, histograms: Histograms) -> None:
    """T1."""
    muons = events.Muon[ak.num(events.Muon) == 2]
    muons = wide(muons[muons.charge[:, 0] != muons.charge[:, 1]], "pt", "eta", "phi", "mass")
    muons = ak.with_name(muons, "Momentum4D")
    histograms["opposite_sign/mass/nominal"].fill((muons[:, 0] + muons[:, 1]).mass)


def weights(events: ak.Array, histograms: Histograms) -> None:
    """T3."""
    met = ak.to_numpy(events.MET.pt).astype(np.float64)
    met = met[met > 5]
    histograms["all/met/nominal"].fill(met)
    for number in range(25):
        for sign, side in ((1, "up"), (-1, "down")):
            histograms[f"all/met/weight_{number:02d}_{side}"].fill(
                met, weight=1 + sign * (0.0001 * (number + 1) * met)
            )


def ttbar(events: ak.Array, histograms: Histograms) -> None:
    """T2."""
    events = with_lepton_and_jets(events)
    jets = events.Jet[good_jets(events.Jet)]
    jets = wide(jets[ak.num(jets) >= 4], "pt", "eta", "phi", "mass", "btagCSVV2")
    for variation, pt in {
        "nominal": jets.pt,
        "pt_scale_up": jets.pt * 1.03,
        "pt_res_up": smeared(jets.pt),
    }.items():
        fill_ttbar(ak.with_field(jets, pt, "pt"), variation, histograms)


def skim_and_fill(batches: Iterator[ak.Array], histograms: Histograms) -> None:
    """T4: keep what passes under any variation as Parquet, and go on from there."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        write_skim(map(skimmed, batches), path)
        ttbar(as_events(ak.from_parquet(path)), histograms)


def skimmed(events: ak.Array) -> ak.Array:
    """Branches of the events with one lepton and four jets under any variation."""
    events = with_lepton_and_jets(events)
    good = good_jets(events.Jet)
    pt = ak.values_astype(events.Jet.pt, np.float64)
    counts = [ak.sum(good & (varied > 30), axis=1) >= 4 for varied in (pt, pt * 1.03, smeared(pt))]
    return as_branches(events[counts[0] | counts[1] | counts[2]], BRANCHES["t4"])


def smeared(pt: ak.Array) -> ak.Array:
    """A resolution of 5 %, by random numbers from the digits of the momentum."""
    first, second = (
        (np.floor(pt * 1000) % 1000 + 0.5) / 1000,
        0.0062831853071795864 * (np.floor(pt * 1000000) % 1000),
    )
    return pt * (1 + 0.05 * np.sqrt(-2 * np.log(first)) * np.cos(second))


def fill_ttbar(jets: ak.Array, variation: str, histograms: Histograms) -> None:
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


TASKS: dict[str, Callable[[ak.Array, Histograms], None]] = {
    "t1": dimuon,
    "t2": ttbar,
    "t3": weights,
}
