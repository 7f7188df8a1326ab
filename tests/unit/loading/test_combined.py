"""Systematics that change the weight together with something else; their numbers are in
tests/physics/test_combined_systematics.py.
"""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document

UP = {"objects": {"muon": {"pt": "pt * 1.1"}}, "weight": "1 + count(muon)"}
SCALE = {"kind": "combined", "up": UP, "down": "symmetrize", "samples": ["dy"]}


def document(item=SCALE, **sections):
    made = copy.deepcopy(DOCUMENT)
    made["systematics"] = made.get("systematics", {}) | {"scale": item}
    return made | {name: made.get(name, {}) | new for name, new in sections.items()}


def test_the_weight_is_a_column_that_is_one():
    plain = plain_document(document())
    assert plain["columns"]["scale_weight"] == "1"
    assert plain["weights"]["scale_weight"] == {"factor": "scale_weight", "samples": ["dy"]}
    assert plain_document(plain) == plain
    assert check_references(plain) == []


def test_without_a_weight_nothing_is_added():
    item = SCALE | {"up": {"objects": UP["objects"]}}
    made = document(item)
    assert plain_document(made).get("columns") == made.get("columns")
    assert plain_document(made).get("weights") == made.get("weights")


@pytest.mark.parametrize(
    ("up", "problem"),
    [
        ({}, "systematics.scale.up: changes nothing; give objects, columns or weight"),
        (
            {"objects": {"muno": {"pt": "1"}}},
            "systematics.scale.up.objects: 'muno' is not an object; did you mean 'muon'?",
        ),
        (
            {"columns": {"muon": "1"}},
            "systematics.scale.up.columns: 'muon' is an object; use objects",
        ),
        (
            {"columns": {"Muon_pt": "1"}},
            "systematics.scale.up.columns: 'Muon_pt' is a branch of the object 'muon'; use objects",
        ),
        ({"weight": "1 +"}, "systematics.scale.up.weight: '1 +' is not an expression"),
    ],
)
def test_problems(up, problem):
    found = check_references(plain_document(document(SCALE | {"up": up})))
    assert [one for one in found if one.startswith(problem)], found


def test_the_name_of_the_factor_may_be_taken():
    found = check_references(plain_document(document(columns={"scale_weight": "MET_pt"})))
    problem = "'scale_weight', the name of its factor on the weight, is taken; choose another"
    assert f"systematics.scale: {problem}" in found
