"""Further messages are in tests/data/errors (object_*.txt)."""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.analysis.view import view_of
from wollemi.loading.all import check_references
from wollemi.loading.objects import check_structure, field_problem, legs_of

COMMON = {"kind": "object", "down": "symmetrize", "samples": ["dy"]}
OBJECTS = {
    "muon": {"collection": "Muon", "fields": {"flavor": 13}},
    "electron": {"collection": "Electron"},
    "lepton": {"union": ["electron", "muon"]},
    "pair": {"combine": ["lepton", "lepton"], "fields": {"charge": "first.charge + second.charge"}},
    "best": {"select": "pair", "best": "-pt"},
    "four": {"combine": ["best", "pair"]},
}


def problems(**further):
    document = copy.deepcopy(DOCUMENT)
    document["objects"] = OBJECTS | further.pop("objects", {})
    for section, items in further.items():
        document[section] = document.get(section, {}) | items
    return check_references(document)


def test_no_problems():
    regions = {
        "x": {
            "selection": "four[0].first.second.charge > 0 and pair[0].charge == 0",
            "variable": "mass",
        }
    }
    assert problems(regions=regions) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("muon.anything", ""),
        ("muon.pt", ""),
        ("MET_pt", ""),
        ("best.charge", ""),
        ("best.first.anything", ""),
        ("four.first.second.pt", ""),
        ("muon.first", "'muon' is not a combination, so there is no 'muon.first'"),
        ("lepton.second.pt", "'electron' is not a combination, so there is no 'electron.second'"),
        ("muon.z", ""),
        ("muon.pt.pt", "'pt' of 'muon' is a number, so '.pt' means nothing"),
        ("best.chrge", "the combination 'pair' has no 'chrge'; did you mean 'charge'?"),
        ("four.third", "the combination 'four' has no 'third' (it has first, second"),
        ("four.first.third", "the combination 'pair' has no 'third'"),
    ],
)
def test_fields(name, problem):
    found = field_problem(OBJECTS, name)
    assert found.startswith(problem)
    assert bool(found) == bool(problem)


def test_number_of_legs():
    assert {name: legs_of(OBJECTS, name) for name in OBJECTS} == {
        "muon": 1,
        "electron": 1,
        "lepton": 1,
        "pair": 2,
        "best": 2,
        "four": 4,
    }


@pytest.mark.parametrize(
    ("further", "problem"),
    [
        (
            {"objects": {"a": {"select": "b"}, "b": {"select": "a"}}},
            "objects.a: needs itself: a → b → a",
        ),
        ({"objects": {"a": {"collection": "A", "not_in": "a"}}}, "objects.a: needs itself: a → a"),
        ({"columns": {"x": "y + 1", "y": "2 * x"}}, "columns.x: needs itself: x → y → x"),
        (
            {"objects": {"a": {"collection": "A", "fields": {"theta": "pt"}}}},
            "objects.a.fields.theta: the name is taken",
        ),
        ({"columns": {"muon": "MET_pt"}}, "columns.muon: the name is taken by an object"),
        (
            {"objects": {"a": {"select": "lepton", "best": "pts("}}},
            "objects.a.best: 'pts(' is not an expression",
        ),
        (
            {"systematics": {"s": {"object": "muon", "up": {"flavor": "1"}, **COMMON}}},
            "systematics.s: 'flavor' is computed from others; vary those",
        ),
        (
            {"systematics": {"s": {"object": "muon", "up": {"E": "1.1 * E"}, **COMMON}}},
            "systematics.s: 'E' follows from pt, eta, phi, mass; change those",
        ),
        (
            {"objects": {"a": {"collection": "A", "calibrate": {"px": "1"}}}},
            "objects.a.calibrate: 'px' follows from pt, eta, phi, mass; change those",
        ),
    ],
)
def test_problems(further, problem):
    assert [found for found in problems(**further) if found.startswith(problem)]


def test_a_circle_is_named_once_and_nothing_else_is_said_about_it():
    objects = {
        name: {"collection": name, "near": {after: 1}}
        for name, after in zip("abcd", "bcaa", strict=True)
    }
    assert check_structure(view_of({"objects": objects})) == [
        "objects.a: needs itself: a → b → c → a"
    ]
