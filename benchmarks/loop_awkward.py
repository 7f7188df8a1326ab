"""The work of `event_loop.py` with uproot, awkward and boost-histogram, as a skilled user writes
it.

Events are dropped as early as possible, and only what is left is widened to float64.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import boost_histogram as bh
import loop_corrections
import numpy as np
import pyarrow.parquet
import uproot
import vector
from loop_raw import steps

vector.register_awkward()
BRANCHES = {
    "t1": ["Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge"],
    "t2": [f"Electron_{name}" for name in ("pt", "eta", "cutBased", "sip3d")]
    + [f"Muon_{name}" for name in ("pt", "eta", "tightId", "sip3d", "pfRelIso04_all")]
    + [f"Jet_{name}" for name in ("pt", "eta", "phi", "mass", "btagCSVV2", "jetId")],
    "t3": ["MET_pt"],
}
BRANCHES["t5"] = [*BRANCHES["t2"], "Pileup_nTrueInt"]
Histograms = dict[str, bh.Histogram]


def run(task: str, path: Path, start: int, stop: int) -> dict[str, Any]:
    """Histograms of a range of entries: name → sums of weights and of squared weights (2, bins)."""
    histograms = new_histograms(task)
    if task == "t4":
        skim_and_fill(path, start, stop, histograms)
        return as_arrays(histograms)
    if task == "t5":
        content = loop_corrections.corrections(path.parent / "corrections.json")
        for events in read(path, BRANCHES[task], start, stop):
            few = events[has_one_lepton(events) & (ak.num(events.Jet_pt) >= 4)]
            loop_corrections.ttbar(few, histograms, content, trijet_mass)
        return as_arrays(histograms)
    for events in read(path, BRANCHES[task], start, stop):
        TASKS[task](events, histograms)
    return as_arrays(histograms)


def read(path: Path, names: list[str], start: int, stop: int) -> Iterator[ak.Array]:
    """Branches, in steps of whole clusters."""
    with uproot.open(path) as file:
        tree = file["Events"]
        for first, last in steps(tree, names, start, stop):
            yield tree.arrays(filter_name=names, entry_start=first, entry_stop=last)


def new_histograms(task: str) -> Histograms:
    """The empty histograms of a task, under the names that Wollemi gives them."""
    if task == "t1":
        return {"opposite_sign/mass/nominal": weighted(256, 0, 256)}
    if task == "t3":
        sides = [f"weight_{number:02d}_{side}" for number in range(25) for side in ("up", "down")]
        return {f"all/met/{variation}": weighted(64, 0, 256) for variation in ("nominal", *sides)}
    names = (
        [*loop_corrections.WEIGHTS, "jes_up", "jes_down"]
        if task == "t5"
        else [
            "nominal",
            "pt_scale_up",
            "pt_res_up",
            *(f"btag_var_{i}_{side}" for i in range(4) for side in ("up", "down")),
        ]
    )
    regions = ("control_4j1b/ht", "signal_4j2b/trijet_mass")
    return {
        f"{region}/{variation}": weighted(25, 50, 550) for region in regions for variation in names
    }


def weighted(bins: int, low: float, high: float) -> bh.Histogram:
    """A histogram that sums weights and their squares."""
    return bh.Histogram(bh.axis.Regular(bins, low, high), storage=bh.storage.Weight())


def as_arrays(histograms: Histograms) -> dict[str, Any]:
    """Name → sums of weights and of squared weights (2, bins)."""
    return {name: np.stack([item.values(), item.variances()]) for name, item in histograms.items()}


def collection(events: ak.Array, name: str) -> ak.Array:
    """Branches `Muon_pt` … as records."""
    prefix = f"{name}_"
    return ak.zip(
        {field[len(prefix) :]: events[field] for field in events.fields if field.startswith(prefix)}
    )


def dimuon(events: ak.Array, histograms: Histograms) -> None:
    """T1."""
    events = events[ak.num(events.Muon_pt) == 2]
    events = events[events.Muon_charge[:, 0] != events.Muon_charge[:, 1]]
    muons = ak.zip(
        {
            name: ak.values_astype(events[f"Muon_{name}"], np.float64)
            for name in ("pt", "eta", "phi", "mass")
        },
        with_name="Momentum4D",
    )
    histograms["opposite_sign/mass/nominal"].fill((muons[:, 0] + muons[:, 1]).mass)


def weights(events: ak.Array, histograms: Histograms) -> None:
    """T3."""
    met = ak.to_numpy(events.MET_pt).astype(np.float64)
    met = met[met > 5]
    histograms["all/met/nominal"].fill(met)
    for number in range(25):
        for sign, side in ((1, "up"), (-1, "down")):
            histograms[f"all/met/weight_{number:02d}_{side}"].fill(
                met, weight=1 + sign * (0.0001 * (number + 1) * met)
            )


def ttbar(events: ak.Array, histograms: Histograms) -> None:
    """T2."""
    one_lepton = has_one_lepton(events)
    enough = ak.num(events.Jet_pt) >= 4
    jets = collection(events[one_lepton & enough], "Jet")
    jets = jets[(np.abs(jets.eta) < 2.4) & (jets.jetId == 6)]
    jets = ak.values_astype(jets[ak.num(jets) >= 4], np.float64)
    for variation, pt in {
        "nominal": jets.pt,
        "pt_scale_up": jets.pt * 1.03,
        "pt_res_up": smeared(jets.pt),
    }.items():
        fill_ttbar(ak.with_field(jets, pt, "pt"), variation, histograms)


def has_one_lepton(events: ak.Array) -> ak.Array:
    """Which events have exactly one good electron or muon."""
    electron, muon = collection(events, "Electron"), collection(events, "Muon")
    electrons = (
        (electron.pt > 30)
        & (np.abs(electron.eta) < 2.1)
        & (electron.cutBased == 4)
        & (electron.sip3d < 4)
    )
    muons = (
        (muon.pt > 30)
        & (np.abs(muon.eta) < 2.1)
        & muon.tightId
        & (muon.sip3d < 4)
        & (muon.pfRelIso04_all < 0.15)
    )
    return ak.sum(electrons, axis=1) + ak.sum(muons, axis=1) == 1


def skim_and_fill(path: Path, start: int, stop: int, histograms: Histograms) -> None:
    """T4: keep what passes under any variation as Parquet, and go on from there."""
    with tempfile.TemporaryDirectory() as folder:
        writer = None
        for events in read(path, BRANCHES["t2"], start, stop):
            table = ak.to_arrow_table(skimmed(events), list_to32=True, extensionarray=False)
            writer = writer or pyarrow.parquet.ParquetWriter(
                f"{folder}/events.parquet", table.schema, compression="zstd"
            )
            writer.write_table(table)
        writer.close()
        ttbar(ak.from_parquet(f"{folder}/events.parquet"), histograms)


def skimmed(events: ak.Array) -> ak.Array:
    """Events with one lepton and four jets under any variation."""
    events = events[has_one_lepton(events) & (ak.num(events.Jet_pt) >= 4)]
    good = (np.abs(events.Jet_eta) < 2.4) & (events.Jet_jetId == 6)
    pt = ak.values_astype(events.Jet_pt, np.float64)
    counts = [ak.sum(good & (varied > 30), axis=1) >= 4 for varied in (pt, pt * 1.03, smeared(pt))]
    return ak.to_packed(events[counts[0] | counts[1] | counts[2]])


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


def trijet_mass(jets: ak.Array) -> ak.Array:
    """Mass of the three jets, one of them tagged, with the largest transverse momentum."""
    triplets = ak.combinations(cartesian(jets), 3, fields=["a", "b", "c"])
    triplets = triplets[triplets.a.tag | triplets.b.tag | triplets.c.tag]
    px, py = (triplets.a[name] + triplets.b[name] + triplets.c[name] for name in ("px", "py"))
    best = triplets[ak.argmax(px**2 + py**2, axis=1, keepdims=True)][:, 0]
    px, py, pz, energy = (
        best.a[name] + best.b[name] + best.c[name] for name in ("px", "py", "pz", "energy")
    )
    return np.sqrt(energy**2 - (px**2 + py**2 + pz**2))


def cartesian(jets: ak.Array) -> ak.Array:
    """Components of the momenta, and which jets are tagged."""
    px, py, pz = jets.pt * np.cos(jets.phi), jets.pt * np.sin(jets.phi), jets.pt * np.sinh(jets.eta)
    energy = np.sqrt(jets.mass**2 + px**2 + py**2 + pz**2)
    return ak.zip({"px": px, "py": py, "pz": pz, "energy": energy, "tag": jets.btagCSVV2 > 0.5})


TASKS: dict[str, Callable[[ak.Array, Histograms], None]] = {
    "t1": dimuon,
    "t2": ttbar,
    "t3": weights,
}
