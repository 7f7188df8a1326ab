"""What is refused of measured corrections; `tests/data/errors/measured_*.txt` has more."""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document

MEASURED = {
    "kind": "efficiency",
    "samples": ["dy", "top"],
    "object": "muon",
    "pass": "tight > 0",
    "axes": {"pt": [20, 50, 500], "abseta": {"expression": "abs(eta)", "edges": [0, 1, 2.4]}},
}


def document(measured=MEASURED, **changes):
    made = copy.deepcopy(DOCUMENT)
    made["corrections"] = {"id": {"measured": measured}}
    for section, entries in changes.items():
        made[section] = made.get(section, {}) | entries
    return made


def problems(*given, **changes):
    return check_references(plain_document(document(*given, **changes)))


def test_a_measurement_is_used():
    factor = {"factor": "prod(correction.id.up(muon.pt, abs(muon.eta)))", "samples": ["dy"]}
    assert problems(weights={"id": factor}) == []


def test_calls_are_checked():
    factor = {"factor": "prod(correction.id(muon.pt))", "samples": ["dy"]}
    assert problems(weights={"id": factor}) == [
        "weights.id.factor: correction.id() takes 2 arguments, not 1"
    ]


@pytest.mark.parametrize("key", ["probe", "pass", "selection"])
def test_what_needs_itself_is_refused(key):
    call = "correction.id(20, 1) > 0.5"
    found = problems(MEASURED | {key: call})
    assert found == [
        "corrections.id.measured: uses what it measures (id → id), in an expression, an object or "
        "a weight; measure it without"
    ]


def test_also_through_an_object():
    calibrated = {"collection": "Muon", "calibrate": {"pt": "pt * correction.id(pt, 1)"}}
    assert "uses what it measures" in problems(objects={"muon": calibrated})[0]


def test_copies_that_nothing_measures_are_refused():
    copied = {"files": ["dy.root"], "cross_section_pb": 1.0, "measures": "id", "split_of": "dy_low"}
    found = problems(datasets={"dy_low_other": copied})
    assert "datasets.dy_low_other.measures: is set internally; remove it" in found
