"""T5 with awkward and correctionlib, as a skilled user writes it: events are dropped as early as
possible, and corrections called on flat arrays of what is left.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import awkward as ak
import correctionlib
import numpy as np

SIDES = ("nominal", "up", "down")
WEIGHTS = (
    "nominal",
    *(f"{name}_{side}" for name in ("pileup", "leptons", "btag") for side in SIDES[1:]),
)
Momenta = dict[str, ak.Array]


@lru_cache
def corrections(path: Path) -> Any:
    """The corrections of a file."""
    return correctionlib.CorrectionSet.from_file(str(path))


def flat(correction: Any, *arguments: Any) -> ak.Array:
    """A correction of lists."""
    first = next(argument for argument in arguments if isinstance(argument, ak.Array))
    values = [
        np.asarray(ak.flatten(argument), np.float64) if isinstance(argument, ak.Array) else argument
        for argument in arguments
    ]
    return ak.unflatten(correction.evaluate(*values), ak.num(first))


def calibrated(events: ak.Array, content: Any) -> ak.Array:
    """Good jets before the cut on their momentum, which the variations move."""
    jets = ak.zip(
        {name: events[f"Jet_{name}"] for name in ("pt", "eta", "phi", "mass", "btagCSVV2", "jetId")}
    )
    jets = jets[(np.abs(jets.eta) < 2.4) & (jets.jetId == 6)]
    jets = jets[flat(content["veto"], jets.eta, jets.phi) == 0]
    enough = ak.num(jets) >= 4
    jets = ak.values_astype(jets, np.float64)
    factor = flat(content.compound["L2L3"], jets.pt, jets.eta)
    return ak.with_field(jets, jets.pt * factor, "pt"), enough


def lepton_factor(events: ak.Array, content: Any, side: str) -> Any:
    """Product over the good leptons (events,)."""
    electrons, muons = good_leptons(events)
    return ak.to_numpy(
        ak.prod(flat(content["electron_id"], np.abs(electrons.eta), electrons.pt, side), axis=1)
        * ak.prod(flat(content["muon_id"], np.abs(muons.eta), muons.pt, side), axis=1)
    )


def good_leptons(events: ak.Array) -> tuple[ak.Array, ak.Array]:
    """Electrons and muons of T2."""
    electron, muon = (
        ak.zip({name: events[f"{kind}_{name}"] for name in names})
        for kind, names in (
            ("Electron", ("pt", "eta", "cutBased", "sip3d")),
            ("Muon", ("pt", "eta", "tightId", "sip3d", "pfRelIso04_all")),
        )
    )
    return (
        electron[
            (electron.pt > 30)
            & (np.abs(electron.eta) < 2.1)
            & (electron.cutBased == 4)
            & (electron.sip3d < 4)
        ],
        muon[
            (muon.pt > 30)
            & (np.abs(muon.eta) < 2.1)
            & muon.tightId
            & (muon.sip3d < 4)
            & (muon.pfRelIso04_all < 0.15)
        ],
    )


def ttbar(
    events: ak.Array,
    histograms: dict[str, Any],
    content: Any,
    trijet_mass: Callable[[ak.Array], ak.Array],
) -> None:
    """T5.

    Args:
        events: with one lepton and four jets of the file at least.
        histograms: to fill.
        content: the corrections.
        trijet_mass: of T2.
    """
    jets, enough = calibrated(events, content)
    jets, events = jets[enough], events[enough]
    pileup = {
        side: content["pileup"].evaluate(np.asarray(events.Pileup_nTrueInt, np.float64), side)
        for side in SIDES
    }
    leptons = {side: lepton_factor(events, content, side) for side in SIDES}
    uncertainty = flat(content["jes"], jets.pt, jets.eta)
    for view, factor in (("nominal", 0), ("jes_up", 1), ("jes_down", -1)):
        varied = ak.with_field(jets, jets.pt * (1 + factor * uncertainty), "pt")
        varied = varied[varied.pt > 30]
        keep = ak.to_numpy(ak.num(varied) >= 4)
        tags = ak.to_numpy(ak.sum(varied.btagCSVV2 > 0.5, axis=1))
        for region, passed in (
            ("control_4j1b", keep & (tags == 1)),
            ("signal_4j2b", keep & (tags >= 2)),
        ):
            selected = varied[passed]
            value = ak.sum(selected.pt, axis=1) if region[0] == "c" else trijet_mass(selected)
            parts = {
                "pileup": {side: pileup[side][passed] for side in SIDES},
                "leptons": {side: leptons[side][passed] for side in SIDES},
                "btag": {
                    side: btag_factor(selected, content, side)
                    for side in (SIDES if view == "nominal" else SIDES[:1])
                },
            }
            name = "ht" if region[0] == "c" else "trijet_mass"
            for variation in WEIGHTS if view == "nominal" else [view]:
                weight = np.ones(len(selected))
                for part, sides in parts.items():
                    changed = variation.rpartition("_")
                    weight = weight * sides[changed[2] if changed[0] == part else "nominal"]
                histograms[f"{region}/{name}/{variation}"].fill(value, weight=weight)


def btag_factor(jets: ak.Array, content: Any, side: str) -> Any:
    """Product over the jets (events,)."""
    factors = flat(content["btag"], side, np.abs(jets.eta), jets.pt, jets.btagCSVV2)
    return ak.to_numpy(ak.prod(factors, axis=1))
