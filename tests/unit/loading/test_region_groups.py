"""What is said of groups of regions whose variables have no name in common."""

import copy
import re

import awkward as ak
import numpy as np
import pytest
from support.example.products import EXAMPLE

from wollemi.analysis.view import view_of
from wollemi.loading.expand import plain_document
from wollemi.loading.region_groups import check_region_groups
from wollemi_engine.expressions.evaluation import evaluate, evaluate_flags

NAMED = {"two muons": "nmu == 2", "opposite": "charge < 0"}
REGIONS = {
    "ee": {"selection": "nel == 2 and mee > 60", "variable": "mee"},
    "mm": {"selection": NAMED, "variable": "mmm"},
    "em": {"selection": "nel == 1 and nmu == 1", "variable": "mem"},
}
SAME = {"bins": [4, 0, 200], "unit": "GeV"}
VARIABLES = {name: {"expression": f"{name} * 1", "label": name, **SAME} for name in ("mee", "mem")}
VARIABLES["mmm"] = {"expression": "mmm", "label": "mass of muons", **SAME}
START = ": its regions histogram no variable in common: "


def problems(*regions, **variables):
    made = copy.deepcopy(EXAMPLE)
    made["regions"] = copy.deepcopy(REGIONS)
    made["variables"] = copy.deepcopy(VARIABLES)
    for name, changes in variables.items():
        made["variables"][name] |= changes
    made["plots"] = {"region_groups": {"both": {"regions": list(regions)}}}
    return check_region_groups(view_of(plain_document(made)))


@pytest.mark.parametrize("regions", [("ee", "mm"), ("mm", "ee"), ("ee", "em", "mm")])
def test_the_expression_that_is_told_has_the_value_of_each_region(regions):
    (problem,) = problems(*regions)
    texts = ", ".join(f"{name} ({REGIONS[name]['variable']})" for name in regions)
    assert problem.startswith(f"plots.region_groups.both{START}{texts}; if no event is ")
    (expression,) = re.findall(r"the expression '(.+)'$", problem)
    random = np.random.default_rng(3)
    leptons = random.choice([(2, 0), (0, 2), (1, 1), (0, 0)], 200)  # in one region at most
    events = {"nel": leptons[:, 0], "nmu": leptons[:, 1], "charge": random.choice([-1, 1], 200)}
    events |= {name: random.uniform(0, 200, 200) for name in VARIABLES}
    names = {name: ak.Array(values) for name, values in events.items()}
    names["mee"] = ak.mask(names["mee"], names["nel"] == 2)  # as of objects that are not there
    value = evaluate(expression, names)
    for region in regions:
        selection = REGIONS[region]["selection"]
        terms = selection.values() if isinstance(selection, dict) else [selection]
        flags = np.logical_and.reduce([evaluate_flags(term, names, 200) for term in terms])
        own = evaluate(VARIABLES[REGIONS[region]["variable"]]["expression"], names)
        assert flags.sum() > 5
        assert value[flags].to_list() == own[flags].to_list()


@pytest.mark.parametrize("change", [{"bins": [5, 0, 200]}, {"unit": "TeV"}, {"per": "object"}])
def test_other_bins_are_not_joined(change):
    assert problems("ee", "mm", mmm=change) == [
        f"plots.region_groups.both{START}ee (mee), mm (mmm); name one in all of them, as variable "
        "or under monitor"
    ]


def test_a_variable_that_all_have():
    assert problems("ee", "em", "mm") != []
    made = copy.deepcopy(EXAMPLE) | {"regions": copy.deepcopy(REGIONS), "variables": VARIABLES}
    for region in made["regions"].values():
        region["monitor"] = ["mee"]
    made["plots"] = {"region_groups": {"both": {"regions": list(REGIONS)}}}
    assert check_region_groups(view_of(plain_document(made))) == []
