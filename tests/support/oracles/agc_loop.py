"""The Analysis Grand Challenge tt̄ analysis as one loop over events, in plain Python floats,
written from its definition.
"""

import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import uproot

from support.oracles.splitmix import normal

Event = dict[str, Any]
EDGES = [50 + 20 * index for index in range(26)]
WEIGHT_VARIATIONS = [f"btag_var_{index}_{side}" for index in range(4) for side in ("up", "down")]


def read_events(path: Path) -> list[Event]:
    """All events of a file: branch → number or list."""
    with uproot.open(path) as file:
        columns = {
            name: values.tolist()
            for name, values in file["Events"].arrays(library="ak", how=dict).items()
        }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def leptons(event: Event) -> int:
    """Selected electrons and muons."""
    electrons = zip(
        *(event[f"Electron_{key}"] for key in ("pt", "eta", "cutBased", "sip3d")), strict=True
    )
    muons = zip(
        *(event[f"Muon_{key}"] for key in ("pt", "eta", "tightId", "sip3d", "pfRelIso04_all")),
        strict=True,
    )
    found = sum(
        pt > 30 and abs(eta) < 2.1 and cut == 4 and sip3d < 4 for pt, eta, cut, sip3d in electrons
    )
    return found + sum(
        pt > 30 and abs(eta) < 2.1 and tight and sip3d < 4 and iso < 0.15
        for pt, eta, tight, sip3d, iso in muons
    )


def jets(event: Event, view: str) -> list[dict[str, float]]:
    """Selected jets in stored order, with the momenta of a view: nominal, pt_scale_up or
    pt_res_up.
    """
    names = ("pt", "eta", "phi", "mass", "btagCSVV2", "jetId")
    found = []
    for index, values in enumerate(zip(*(event[f"Jet_{name}"] for name in names), strict=True)):
        jet = dict(zip(names, values, strict=True))
        if view == "pt_scale_up":
            jet["pt"] = jet["pt"] * 1.03
        if view == "pt_res_up":
            jet["pt"] = jet["pt"] * (1 + 0.05 * normal(event, 1, index))
        if jet["pt"] > 30 and abs(jet["eta"]) < 2.4 and jet["jetId"] & 4:
            found.append(jet)
    return found


def four_momentum(jet: dict[str, float]) -> tuple[float, float, float, float]:
    """px, py, pz, E in GeV."""
    x, y, z = (
        jet["pt"] * math.cos(jet["phi"]),
        jet["pt"] * math.sin(jet["phi"]),
        jet["pt"] * math.sinh(jet["eta"]),
    )
    return x, y, z, math.sqrt(x**2 + y**2 + z**2 + jet["mass"] ** 2)


def trijet_mass(selected: list[dict[str, float]]) -> float:
    """Mass of the three jets, one of them b-tagged, with the largest transverse momentum."""
    best, mass = -1.0, math.nan
    for three in combinations(selected, 3):
        if max(jet["btagCSVV2"] for jet in three) > 0.5:
            x, y, z, energy = map(sum, zip(*map(four_momentum, three), strict=True))
            if math.hypot(x, y) > best:
                best, mass = math.hypot(x, y), math.sqrt(energy**2 - x**2 - y**2 - z**2)
    return mass


def entries(event: Event, view: str) -> Iterator[tuple[str, float, list[dict[str, float]]]]:
    """Region, observable and jets of an event in a view; nothing if it is in no region."""
    selected = jets(event, view)
    if leptons(event) != 1 or len(selected) < 4:
        return
    tags = sum(jet["btagCSVV2"] > 0.5 for jet in selected)
    if tags == 1:
        yield "control_4j1b/ht", sum(jet["pt"] for jet in selected), selected
    elif tags >= 2:
        yield "signal_4j2b/m_bjj", trijet_mass(selected), selected


def weights(selected: list[dict[str, float]]) -> dict[str, float]:
    """Variation → weight, of the nominal view: 1 ± 0.075 pT / 50 GeV of the first four jets, and
    2.5 %.
    """
    found = {"nominal": 1.0, "scale_var_up": 1.025, "scale_var_down": 0.975}
    for index in range(4):
        change = selected[index]["pt"] * 0.075 / 50
        found |= {f"btag_var_{index}_up": 1 + change, f"btag_var_{index}_down": 1 - change}
    return found


def histograms(events: list[Event]) -> dict[str, list[list[float]]]:
    """Region, observable and variation → sums of weights and of their squares in 25 bins between
    under- and overflow.
    """
    filled: dict[str, list[list[float]]] = {}
    for view in ("nominal", "pt_scale_up", "pt_res_up"):
        for event in events:
            for name, value, selected in entries(event, view):
                index = sum(edge <= value for edge in EDGES)
                for variation, weight in (
                    weights(selected) if view == "nominal" else {view: 1.0}
                ).items():
                    sums, squares = filled.setdefault(
                        f"{name}/{variation}", [[0.0] * 27, [0.0] * 27]
                    )
                    sums[index] += weight
                    squares[index] += weight * weight
    return filled
