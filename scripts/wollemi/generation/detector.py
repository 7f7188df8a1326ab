"""A simple detector: acceptance, efficiency and resolution of electrons, muons, jets and missing
transverse momentum.

It has the dimensions of ATLAS in 2015–2016, but not its details. Sources of the numbers:

- [design] ATLAS, JINST 3 (2008) S08003, table 1.1: coverage and design resolutions.
- [muons] ATLAS, Eur. Phys. J. C 76 (2016) 292, arXiv:1603.05598: muon momentum resolution and
  high-pT selection.
- [electrons] ATLAS, JINST 14 (2019) P12006, arXiv:1908.00005: electron efficiencies and energy
  resolution.
- [missing] ATLAS, Eur. Phys. J. C 78 (2018) 903, arXiv:1802.08168: soft term of the missing
  transverse momentum.
- [search] ATLAS, JHEP 10 (2017) 182, arXiv:1707.02424: the efficiencies were tuned so that
  acceptance times efficiency of a 3 TeV resonance is near the published 70 % (ee) and 40 % (µµ).

Random numbers belong to the event (`wollemi_engine.expressions.event_random`): the response does
not depend on how the events are split.
"""

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wollemi.generation.particle_level import ELECTRON, MASSES_GEV, MUON, momentum
from wollemi_engine.expressions.event_random import EventRandom

Floats = NDArray[np.float64]

LEPTON_PT_GEV = 10.0  # softer leptons are not stored
JET_PT_GEV = 20.0  # softer jets are not stored
ELECTRON_ETA, MUON_ETA, JET_ETA = 2.47, 2.5, 4.5
CRACK = (1.37, 1.52)  # between barrel and end-cap calorimeter, |η|
SOFT_TERM_GEV = 10.0  # per component [missing]

# Identifiers of the random numbers, one per use: no two uses share numbers.
ELECTRON_FOUND, ELECTRON_ENERGY, MUON_FOUND, MUON_CURVATURE, JET_ENERGY, SOFT_X, SOFT_Y = range(
    1, 8
)


def electron_acceptance(eta: ArrayLike) -> NDArray[np.bool_]:
    """Whether electrons are inside the tracker and outside the calorimeter's crack [search]."""
    absolute = np.abs(eta)
    return (absolute < ELECTRON_ETA) & ~((absolute > CRACK[0]) & (absolute < CRACK[1]))


def electron_efficiency(pt: ArrayLike) -> Floats:
    """Efficiency of reconstruction, medium identification and isolation of an electron at a
    transverse momentum in GeV [electrons].

    ASSUME: the electron efficiency does not depend on η; 0.93 at the plateau, 0.85 at 30 GeV.
    """
    return np.asarray(0.93 - 0.22 * np.exp(-np.asarray(pt) / 30.0), np.float64)


def electron_resolution(energy: ArrayLike) -> Floats:
    """Relative resolution of the energy in GeV: 10 %/√E [design] ⊕ 1 %, the measured size of the
    constant term [electrons].

    ASSUME: the electron resolution is Gaussian and the same in barrel and end-caps.
    """
    return np.hypot(0.10 / np.sqrt(np.asarray(energy, np.float64)), 0.01)


def muon_acceptance(eta: ArrayLike) -> NDArray[np.bool_]:
    """Whether muons are inside the tracker [search]."""
    return np.asarray(np.abs(eta) < MUON_ETA)


def muon_efficiency(pt: ArrayLike) -> Floats:
    """Efficiency of reconstruction, high-pT identification and isolation of a muon at a transverse
    momentum in GeV.

    0.77 minus 0.08 per TeV, at least 0.45: 0.69 at 1 TeV and 0.57 at 2.5 TeV [muons, search].

    ASSUME: the muon efficiency does not depend on η, though the high-pT selection excludes parts of
        the spectrometer.
    """
    return np.asarray(np.maximum(0.77 - 0.08e-3 * np.asarray(pt), 0.45), np.float64)


