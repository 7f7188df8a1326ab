"""Particle level: the particles of a simulated collision, sorted into leptons, jets and missing
momentum as a detector would see them.
"""

from typing import Any

import awkward as ak
import numpy as np

DRESSING_RADIUS = 0.1  # photons within it share a calorimeter cluster with the electron
CALORIMETER_ETA = 4.9  # ATLAS, JINST 3 (2008) S08003, table 1.1
ELECTRON, MUON, PHOTON = 11, 13, 22  # PDG Monte Carlo numbers
NEUTRINOS = (12, 14, 16)
MASSES_GEV = {ELECTRON: 0.000511, MUON: 0.10566}  # PDG


def final_leptons(particles: ak.Array, pdg_number: int) -> ak.Array:
    """Final charged leptons of one flavor, hardest first.

    Args:
        particles: Final particles (events, var) with `id` (PDG number) and `px`, `py`, `pz` in GeV.
        pdg_number: PDG number, 11 or 13.

    Returns:
        Records (events, var) with pt in GeV, eta, phi and charge in e.
    """
    leptons = particles[abs(particles.id) == pdg_number]
    charge = ak.values_astype(ak.where(leptons.id > 0, -1, 1), np.int32)
    return _hardest_first(_transverse(leptons.px, leptons.py, leptons.pz, charge=charge))


def dress_electrons(
    electrons: ak.Array, photons: ak.Array, radius: float = DRESSING_RADIUS
) -> ak.Array:
    """Add the momenta of nearby photons to each electron: a calorimeter does not separate them.

    ASSUME: a photon near two electrons is added to both.

    Args:
        electrons: Records (events, var) with pt in GeV, eta, phi, charge.
        photons: Records (events, var) with pt in GeV, eta, phi.
        radius: Largest ΔR = √(Δη² + Δφ²) to the electron.

    Returns:
        Electrons with the summed momentum, hardest first.
    """
    pairs = ak.cartesian({"electron": electrons, "photon": photons}, nested=True)
    near = delta_r(pairs.electron, pairs.photon) < radius
    parts = momentum(pairs.photon[near])
    own = momentum(electrons)
    sums = (component + ak.sum(part, axis=-1) for component, part in zip(own, parts, strict=True))
    return _hardest_first(_transverse(*sums, charge=electrons.charge))


def loose_photons(photons: ak.Array, electrons: ak.Array, radius: float = DRESSING_RADIUS) -> Any:
    """Flags of photons that belong to no electron.

    Args:
        photons: Records (events, var) with eta, phi.
        electrons: Undressed electrons, records (events, var) with eta, phi.
        radius: Distance ΔR below which a photon is part of an electron.

    Returns:
        Flags, shape (events, var).
    """
    pairs = ak.cartesian({"photon": photons, "electron": electrons}, nested=True)
    return ak.all(delta_r(pairs.photon, pairs.electron) >= radius, axis=-1)


def missing_momentum(particles: ak.Array) -> tuple[Any, Any]:
    """Transverse momentum of the neutrinos: x and y in GeV, each of shape (events,)."""
    absolute = abs(particles.id)
    neutrinos = particles[
        (absolute == NEUTRINOS[0]) | (absolute == NEUTRINOS[1]) | (absolute == NEUTRINOS[2])
    ]
    return ak.sum(neutrinos.px, axis=-1), ak.sum(neutrinos.py, axis=-1)


def jet_constituents(particles: ak.Array) -> ak.Array:
    """Particles other than leptons that leave energy in the calorimeter: hadrons, unhadronized
    partons, and photons outside dressed electrons.

    Args:
        particles: Final particles (events, var) with `id`, `px`, `py`, `pz` in GeV.
    """
    absolute = abs(particles.id)
    electrons = final_leptons(particles, ELECTRON)
    directions = _transverse(particles.px, particles.py, particles.pz)
    loose = (absolute != PHOTON) | loose_photons(directions, electrons)
    return particles[
        ((absolute < 11) | (absolute > 16)) & loose & (abs(directions.eta) < CALORIMETER_ETA)
    ]


def dressed_leptons(particles: ak.Array) -> dict[int, ak.Array]:
    """Electrons dressed with nearby photons, and muons, each hardest first.

    Muons are not dressed: their momentum is measured by the curvature of the track.

    Args:
        particles: Final particles (events, var) with `id`, `px`, `py`, `pz` in GeV.

    Returns:
        PDG number → records (events, var) with pt in GeV, eta, phi, charge.
    """
    photons = particles[particles.id == PHOTON]
    photons = _transverse(photons.px, photons.py, photons.pz)
    electrons = dress_electrons(final_leptons(particles, ELECTRON), photons)
    return {ELECTRON: electrons, MUON: final_leptons(particles, MUON)}


def momentum(objects: ak.Array) -> tuple[Any, Any, Any]:
    """Momentum components x, y, z in GeV of records with pt, eta, phi."""
    return (
        objects.pt * np.cos(objects.phi),
        objects.pt * np.sin(objects.phi),
        objects.pt * np.sinh(objects.eta),
    )


def delta_r(first: Any, second: Any) -> Any:
    """Distance ΔR = √(Δη² + Δφ²) of two records or arrays of records with eta and phi."""
    delta_phi = (first.phi - second.phi + np.pi) % (2 * np.pi) - np.pi
    return np.hypot(first.eta - second.eta, delta_phi)


def _transverse(px: Any, py: Any, pz: Any, **fields: Any) -> ak.Array:
    pt = np.hypot(px, py)
    # The pseudorapidity diverges along the beam: the smallest pT makes it huge instead of dividing
    # by zero.
    eta = np.arcsinh(pz / np.maximum(pt, np.finfo(np.float64).tiny ** 0.5))
    return ak.zip({"pt": pt, "eta": eta, "phi": np.arctan2(py, px), **fields})


def _hardest_first(objects: ak.Array) -> ak.Array:
    return objects[ak.argsort(objects.pt, axis=-1, ascending=False, stable=True)]
