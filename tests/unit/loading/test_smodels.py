"""The notation of SModelS, its particles, and what new signals leave of the efficiency maps."""

import importlib

import pytest

from wollemi.loading.smodels import KNOWN_PARTICLES, constraint_particles


@pytest.mark.parametrize(
    ("constraint", "particles"),
    [
        ("{(PV > Zprime(1)), (Zprime(1) > e+,e-)}", "PV Zprime(1) Zprime(1) e+ e-"),
        ("{(PV > Z(1)), (Z(1) > MET(2),MET(3))}", "PV Z(1) Z(1) MET(2) MET(3)"),
        (
            "2*({(PV > a(1)), (a(1) > e+,e-)} + {(PV > b(1)), (b(1) > *jet)})",
            "PV a(1) a(1) e+ e- PV b(1) b(1) *jet",
        ),
    ],
)
def test_particles_of_a_constraint(constraint, particles):
    found = constraint_particles(constraint)
    texts = [name if number is None else f"{name}({number})" for name, number in found]
    assert texts == particles.split()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e+ e-",
        "{}",
        "{(PV > a(1)), b}",
        "{(PV > a(1))} + b",
        "{(a(1) > e+,e-)}",
        "[[['e+','e-']]]",
    ],
)
def test_what_is_no_constraint(text):
    with pytest.raises(ValueError, match=r"process|chain"):
        constraint_particles(text)


@pytest.mark.filterwarnings("default")
def test_known_particles_are_those_of_smodels():
    known = importlib.import_module("smodels.experiment.defaultFinalStates").finalStates
    assert sorted(KNOWN_PARTICLES) == sorted(map(str, known.getValuesFor("label")))
