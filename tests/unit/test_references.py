"""All problems at once, each with its path, the value and the nearest valid name."""

import copy

import pytest
from example_analysis import DOCUMENT

from wollemi.analysis_files import validate_analysis
from wollemi.errors import ConfigurationError
from wollemi.references import check_references

EDITS = [
    (
        ("systematics", "scale", "samples"),
        ["signl"],
        "systematics.scale.samples: 'signl' is not a sample; did you mean 'signal'?",
    ),
    (("systematics", "scale", "object"), "moun", "systematics.scale.object: 'moun' is not an object; did you mean 'muon'?"),
    (
        ("systematics", "shower", "up"),
        "top_showr",
        "systematics.shower.up: 'top_showr' is not a dataset; did you mean 'top_shower'?",
    ),
    (("systematics", "pdf", "up"), "1 +", "systematics.pdf.up: '1 +' is no expression"),
    (("samples", "dy", "datasets"), ["dy_lo"], "samples.dy.datasets: 'dy_lo' is not a dataset; did you mean 'dy_low'?"),
    (("regions", "sr", "variable"), "mas", "regions.sr: 'mas' is not a variable; did you mean 'mass'?"),
    (("regions", "sr", "selection"), "any(mun.pt > 3)", "regions.sr.selection: 'mun' is not an object; did you mean 'muon'?"),
    (("variables", "mass", "edges"), [1.0, 3.0, 2.0], "variables.mass.edges: must increase"),
    (("variables", "mass", "bins"), [3, 0, 1], "variables.mass: give exactly one of bins, log_bins, edges (found bins, edges)"),
    (("datasets", "top", "cross_section_pb"), None, "datasets.top: simulation needs cross_section_pb, or normalization: none"),
    (("datasets", "data", "cross_section_pb"), 1.0, "datasets.data: data are never scaled; remove cross_section_pb"),
    (("datasets", "data", "files"), None, "datasets.data: give exactly one of files, generate, draw (found none)"),
    (
        ("model", "free_normalizations", "norm_dy", "samples"),
        ["dyy"],
        "model.free_normalizations.norm_dy.samples: 'dyy' is not a sample",
    ),
    (("limits",), {"points": {"dy": 1.0}}, "limits.points: 'dy' is not a signal sample"),
    (("plots",), {"log_x": ["mss"]}, "plots.log_x: 'mss' is not a variable; did you mean 'mass'?"),
    (("samples", "signal", "role"), "background", "model: no sample has the role signal"),
]


def edited(*edits):
    document = copy.deepcopy(DOCUMENT)
    for path, value, _ in edits:
        *parents, key = path
        place = document
        for parent in parents:
            place = place[parent]
        if value is None:
            del place[key]
        else:
            place[key] = value
    return document


def test_the_example_has_no_problems():
    assert check_references(DOCUMENT) == []


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit[2])
def test_a_problem_names_path_value_and_nearest(edit):
    problems = check_references(edited(edit))
    assert any(problem.startswith(edit[2]) for problem in problems), problems


def test_all_problems_at_once():
    with pytest.raises(ConfigurationError) as caught:
        validate_analysis(edited(*EDITS[:3]), "file.yaml")
    assert len(caught.value.problems) == 3
    assert "3 problems" in str(caught.value)


def test_the_schema_part_names_keys_and_values():
    document = copy.deepcopy(DOCUMENT)
    document["regions"]["sr"]["selecton"] = "1"
    document["model"]["mc_statistics"] = "perhaps"
    del document["title"]
    with pytest.raises(ConfigurationError) as caught:
        validate_analysis(document, "file.yaml")
    assert set(caught.value.problems) >= {"regions.sr.selecton: unknown key; did you mean 'selection'?", "title: is missing"}
    assert any(problem.startswith("model.mc_statistics: 'perhaps':") for problem in caught.value.problems)