def muon_resolution(pt: ArrayLike, eta: ArrayLike) -> Floats:
    """Relative resolution of the transverse momentum in GeV: σ(pT)/pT = r₁ ⊕ r₂·pT.

    r₁ (multiple scattering) is 2.3 % in the center and 2.9 % at |η| > 2.2 [muons]; r₂ = 10 %/TeV
    (intrinsic) is the spectrometer's design [design].

    ASSUME: the muon spectrometer is aligned as designed; its resolution is Gaussian in the
        curvature 1/pT.
    """
    scattering = np.where(np.abs(eta) > 2.2, 0.029, 0.023)
    return np.hypot(scattering, 0.1e-3 * np.asarray(pt))


def jet_resolution(energy: ArrayLike, eta: ArrayLike) -> Floats:
    """Relative resolution of a jet's energy in GeV: 50 %/√E ⊕ 3 %; 100 %/√E ⊕ 10 % at |η| > 3.2
    [design].
    """
    forward = np.abs(eta) > 3.2
    sampling, constant = np.where(forward, 1.0, 0.5), np.where(forward, 0.10, 0.03)
    return np.hypot(sampling / np.sqrt(np.asarray(energy, np.float64)), constant)


def measure_electrons(truth: ak.Array, random: EventRandom) -> ak.Array:
    """Measured electrons, matched to true ones.

    ASSUME: directions and charges of electrons are exact; no jet is taken for an electron.

    Args:
        truth: Dressed electrons (events, var) with pt in GeV, eta, phi, charge.
        random: Random numbers of the events.

    Returns:
        The electrons of `truth` with `measured_pt` in GeV and `found`.
    """
    counts, flat = ak.num(truth), ak.flatten(truth)
    pt, eta = ak.to_numpy(flat.pt), ak.to_numpy(flat.eta)
    spread = electron_resolution(pt * np.cosh(eta)) * random.normal(ELECTRON_ENERGY, counts)
    measured = pt * np.maximum(1.0 + spread, 0.0)
    found = electron_acceptance(eta) & (
        random.uniform(ELECTRON_FOUND, counts) < electron_efficiency(pt)
    )
    return _with(truth, measured_pt=measured, found=found & (measured > LEPTON_PT_GEV))


def measure_muons(truth: ak.Array, random: EventRandom) -> ak.Array:
    """Measured muons, matched to true ones.

    The curvature q/pT is smeared: a mismeasured track can get too high a momentum or the opposite
    charge.

    ASSUME: directions of muons are exact; there are only prompt muons.

    Args:
        truth: Muons (events, var) with pt in GeV, eta, phi, charge.
        random: Random numbers of the events.

    Returns:
        The muons of `truth` with `measured_pt` in GeV, `found`, and the measured `charge`.
    """
    counts, flat = ak.num(truth), ak.flatten(truth)
    pt, eta, charge = (ak.to_numpy(flat[name]) for name in ("pt", "eta", "charge"))
    curvature = 1.0 + muon_resolution(pt, eta) * random.normal(MUON_CURVATURE, counts)
    measured = pt / np.maximum(np.abs(curvature), 1e-6)
    found = muon_acceptance(eta) & (random.uniform(MUON_FOUND, counts) < muon_efficiency(pt))
    charges = np.where(curvature < 0, -charge, charge).astype(np.int32)
    return _with(
        truth, measured_pt=measured, found=found & (measured > LEPTON_PT_GEV), charge=charges
    )


def measure_jets(truth: ak.Array, random: EventRandom) -> ak.Array:
    """Measured jets, matched to true ones.

    ASSUME: jets are calibrated on average and always found, their directions are exact; there are
        no jets from pile-up.

    Args:
        truth: Jets (events, var) with pt and mass in GeV, eta, phi.
        random: Random numbers of the events.

    Returns:
        The jets of `truth` with `measured_pt`, the measured `mass` in GeV, and `found`.
    """
    counts, flat = ak.num(truth), ak.flatten(truth)
    pt, eta, mass = (ak.to_numpy(flat[name]) for name in ("pt", "eta", "mass"))
    energy = np.hypot(pt * np.cosh(eta), mass)
    scale = np.maximum(1.0 + jet_resolution(energy, eta) * random.normal(JET_ENERGY, counts), 0.0)
    found = (np.abs(eta) < JET_ETA) & (pt * scale > JET_PT_GEV)
    return _with(truth, measured_pt=pt * scale, mass=mass * scale, found=found)


