"""Sorting final particles into leptons, constituents of jets and missing momentum."""

import awkward as ak
import numpy as np
import pytest
import vector

from wollemi.generation.particle_level import (
    dressed_leptons,
    final_leptons,
    jet_constituents,
    missing_momentum,
    momentum,
)


def particle(number, pt, eta, phi):
    vec = vector.obj(pt=pt, eta=eta, phi=phi, mass=0.0)
    return {"id": number, "px": vec.px, "py": vec.py, "pz": vec.pz, "e": vec.E}


EVENTS = ak.Array(
    [
        [
            particle(11, 50.0, 0.5, 1.0),
            particle(22, 10.0, 0.55, 1.05),  # near the electron
            particle(22, 20.0, -1.0, 0.0),  # near nothing
            particle(-11, 80.0, 2.0, -3.12),
            particle(22, 5.0, 2.0, 3.13),  # near the positron across φ = π
        ],
        [
            particle(13, 40.0, -2.0, 2.0),
            particle(-14, 30.0, 0.0, 0.0),
            particle(21, 25.0, 1.0, 1.0),
            particle(2, 9.0, 6.0, 0.0),
        ],
        [],
    ]
)


def test_electrons_absorb_near_photons():
    electrons = dressed_leptons(EVENTS)[11]
    assert electrons.charge.tolist() == [[1, -1], [], []]
    expected = vector.obj(pt=80, eta=2.0, phi=-3.12, mass=0) + vector.obj(
        pt=5, eta=2.0, phi=3.13, mass=0
    )
    first = electrons[0, 0]
    assert (first.pt, first.eta, first.phi) == pytest.approx(
        (expected.pt, expected.eta, expected.phi)
    )
    expected = vector.obj(pt=50, eta=0.5, phi=1.0, mass=0) + vector.obj(
        pt=10, eta=0.55, phi=1.05, mass=0
    )
    assert electrons[0, 1].pt == pytest.approx(expected.pt)


def test_muons_are_bare():
    muons = dressed_leptons(EVENTS)[13]
    assert ak.num(muons).tolist() == [0, 1, 0]
    assert (muons[1, 0].pt, muons[1, 0].eta, muons[1, 0].charge) == (
        pytest.approx(40),
        pytest.approx(-2),
        -1,
    )


def test_constituents_are_what_is_left_inside_of_the_calorimeter():
    assert jet_constituents(EVENTS).id.tolist() == [[22], [21], []]


def test_neutrinos_are_missing():
    x, y = missing_momentum(EVENTS)
    np.testing.assert_allclose(x, [0, 30, 0])
    np.testing.assert_allclose(y, [0, 0, 0])


def test_momentum_inverts_transverse_coordinates():
    positrons = final_leptons(EVENTS, 11)[0, :1]
    np.testing.assert_allclose(
        [c[0] for c in momentum(positrons)], [EVENTS[0, 3][name] for name in ("px", "py", "pz")]
    )


def test_a_particle_along_the_beam_has_a_finite_pseudorapidity():
    beam = ak.Array([[{"id": 13, "px": 0.0, "py": 0.0, "pz": -100.0, "e": 100.0}]])
    assert final_leptons(beam, 13).eta[0, 0] < -50
