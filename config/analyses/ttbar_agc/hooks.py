"""Synthetic NanoAOD with the branches and the samples of the Analysis Grand Challenge: top pairs,
single tops, W + jets.

Four-momenta are arrays (4, events) of E, px, py, pz in GeV. Jets and leptons are lists of
(four-momenta, flavor, present): the particles are there in each event, and `present` says in which
of them they are kept.

ASSUME: shapes, multiplicities and efficiencies are of the size that CMS has at 13 TeV; no matrix
    elements, no parton shower and
no pile-up are behind them, and jets do not merge.
"""

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Particles = list[tuple[Array, Array, Array]]
Branches = dict[str, Any]

# Mass and width in GeV, mass, branching fractions of W → e, µ, τ and of τ → e, µ: Particle Data
# Group.
TOP, W, BOTTOM_GEV, W_TO_LEPTONS, TAU_TO_LEPTON = (172.5, 1.4), (80.4, 2.1), 4.8, 0.3257, 0.352
ELECTRON, MUON, BOTTOM, CHARM, LIGHT = 11, 13, 5, 4, 1
JET_MASS = 0.11  # mean mass of a jet over its transverse momentum
# What is stored.
JET_PT_GEV, JET_ETA, LEPTON_PT_GEV, LEPTON_ETA = 15.0, 4.7, 5.0, 2.5


def ttbar(
    random: np.random.Generator,
    events: int,
    hardness: float = 1.0,
    extra_jets: float = 1.1,
    response: float = 0.975,
    negative: float = 0.0,
) -> Branches:
    """Top pairs.

    Args:
        random: seeded.
        events: how many.
        hardness: factor on the transverse momenta of the tops.
        extra_jets: mean number of jets from radiation.
        response: of the jets' transverse momenta.
        negative: fraction of events with a negative weight.
    """
    jets = radiation(random, events, extra_jets)
    recoil = sum_of(jets, events)
    pt, phi = random.gamma(2.0, 58.0 * hardness, events), random.uniform(-np.pi, np.pi, events)
    rapidity, difference = random.normal(0, 0.8, events), random.normal(0, 0.6, events)
    leptons: Particles = []
    for sign in (1, -1):
        x, y = (sign * pt * np.cos(phi) - recoil[1] / 2, sign * pt * np.sin(phi) - recoil[2] / 2)
        more_jets, more_leptons = decay_top(
            random, massive(x, y, rapidity + sign * difference, breit_wigner(random, events, *TOP))
        )
        jets, leptons = [*more_jets, *jets], [*more_leptons, *leptons]
    return measured(random, events, jets, leptons, response, negative)


def single_top(
    random: np.random.Generator, events: int, channel: str, extra_jets: float = 0.8
) -> Branches:
    """A top quark with what the channel has beside it.

    Args:
        random: seeded.
        events: how many.
        channel: `s` (a bottom quark; the W of the top decays to leptons), `t` (a forward jet, a
            soft bottom quark), `tW` (a W).
        extra_jets: mean number of jets from radiation.
    """
    jets = radiation(random, events, extra_jets)
    pt, phi, side = (
        random.gamma(2.0, 32.0, events),
        random.uniform(-np.pi, np.pi, events),
        random.choice([-1.0, 1.0], events),
    )
    x, y = pt * np.cos(phi), pt * np.sin(phi)
    more, leptons = decay_top(
        random,
        massive(x, y, random.normal(0, 0.9, events), breit_wigner(random, events, *TOP)),
        channel == "s",
    )
    present = np.ones(events, bool)
    if channel == "tW":
        boson = massive(-x, -y, random.normal(0, 0.9, events), breit_wigner(random, events, *W))
        quarks, others = decay_w(random, boson)
        return measured(random, events, [*more, *quarks, *jets], [*leptons, *others])
    rapidity = (
        side * random.normal(2.6, 0.8, events) if channel == "t" else random.normal(0, 0.9, events)
    )
    beside = (
        massive(-x, -y, rapidity, np.zeros(events)),
        np.full(events, BOTTOM if channel == "s" else LIGHT),
        present,
    )
    if channel == "t":
        soft = jet_directions(random, random.exponential(18.0, events), 1.8)
        more = [*more, (soft, np.full(events, BOTTOM), present)]
    return measured(random, events, [*more, beside, *jets], leptons)


def wjets(
    random: np.random.Generator, events: int, next_jet: float = 0.46, heavy: float = 0.03
) -> Branches:
    """W bosons that decay to leptons, with jets of falling number and transverse momentum.

    Args:
        random: seeded.
        events: how many.
        next_jet: probability of one more jet.
        heavy: fraction of bottom quarks among the jets; charm is four times as frequent.
    """
    number = random.geometric(1 - next_jet, events) - 1
    jets: Particles = []
    for index in range(8):
        pt = 20.0 * random.pareto(2.6, events) + 20.0
        flavor = random.choice([BOTTOM, CHARM, LIGHT], events, p=[heavy, 4 * heavy, 1 - 5 * heavy])
        jets.append((jet_directions(random, np.minimum(pt, 800.0), 1.7), flavor, number > index))
    recoil = sum_of(jets, events)
    mass = breit_wigner(random, events, *W)
    _, leptons = decay_w(
        random, massive(-recoil[1], -recoil[2], random.normal(0, 1.5, events), mass), leptonic=True
    )
    return measured(random, events, jets, leptons)


