"""The notation of SModelS, its particles, and what new signals leave of the efficiency maps."""

import importlib

import pytest
from support.products.simplified_runs import require_smodels

from wollemi.loading.smodels import KNOWN_PARTICLES, constraint_particles
from wollemi.reinterpretation.document import with_signals
from wollemi.reinterpretation.models import NewSignal

DOCUMENT = {
    "datasets": {"zp": {"cross_section_pb": 1.0}},
    "samples": {"zp": {"role": "signal", "datasets": "zp"}},
    "publication": {"inspire_id": "ins1124338", "smodels": {"id": "A-1", "topologies": {}}},
}


@pytest.mark.parametrize(
    ("constraint", "particles"),
    [
        (
            "{(PV > Zprime(1)), (Zprime(1) > e+,e-)}",
            [("PV", None), ("Zprime", 1), ("Zprime", 1), ("e+", None), ("e-", None)],
        ),
        (
            "{(PV > Zprime(1)), (Zprime(1) > MET(2),MET(3))}",
            [("PV", None), ("Zprime", 1), ("Zprime", 1), ("MET", 2), ("MET", 3)],
        ),
        (
            "2*({(PV > a(1)), (a(1) > e+,e-)} + {(PV > b(1)), (b(1) > *jet)})",
            [
                ("PV", None),
                ("a", 1),
                ("a", 1),
                ("e+", None),
                ("e-", None),
                ("PV", None),
                ("b", 1),
                ("b", 1),
                ("*jet", None),
            ],
        ),
    ],
)
def test_particles_of_a_constraint(constraint, particles):
    assert constraint_particles(constraint) == particles


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
    require_smodels()
    known = importlib.import_module("smodels.experiment.defaultFinalStates").finalStates
    assert sorted(KNOWN_PARTICLES) == sorted(map(str, known.getValuesFor("label")))


def test_new_signals_have_no_efficiency_maps():
    """They would be maps of the archived signals."""
    signal = NewSignal.model_validate({"like": "zp", "datasets": {"zp": {"histograms": {}}}})
    assert with_signals(DOCUMENT, {"new": signal}, {}, "signal.yaml")["publication"] == {
        "inspire_id": "ins1124338"
    }