def measure_missing(
    true_x: ArrayLike, true_y: ArrayLike, objects: ak.Array, random: EventRandom
) -> tuple[Floats, Floats]:
    """Missing transverse momentum: neutrinos, mismeasurement of the objects, lost muons, and noise.

    ASSUME: for the missing momentum, a lost electron or jet leaves all its energy in the
        calorimeter, a lost muon nothing;
    the soft term is Gaussian.

    Args:
        true_x: Sum of the neutrino momenta along x in GeV, shape (events,).
        true_y: Sum of the neutrino momenta along y in GeV, shape (events,).
        objects: Events with the measured `electrons`, `muons`, `jets`.
        random: Random numbers of the events.

    Returns:
        Magnitude in GeV and azimuth, each of shape (events,).
    """
    x = np.asarray(true_x) + SOFT_TERM_GEV * random.normal(SOFT_X)
    y = np.asarray(true_y) + SOFT_TERM_GEV * random.normal(SOFT_Y)
    for name, seen_if_lost in (("electrons", 1.0), ("muons", 0.0), ("jets", 1.0)):
        each = objects[name]
        seen = ak.where(each.found, each.measured_pt / each.pt, seen_if_lost)
        px, py, _ = momentum(each)
        x, y = x + ak.sum(px * (1.0 - seen), axis=-1), y + ak.sum(py * (1.0 - seen), axis=-1)
    return np.asarray(np.hypot(x, y)), np.asarray(np.arctan2(y, x))


def measure_events(truth: ak.Array) -> ak.Array:
    """Events as measured by the detector, under NanoAOD's names.

    Args:
        truth: Particle-level events (events,) with `run`, `luminosityBlock`, `event`, jagged
            `electrons`, `muons` (pt in GeV, eta, phi, charge) and `jets` (pt and mass in GeV, eta,
            phi), and `missing_x`, `missing_y` in GeV.

    Returns:
        Records (events,) with jagged `Electron`, `Muon`, `Jet` (pt and mass in GeV, eta, phi;
        charge of leptons), hardest first, and `MET_pt` in GeV, `MET_phi`.
    """
    random = EventRandom.of_events(truth.run, truth.luminosityBlock, truth.event)
    measured = {
        "electrons": measure_electrons(truth.electrons, random),
        "muons": measure_muons(truth.muons, random),
        "jets": measure_jets(truth.jets, random),
    }
    objects = ak.zip(measured, depth_limit=1)
    met_pt, met_phi = measure_missing(truth.missing_x, truth.missing_y, objects, random)
    electrons = ak.with_field(objects.electrons, MASSES_GEV[ELECTRON], "mass")
    muons = ak.with_field(objects.muons, MASSES_GEV[MUON], "mass")
    return ak.zip(
        {
            "Electron": _report(electrons, ("pt", "eta", "phi", "mass", "charge")),
            "Muon": _report(muons, ("pt", "eta", "phi", "mass", "charge")),
            "Jet": _report(objects.jets, ("pt", "eta", "phi", "mass")),
            "MET_pt": met_pt,
            "MET_phi": met_phi,
        },
        depth_limit=1,
    )


def _report(objects: ak.Array, fields: tuple[str, ...]) -> ak.Array:
    """Found objects with their measured momentum, hardest first."""
    seen = objects[objects.found]
    seen = ak.with_field(seen, seen.measured_pt, "pt")[list(fields)]
    return seen[ak.argsort(seen.pt, axis=-1, ascending=False, stable=True)]


def _with(objects: ak.Array, **flat: Any) -> ak.Array:
    """Objects with further fields given as flat arrays."""
    counts = ak.num(objects)
    for name, values in flat.items():
        objects = ak.with_field(objects, ak.unflatten(values, counts), name)
    return objects
