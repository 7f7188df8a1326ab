"""Events with two muons and jets: top pairs, Drell–Yan and charged Higgs bosons, in branches like
those of NanoAOD.

ASSUME: momenta, multiplicities, efficiencies and resolutions are of the size that CMS has at 13
    TeV; no matrix elements and no parton shower are behind them, directions are independent of each
    other, and all events have two muons.
"""

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# Transverse momentum in GeV, flavor (5, 4, 0) and whether it is there: each of shape (events,).
Jet = tuple[Array, Array, Array]

MUON_GEV, TOP_GEV = 0.1057, 172.5
# Mass and width in GeV: Particle Data Group.
Z = (91.19, 2.50)
BOTTOM, CHARM, LIGHT = 5, 4, 0
# Flavor of the additional jets of top pairs: share of the events, and share of those that are made.
ADDITIONAL = {LIGHT: (0.90, 0.50), CHARM: (0.07, 0.20), BOTTOM: (0.03, 0.30)}
# As the branch of CMS has them; more than two digits are about the W bosons.
TTBAR_ID = {LIGHT: 0, CHARM: 41, BOTTOM: 53}
# Share of Drell–Yan events with so many partons, the last one for two and more.
PARTONS = (0.750, 0.165, 0.085)
TAGGED = {BOTTOM: 0.72, CHARM: 0.18, LIGHT: 0.02}
# Response of jets, its resolution, and their area: each GeV of density adds so much.
RESPONSE, RESOLUTION, AREA = 0.9, 0.12, 0.5


def top_pairs(
    random: np.random.Generator, events: int, hardness: float = 1.0, radiation: float = 0.9
) -> dict[str, Any]:
    """Top pairs with additional jets, of which charm and bottom are made more often than they are,
    with smaller weights.

    Args:
        random: seeded.
        events: how many.
        hardness: factor on the mean transverse momentum of additional jets.
        radiation: mean number of light ones.
    """
    flavors = [*ADDITIONAL]
    shares, made = np.array([*ADDITIONAL.values()]).T
    kind = random.choice(len(flavors), events, p=made)
    flavor = np.array(flavors)[kind]
    heavy = flavor != LIGHT
    second = heavy & (random.random(events) < 0.5)
    jets = [_jet(random, events, BOTTOM, 70.0) for _ in range(2)]
    jets += [_jet(random, events, flavor, 45.0 * hardness, there) for there in (heavy, second)]
    jets += _radiated(random, events, radiation, 40.0 * hardness)
    branches = _measured(random, events, jets, _muons_of_tops(random, events), 45.0)
    branches["genWeight"] = (shares / made)[kind].astype(np.float32)
    branches["genTtbarId"] = np.array([TTBAR_ID[one] for one in flavors], np.int32)[kind]
    return branches


def drell_yan(
    random: np.random.Generator, events: int, partons: int | None = None
) -> dict[str, Any]:
    """Drell–Yan.

    Args:
        random: seeded.
        events: how many.
        partons: of each event; by default any number, as often as they are.
    """
    number = (
        random.choice(len(PARTONS), events, p=PARTONS)
        if partons is None
        else np.full(events, partons)
    )
    flavor = random.choice([BOTTOM, CHARM, LIGHT], events, p=[0.06, 0.09, 0.85])
    jets = [_jet(random, events, flavor, 50.0, number > place) for place in range(2)]
    jets += _radiated(random, events, 0.15, 30.0)
    branches = _measured(random, events, jets, _muons_of_z(random, events), 0.0)
    branches["genWeight"] = np.ones(events, np.float32)
    branches["LHE_Njets"] = number.astype(np.int32)
    return branches


def charged_higgs(random: np.random.Generator, events: int, mass_gev: float) -> dict[str, Any]:
    """A charged Higgs boson that decays to a top and a bottom quark, with another pair of them.

    Args:
        random: seeded.
        events: how many.
        mass_gev: of the boson.
    """
    momentum = (mass_gev**2 - TOP_GEV**2) / (2 * mass_gev)  # of its decay at rest
    decayed = momentum * np.sqrt(1 - random.uniform(-1, 1, events) ** 2)
    jets = [
        _jet(random, events, BOTTOM, 60.0 + 0.15 * mass_gev),
        _jet(random, events, BOTTOM, 70.0),
    ]
    jets += [(decayed, np.full(events, BOTTOM), np.ones(events, bool))]
    jets += [_jet(random, events, BOTTOM, 40.0), *_radiated(random, events, 0.9, 40.0)]
    branches = _measured(random, events, jets, _muons_of_tops(random, events), 45.0)
    return branches | {"genWeight": np.ones(events, np.float32)}


def _jet(
    random: np.random.Generator, events: int, flavor: Any, mean: float, there: Any = True
) -> Jet:
    """A jet with this mean transverse momentum, in some of the events."""
    pt = random.gamma(2.0, mean / 2, events)
    return pt, np.broadcast_to(flavor, events), np.broadcast_to(there, events)