def massive(x: Array, y: Array, rapidity: Array, mass: Array) -> Array:
    """Four-momenta from transverse components, rapidity and mass."""
    transverse = np.sqrt(mass**2 + x**2 + y**2)
    return np.array([transverse * np.cosh(rapidity), x, y, transverse * np.sinh(rapidity)])


def breit_wigner(random: np.random.Generator, events: int, mass: float, width: float) -> Array:
    """Masses (events,) of a resonance, without the far tails."""
    return mass + width / 2 * np.tan(random.uniform(-1.4, 1.4, events))


def jet_directions(random: np.random.Generator, pt: Array, spread: float) -> Array:
    """Massless four-momenta at random directions, with a normal spread in pseudorapidity."""
    phi = random.uniform(-np.pi, np.pi, pt.size)
    return massive(
        pt * np.cos(phi), pt * np.sin(phi), random.normal(0, spread, pt.size), np.zeros(pt.size)
    )


def radiation(random: np.random.Generator, events: int, mean: float) -> Particles:
    """Up to five jets of a falling spectrum."""
    number = random.poisson(mean, events)
    light = np.full(events, LIGHT)
    return [
        (
            jet_directions(random, 15.0 + random.exponential(32.0, events), 1.7),
            light,
            number > index,
        )
        for index in range(5)
    ]


def sum_of(particles: Particles, events: int) -> Array:
    """Summed four-momentum of those that are present."""
    return sum((vectors * present for vectors, _, present in particles), np.zeros((4, events)))


def two_body(
    random: np.random.Generator, parent: Array, mass: Array, first: float, second: float
) -> tuple[Array, Array]:
    """Isotropic decay of particles with these masses (events,) to two of other masses, in the frame
    of the laboratory.
    """
    momentum = np.sqrt((mass**2 - (first + second) ** 2) * (mass**2 - (first - second) ** 2)) / (
        2 * mass
    )
    cosine, phi = random.uniform(-1, 1, mass.size), random.uniform(-np.pi, np.pi, mass.size)
    sine = np.sqrt(1 - cosine**2)
    at_rest = momentum * np.array([sine * np.cos(phi), sine * np.sin(phi), cosine])
    energy = np.sqrt(first**2 + momentum**2)
    velocity, gamma = parent[1:] / parent[0], parent[0] / mass
    along = np.sum(velocity * at_rest, axis=0)
    moved = at_rest + (gamma**2 / (1 + gamma) * along + gamma * energy) * velocity
    daughter = np.concatenate([[gamma * (energy + along)], moved])
    return daughter, parent - daughter


def decay_top(
    random: np.random.Generator, top: Array, leptonic: bool = False
) -> tuple[Particles, Particles]:
    """Jets and leptons of t → W b."""
    events = top.shape[1]
    mass = np.sqrt(top[0] ** 2 - np.sum(top[1:] ** 2, axis=0))
    bottom, boson = two_body(random, top, mass, BOTTOM_GEV, W[0])
    jets, leptons = decay_w(random, boson, leptonic)
    return [(bottom, np.full(events, BOTTOM), np.ones(events, bool)), *jets], leptons


def decay_w(
    random: np.random.Generator, boson: Array, leptonic: bool = False
) -> tuple[Particles, Particles]:
    """Jets and leptons of W → qq′ and W → ℓν; with `leptonic` of the latter alone.

    ASSUME: a tau that decays to hadrons is no jet.
    """
    events = boson.shape[1]
    mass = np.sqrt(np.maximum(boson[0] ** 2 - np.sum(boson[1:] ** 2, axis=0), 1.0))
    first, second = two_body(random, boson, mass, 0.0, 0.0)
    to_leptons = np.full(events, leptonic) | (random.random(events) < W_TO_LEPTONS)
    family, charm = random.integers(0, 3, events), random.random(events) < 0.5
    jets = [
        (first, np.where(charm, CHARM, LIGHT), ~to_leptons),
        (second, np.full(events, LIGHT), ~to_leptons),
    ]
    of_tau = random.choice([ELECTRON, MUON], events)
    kept = to_leptons & ((family < 2) | (random.random(events) < TAU_TO_LEPTON))
    visible = np.where(family < 2, 1.0, random.beta(2, 4, events))
    return jets, [(first * visible, np.choose(family, [ELECTRON, MUON, of_tau]), kept)]


