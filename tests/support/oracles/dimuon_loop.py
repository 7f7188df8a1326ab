"""A loop over the events of the tiny analysis, one by one, in plain Python."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import uproot


class Candidate(NamedTuple):
    """The good muons of an event: momenta in GeV, charges, the mass of all of them; its
    branches.
    """

    pt: list[float]
    charge: list[int]
    mass: float
    event: Any


def candidates(file: str | Path) -> Iterator[Candidate]:
    """Each event of a file."""
    for event in uproot.open(f"{file}:Events").arrays():
        muons = zip(
            *(event[f"Muon_{name}"].to_list() for name in ("pt", "eta", "phi", "charge")),
            strict=True,
        )
        good = [muon for muon in muons if muon[0] > 20 and abs(muon[1]) < 2.4]
        yield Candidate([muon[0] for muon in good], [muon[3] for muon in good], _mass(good), event)


def _mass(muons: list[tuple[float, float, float, int]]) -> float:
    energy, x, y, z = 0.0, 0.0, 0.0, 0.0
    for pt, eta, phi, _ in muons:
        energy += math.hypot(pt * math.cosh(eta), 0.105)
        x, y, z = x + pt * math.cos(phi), y + pt * math.sin(phi), z + pt * math.sinh(eta)
    return math.sqrt(max(energy**2 - x**2 - y**2 - z**2, 0.0))