def _radiated(random: np.random.Generator, events: int, number: float, mean: float) -> list[Jet]:
    """Light jets, so many in the mean."""
    counts = random.poisson(number, events)
    return [_jet(random, events, LIGHT, mean, counts > place) for place in range(4)]


def _muons_of_tops(random: np.random.Generator, events: int) -> list[Array]:
    """Two muons that know nothing of each other: pt, eta, phi."""
    shape = (events, 2)
    return [
        random.gamma(2.0, 25.0, shape),
        random.normal(0, 1, shape),
        random.uniform(-np.pi, np.pi, shape),
    ]


def _muons_of_z(random: np.random.Generator, events: int) -> list[Array]:
    """Two muons with the mass of a Z boson, or of a photon in 8 % of the events: pt, eta, phi."""
    mass = Z[0] + Z[1] / 2 * np.tan(np.pi * (random.random(events) - 0.5))
    low = 50 + random.exponential(30, events)
    mass = np.where((random.random(events) < 0.08) | (mass < 50) | (mass > 200), low, mass)
    eta = random.normal(0, 1, (events, 1)) + random.normal(0, [[0.4, 0.4]], (events, 2))
    first = random.uniform(-np.pi, np.pi, events)
    phi = np.stack(
        [first, (first + 2 * np.pi + random.normal(0, 0.4, events)) % (2 * np.pi) - np.pi], 1
    )
    # m² = 2 p p′ (cosh Δη − cos Δφ)
    opening = np.cosh(eta[:, 0] - eta[:, 1]) - np.cos(phi[:, 0] - phi[:, 1])
    product, ratio = mass**2 / (2 * opening), np.exp(random.normal(0, 0.25, events))
    pt = np.sqrt(np.stack([product * ratio, product / ratio], 1))
    return [pt, eta, phi]


def _lists(values: Array, there: Array) -> ak.Array:
    """Values of shape (events, most) where they are there, as lists of each event."""
    return ak.unflatten(values[there], there.sum(axis=1))


def _measured(
    random: np.random.Generator,
    events: int,
    jets: list[Jet],
    muons: list[Array],
    neutrino: float,
) -> dict[str, Any]:
    """Branches of the objects and of the missing momentum.

    Args:
        random: seeded.
        events: how many.
        jets: as they are.
        muons: pt, eta, phi, each of shape (events, 2).
        neutrino: standard deviation of each component of the momentum of one of two neutrinos, GeV.
    """
    true, flavor, there = (np.stack(values, axis=1) for values in zip(*jets, strict=True))
    rho = random.gamma(20.0, 1.0, events)
    phi = random.uniform(-np.pi, np.pi, true.shape)
    counted = true * RESPONSE * np.maximum(random.normal(1, RESOLUTION, true.shape), 0.1)
    raw = counted + AREA * rho[:, None]
    factor = random.normal(-0.05, 0.02, true.shape)
    tagged = random.random(true.shape) < np.vectorize(TAGGED.get)(flavor)
    fields = {
        "pt": raw / (1 - factor),
        "eta": np.clip(random.normal(0, 1.2, true.shape), -4.7, 4.7),
        "phi": phi,
        "mass": 0.11 * raw,
        "rawFactor": factor,
        "btag": np.where(tagged, 1.0, 0.0) * 0.5 + 0.5 * random.random(true.shape),
    }
    # The missing momentum counts jets without what pile-up adds, and is off by what they are.
    missing = np.sqrt(2) * neutrino * random.normal(0, 1, (2, events))
    directions = np.stack([np.cos(phi), np.sin(phi)])
    off = np.sum(np.where(there, counted - true, 0) * directions, axis=2)
    shift = random.normal(0, 5, (2, events))
    x, y = missing - off + random.normal(0, 10, (2, events))
    jets_there = {
        f"Jet_{name}": _lists(values.astype(np.float32), there) for name, values in fields.items()
    }
    charges = np.where(random.random(events) < 0.5, 1, -1)[:, None] * np.array([1, -1])
    branches = jets_there | {
        f"Muon_{name}": values.astype(np.float32)
        for name, values in zip(("pt", "eta", "phi"), muons, strict=True)
    }
    return branches | {
        "Muon_mass": np.full((events, 2), MUON_GEV, np.float32),
        "Muon_charge": charges.astype(np.int32),
        "Rho_fixedGridRhoFastjetAll": rho.astype(np.float32),
        "RawPuppiMET_pt": np.hypot(x, y).astype(np.float32),
        "RawPuppiMET_phi": np.arctan2(y, x).astype(np.float32),
        "PuppiMET_UnclustEnUpDeltaX": shift[0].astype(np.float32),
        "PuppiMET_UnclustEnUpDeltaY": shift[1].astype(np.float32),
    }
