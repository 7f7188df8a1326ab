"""T5, T8 and T9 with awkward and correctionlib, as a skilled user writes them: events are dropped
as early as possible, and corrections called on flat arrays of what is left. See `selections.py`.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import awkward as ak
import correctionlib
import numpy as np
from make_corrections import BTAG_SOURCES, JES_SOURCES
from selections import (
    Histograms,
    added,
    cartesian,
    good_electrons,
    good_jets,
    good_muons,
    mass,
    trijet_mass,
    wide,
    with_lepton_and_jets,
)

SIDES = ("nominal", "up", "down")
WEIGHTS = (
    "nominal",
    *(f"{name}_{side}" for name in ("pileup", "leptons", "btag") for side in SIDES[1:]),
)
SHAPES = {"nominal": "central"} | {
    f"{source}_{side}": f"{side}_{source}" for source in BTAG_SOURCES for side in SIDES[1:]
}


@lru_cache
def corrections(path: Path) -> Any:
    """The corrections of a file."""
    return correctionlib.CorrectionSet.from_file(str(path))


def flat(correction: Any, *arguments: Any) -> ak.Array:
    """A correction of lists."""
    first = next(argument for argument in arguments if isinstance(argument, ak.Array))
    values = [
        ak.to_numpy(ak.flatten(argument)) if isinstance(argument, ak.Array) else argument
        for argument in arguments
    ]
    return ak.unflatten(correction.evaluate(*values), ak.num(first))


def lepton_factor(events: ak.Array, content: Any, side: str) -> Any:
    """Product over the good leptons (events,)."""
    electrons = wide(events.Electron[good_electrons(events.Electron)], "eta", "pt")
    muons = wide(events.Muon[good_muons(events.Muon)], "eta", "pt")
    return ak.to_numpy(
        ak.prod(flat(content["electron_id"], np.abs(electrons.eta), electrons.pt, side), axis=1)
        * ak.prod(flat(content["muon_id"], np.abs(muons.eta), muons.pt, side), axis=1)
    )


def ttbar(events: ak.Array, histograms: Histograms, content: Any) -> None:
    """T5."""
    events = with_lepton_and_jets(events)
    jets = events.Jet[good_jets(events.Jet)]
    jets = wide(jets, "pt", "eta", "phi", "mass", "btagCSVV2")
    jets = jets[flat(content["veto"], jets.eta, jets.phi) == 0]
    enough = ak.num(jets) >= 4
    jets, events = jets[enough], events[enough]
    factor = flat(content.compound["L2L3"], jets.pt, jets.eta)
    jets = ak.with_field(jets, jets.pt * factor, "pt")
    interactions = ak.to_numpy(ak.values_astype(events.Pileup.nTrueInt, np.float64))
    pileup = {side: content["pileup"].evaluate(interactions, side) for side in SIDES}
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


def btag_weights(events: ak.Array, histograms: Histograms, content: Any) -> None:
    """T8."""
    events = with_lepton_and_jets(events)
    jets = events.Jet[good_jets(events.Jet) & (events.Jet.pt > 30)]
    jets = jets[ak.num(jets.pt) >= 4]
    flavors = jets.hadronFlavour
    jets = wide(jets, "pt", "eta", "btagCSVV2")
    arguments = (flavors, np.abs(jets.eta), jets.pt, jets.btagCSVV2)
    weights = {
        variation: ak.to_numpy(ak.prod(flat(content["shape"], shape, *arguments), axis=1))
        for variation, shape in SHAPES.items()
    }
    tags = ak.to_numpy(ak.sum(jets.btagCSVV2 > 0.5, axis=1))
    ht = ak.to_numpy(ak.sum(jets.pt, axis=1))
    largest = ak.to_numpy(ak.max(jets.btagCSVV2, axis=1, mask_identity=False))
    signal = tags >= 2
    for variation, weight in weights.items():
        for variable, value in (("b_jets", tags), ("ht", ht), ("discriminant", largest)):
            histograms[f"four_jets/{variable}/{variation}"].fill(value, weight=weight)
        histograms[f"signal_4j2b/ht/{variation}"].fill(ht[signal], weight=weight[signal])


def jet_energy_scale(events: ak.Array, histograms: Histograms, content: Any) -> None:
    """T9."""
    events = with_lepton_and_jets(events)
    jets = events.Jet[good_jets(events.Jet)]
    jets = wide(jets[ak.num(jets.pt) >= 4], "pt", "eta", "phi", "mass", "btagCSVV2")
    fill_jets(jets, "nominal", histograms)
    for source in JES_SOURCES:
        uncertainty = flat(content[source], jets.pt, jets.eta)
        for side, sign in (("up", 1), ("down", -1)):
            factor = 1 + sign * uncertainty
            varied = ak.with_field(jets, jets.pt * factor, "pt")
            varied = ak.with_field(varied, jets.mass * factor, "mass")
            fill_jets(varied, f"{source}_{side}", histograms)


def fill_jets(jets: ak.Array, variation: str, histograms: Histograms) -> None:
    """Both regions of T9 under one variation of the jets."""
    jets = jets[jets.pt > 30]
    jets = jets[ak.num(jets) >= 4]
    tags = ak.sum(jets.btagCSVV2 > 0.5, axis=1)
    for region, chosen in (("control_4j1b", jets[tags == 1]), ("signal_4j2b", jets[tags >= 2])):
        values = {"ht": ak.sum(chosen.pt, axis=1), "jets": ak.num(chosen)}
        if region == "control_4j1b":
            pair = cartesian(chosen[:, :2])
            values["dijet_mass"] = mass(**added(pair[:, 0], pair[:, 1]))
        else:
            values["trijet_mass"] = trijet_mass(chosen)
        for variable, value in values.items():
            histograms[f"{region}/{variable}/{variation}"].fill(value)