def measured(
    random: np.random.Generator,
    events: int,
    jets: Particles,
    leptons: Particles,
    response: float = 0.975,
    negative: float = 0.0,
) -> Branches:
    """The branches, after a simple detector: each collection hardest first, floats in single
    precision.

    A lepton is found as a jet, too, which the tight lepton veto (bit 2 of `jetId`) tells apart.
    Some bottom quarks give a soft, displaced lepton.
    """
    jet, lepton = table(jets), table(leptons)
    soft = table([item for item in jets if np.all(item[1] == BOTTOM)] or jets[:1])
    size = soft["pt"].shape
    soft["present"] = soft["present"] & (soft["flavor"] == BOTTOM) & (random.random(size) < 0.2)
    soft["pt"], soft["flavor"] = (
        soft["pt"] * random.beta(1.5, 6, size),
        random.choice([ELECTRON, MUON], size),
    )
    branches = jet_branches(random, jet, lepton, response)
    for flavor, name in ((ELECTRON, "Electron"), (MUON, "Muon")):
        branches |= lepton_branches(random, name, flavor, lepton, soft)
    return branches | {
        "genWeight": np.where(random.random(events) < negative, -1.0, 1.0).astype(np.float32)
    }


def table(particles: Particles) -> dict[str, Array]:
    """Kinematics, flavor and presence as arrays (events, particles)."""
    _, x, y, z = np.stack([vectors for vectors, _, _ in particles], axis=-1)
    pt = np.maximum(np.hypot(x, y), 1e-3)
    flavor, present = (np.stack([item[index] for item in particles], axis=-1) for index in (1, 2))
    return {
        "pt": pt,
        "eta": np.arcsinh(z / pt),
        "phi": np.arctan2(y, x),
        "flavor": flavor,
        "present": present,
    }


def jet_branches(
    random: np.random.Generator, jet: dict[str, Array], lepton: dict[str, Array], response: float
) -> Branches:
    """Jets with a resolution of 90 %/√pT ⊕ 5 %."""
    both = {name: np.concatenate([jet[name], lepton[name]], axis=1) for name in jet}
    size = both["pt"].shape
    resolution = np.sqrt(0.9**2 / both["pt"] + 0.05**2)
    both["pt"] = both["pt"] * response * np.maximum(1 + resolution * random.normal(size=size), 0.1)
    both["eta"] = both["eta"] + random.normal(0, 0.02, size)
    both["mass"] = both["pt"] * JET_MASS * random.gamma(4, 0.25, size)
    tag = random.random(size)
    # ASSUME: 75 % of bottom, 31 % of charm and 8 % of other jets have a discriminant above 0.5.
    light, charm, bottom = 1 - (1 - tag) ** (1 / 3.6), 1 - (1 - tag) ** (1 / 1.7), tag ** (1 / 2)
    both["btagCSVV2"] = np.select(
        [both["flavor"] == BOTTOM, both["flavor"] == CHARM], [bottom, charm], light
    )
    is_lepton = np.arange(size[1]) >= jet["pt"].shape[1]
    both["jetId"] = np.where(is_lepton | (random.random(size) < 0.015), 2, 6).astype(np.int32)
    return collection("Jet", both, JET_PT_GEV, JET_ETA, ("mass", "btagCSVV2", "jetId"))


def lepton_branches(
    random: np.random.Generator,
    name: str,
    flavor: int,
    prompt: dict[str, Array],
    soft: dict[str, Array],
) -> Branches:
    """Electrons or muons, prompt ones and those of bottom quarks."""
    both = {key: np.concatenate([prompt[key], soft[key]], axis=1) for key in prompt}
    size = both["pt"].shape
    displaced = np.arange(size[1]) >= prompt["pt"].shape[1]
    both["present"] = both["present"] & (both["flavor"] == flavor) & (random.random(size) < 0.95)
    both["pt"] = both["pt"] * (1 + 0.015 * random.normal(size=size))
    both["mass"] = np.full(size, 0.000511 if flavor == ELECTRON else 0.10566)
    both["sip3d"] = np.where(displaced, random.exponential(10, size), random.rayleigh(1.0, size))
    passed = random.random(size) < np.where(displaced, 0.1, 0.78 if flavor == ELECTRON else 0.96)
    both["cutBased"] = np.where(passed, 4, random.integers(0, 4, size)).astype(np.int32)
    both["tightId"] = passed
    both["pfRelIso04_all"] = random.exponential(np.where(displaced, 0.8, 0.04), size)
    own = ("cutBased",) if flavor == ELECTRON else ("tightId", "pfRelIso04_all")
    return collection(name, both, LEPTON_PT_GEV, LEPTON_ETA, ("mass", "sip3d", *own))


def collection(
    name: str, values: dict[str, Array], least_pt: float, most_eta: float, more: tuple[str, ...]
) -> Branches:
    """Branches of what is present and within the stored range, hardest first."""
    present = values["present"] & (values["pt"] > least_pt) & (np.abs(values["eta"]) < most_eta)
    order = np.argsort(np.where(present, -values["pt"], np.inf), axis=1, kind="stable")
    kept, counts = np.take_along_axis(present, order, axis=1), present.sum(axis=1)
    sorted_values = {
        key: np.take_along_axis(values[key], order, axis=1)[kept]
        for key in ("pt", "eta", "phi", *more)
    }
    single = {
        key: item.astype(np.float32) if item.dtype == np.float64 else item
        for key, item in sorted_values.items()
    }
    return {f"{name}_{key}": ak.unflatten(item, counts) for key, item in single.items()}
