"""All problems at once, each with its path, the value and the nearest valid name."""

import copy
from functools import reduce
from operator import getitem

import pytest
from support.documents.gates import program_problems, snakefile_problems
from support.example.analysis import DOCUMENT

from wollemi.loading.all import check_folder, check_references
from wollemi.loading.load import validate_analysis
from wollemi_likelihood.base.errors import ConfigurationError

EDITS = [
    (
        ("systematics", "scale", "samples"),
        ["signl"],
        "systematics.scale.samples: 'signl' is not a sample; did you mean 'signal'?",
    ),
    (
        ("systematics", "scale", "object"),
        "moun",
        "systematics.scale.object: 'moun' is not an object; did you mean 'muon'?",
    ),
    (
        ("systematics", "shower", "up"),
        "top_showr",
        "systematics.shower.up: 'top_showr' is not a dataset; did you mean 'top_shower'?",
    ),
    (("systematics", "pdf", "up"), "1 +", "systematics.pdf.up: '1 +' is not an expression"),
    (
        ("samples", "dy", "datasets"),
        ["dy_lo"],
        "samples.dy.datasets: 'dy_lo' is not a dataset; did you mean 'dy_low'?",
    ),
    (
        ("regions", "sr", "variable"),
        "mas",
        "regions.sr: 'mas' is not a variable; did you mean 'mass'?",
    ),
    (
        ("regions", "sr", "selection"),
        "any(mun.pt > 3)",
        "regions.sr.selection: 'mun' is not an object; did you mean 'muon'?",
    ),
    (("variables", "mass", "edges"), [1.0, 3.0, 2.0], "variables.mass.edges: must increase"),
    (
        ("variables", "mass", "bins"),
        [3, 0, 1],
        "variables.mass: give exactly one of bins, log_bins, edges (found bins, edges)",
    ),
    (
        ("datasets", "top", "cross_section_pb"),
        None,
        "datasets.top: simulation needs cross_section_pb, or normalization: none",
    ),
    (
        ("datasets", "data", "cross_section_pb"),
        1.0,
        "datasets.data: data are never scaled; remove cross_section_pb",
    ),
    *(
        (("datasets", "data", key), value, f"datasets.data: data are never scaled; remove {key}")
        for key, value in (("weight", "genWeight"), ("scale_factor", 1.1), ("sum_of_weights", 5.0))
    ),
    (
        ("datasets", "data", "files"),
        None,
        "datasets.data: give exactly one of files, manifest, generate, draw, command (found none)",
    ),
    (
        ("model", "free_normalizations", "norm_dy", "samples"),
        ["dyy"],
        "model.free_normalizations.norm_dy.samples: 'dyy' is not a simulated sample",
    ),
    (("limits",), {"points": {"dy": 1.0}}, "limits.points: 'dy' is not a signal sample"),
    (("plots",), {"log_x": ["mss"]}, "plots.log_x: 'mss' is not a variable; did you mean 'mass'?"),
    (
        ("variables", "mass"),
        {"expression": "m", "bins": [4, 400, 250], "label": "m"},
        "variables.mass.bins: [4, 400, 250]",
    ),
    (
        ("variables", "mass"),
        {"expression": "m", "log_bins": [0, 1, 9], "label": "m"},
        "variables.mass.log_bins: [0, 1, 9]",
    ),
    (("model", "poi_bounds"), [10, 0], "model.poi_bounds: [10, 0]: must increase"),
    (
        ("model", "free_normalizations", "norm_dy", "bounds"),
        [2, 0.5],
        "model.free_normalizations.norm_dy.bounds: [2, 0.5]: must",
    ),
    (
        ("model", "free_normalizations", "lumi"),
        {"samples": ["dy"]},
        "model.free_normalizations.lumi: the name is taken",
    ),
    (
        ("plots",),
        {"parameters": {"lumy": "luminosity"}},
        "plots.parameters: 'lumy' is not a parameter of the model",
    ),
    (
        ("plots",),
        {"parameters": {"lumi": "a", "norm_dy": "b", "mu": "a"}},
        "plots.parameters.mu: 'a' is the label of lumi, too",
    ),
    (
        ("plots",),
        {"templates": {"systematics": ["lumi"], "regions": ["vr"]}},
        "plots.templates.regions: 'vr' is not a region of the model",
    ),
    (("plots",), {"show_signals": ["dy"]}, "plots.show_signals: 'dy' is not a signal sample"),
    (("plots",), {"stack_signals": ["dy"]}, "plots.stack_signals: 'dy' is not a signal sample"),
    (
        ("datasets", "data"),
        {"draw": {"datasets": ["top"], "seed": 1}},
        "datasets.data.draw: 'top' is a template itself",
    ),
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


def test_equal_seeds_are_refused():
    generate = {"settings": [], "events": 10, "seed": 5, "parts": 3}
    document = copy.deepcopy(DOCUMENT) | {"generator": {"settings": []}}
    document["datasets"]["top"] = {"generate": generate, "cross_section_pb": 1.0}
    document["datasets"]["signal"] = {
        "generate": generate | {"seed": 7, "parts": 1},
        "cross_section_pb": 1.0,
    }
    assert check_references(document) == [
        "datasets.top.generate.seed: 7 generates 'signal', too; take another seed"
    ]
    document["datasets"]["signal"]["generate"]["seed"] = 8
    assert check_references(document) == []


def test_a_limit_on_a_cross_section_needs_one():
    document = copy.deepcopy(DOCUMENT) | {"limits": {"cross_section_fraction": 0.5}}
    assert check_references(document) == []
    document["datasets"]["signal"] = {"files": ["x.root"], "normalization": "none"}
    assert check_references(document) == [
        "limits.cross_section_fraction: needs datasets.signal.cross_section_pb"
    ]


def test_a_limit_on_a_cross_section_is_on_one():
    document = copy.deepcopy(DOCUMENT) | {"limits": {"cross_section_fraction": 0.5}}
    document["luminosity_ifb"] = {"2017": 40.0, "2018": 60.0}
    for item in document["datasets"].values():
        item["era"] = "2017"
    late = {"files": ["late.root"], "era": "2018", "cross_section_pb": 1.0}
    early = document["datasets"]["signal"]["cross_section_pb"]
    document["datasets"]["late"] = late | {"cross_section_pb": early}
    document["samples"]["signal"]["datasets"] = ["signal", "late"]
    assert not [one for one in check_references(document) if one.startswith("limits.")]
    document["datasets"]["late"]["scale_factor"] = 1.04
    assert not [one for one in check_references(document) if one.startswith("limits.")]
    at_two_energies = document | {"center_of_mass_tev": [13, 13.6]}
    assert [one for one in check_references(at_two_energies) if one.startswith("limits.")]
    document["datasets"]["late"]["scale_factor"] = 1.2
    assert [one for one in check_references(document) if one.startswith("limits.")] == [
        f"limits.cross_section_fraction: the cross section of signal is not one ({early:g} pb in "
        f"2017, {1.2 * early:g} pb in 2018); limits are on the signal strength then: remove it"
    ]


def test_the_name_is_that_of_the_folder():
    assert check_folder(DOCUMENT, "config/analyses/example/analysis.yaml") == []
    assert check_folder(DOCUMENT, "config/analyses/mine/analysis.yaml") == [
        "name: 'example' is not the name of its folder, 'mine'"
    ]


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
    assert set(caught.value.problems) >= {
        "regions.sr.selecton: unknown key; did you mean 'selection'?",
        "title: is missing",
    }
    assert any(
        problem.startswith("model.mc_statistics: 'perhaps':") for problem in caught.value.problems
    )


PLACES = [
    (("datasets", "data"), "monitor", ""),
    (("datasets", "data"), "manifests", "manifest"),
    (("regions", "sr"), "files", ""),
    (("regions", "sr"), "monitr", "monitor"),
    (("systematics", "lumi"), "objct", ""),
    (("systematics", "scale"), "objct", "object"),
    (("objects", "muon"), "cut", "cuts"),
    (("samples", "dy"), "bins", ""),
    (("model", "free_normalizations", "norm_dy"), "poi_bounds", "bounds"),
    ((), "object", "objects"),
    ((), "cuts", ""),
]


@pytest.mark.parametrize(("place", "key", "meant"), PLACES, ids=lambda item: str(item))
def test_a_suggestion_is_a_key_of_that_place_in_both_gates(place, key, meant):
    document = copy.deepcopy(DOCUMENT)
    reduce(getitem, place, document)[key] = 1
    path = ".".join([*place, key])
    wanted = f"{path}: unknown key" + (f"; did you mean '{meant}'?" if meant else "")
    assert snakefile_problems(document, "example") == [wanted]
    assert [
        problem for problem in program_problems(document, "example") if problem.startswith(path)
    ] == [wanted]
