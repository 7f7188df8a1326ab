"""Which variables a group of regions has, and what its plots are called."""

import copy

from support.example.products import EXAMPLE

from wollemi.analysis.plain.region_groups import (
    group_name,
    group_places,
    is_fitted,
    region_groups,
    shared_variables,
)
from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.analysis.view import view_of
from wollemi.plan.plan import Plan

REGIONS = {
    "ee": {"selection": "m > 1", "variable": "mass", "monitor": ["pt", "eta"]},
    "mm": {"selection": "m > 2", "variable": "mass", "monitor": ["eta", "pt"]},
    "low": {"selection": "m < 1", "variable": "pt", "monitor": "mass", "role": "validation"},
}
GROUPS = {"leptons": ["ee", "mm"], "all": ["ee", "low"]}
DOCUMENT = EXAMPLE | {
    "regions": REGIONS,
    "variables": dict.fromkeys(("mass", "pt", "eta"), EXAMPLE["variables"]["mass"]),
    "plots": {"region_groups": {name: {"regions": found} for name, found in GROUPS.items()}},
}


def test_variables_are_those_that_all_regions_have():
    assert region_groups(view_of(DOCUMENT)) == GROUPS
    assert shared_variables(view_of(DOCUMENT), ["ee", "mm"]) == ["mass", "pt", "eta"]
    assert shared_variables(view_of(DOCUMENT), ["low", "ee"]) == ["pt", "mass"]
    assert shared_variables(view_of(DOCUMENT), ["unknown"]) == []
    assert group_places(view_of(DOCUMENT), {"all": ["ee", "low"]}) == [
        ("all", "mass"),
        ("all", "pt"),
    ]


def test_a_plot_after_the_fit_has_the_name_of_the_group_if_the_variable_is_that_of_all():
    assert group_name(view_of(DOCUMENT), "leptons", GROUPS["leptons"], "mass") == "leptons"
    assert group_name(view_of(DOCUMENT), "all", GROUPS["all"], "mass") == "all_mass"
    assert is_fitted(view_of(DOCUMENT), "ee", "mass")
    assert not is_fitted(view_of(DOCUMENT), "ee", "pt")
    assert not is_fitted(view_of(DOCUMENT), "low", "pt")


def test_groups_add_plots_and_a_prediction():
    plain = Plan(view_of(DOCUMENT | {"plots": {}}), "run")
    plan = Plan(view_of(DOCUMENT), "run")
    new = set(plan.plot_names) - set(plain.plot_names)
    before = {"leptons_mass", "leptons_pt", "leptons_eta", "all_mass", "all_pt"}
    after = {"leptons", "leptons_pt", "leptons_eta", "all_mass", "all_pt"}
    assert new == before | {f"postfit_{name}" for name in after}
    assert plan.grouped_workspaces == plan.workspaces
    assert plain.grouped_workspaces == []
    fitted = copy.deepcopy(DOCUMENT["regions"])
    for region in fitted.values():
        region.update(variable="mass", monitor=[], role="signal")
    assert (
        Plan(view_of(DOCUMENT | {"regions": fitted, "plots": {}}), "run").product("predictions")
        == []
    )
    assert Plan(view_of(DOCUMENT | {"regions": fitted}), "run").product("predictions")
    without = {key: value for key, value in DOCUMENT.items() if key != "model"}
    assert Plan(view_of(without), "run").product("predictions") == []
    assert Plan(view_of(without), "run").grouped_workspaces == []


def test_another_label_predicts_nothing_again():
    named = {"leptons": {"regions": ["ee", "mm"], "label": "both"}}
    labeled = DOCUMENT | {"plots": {"region_groups": named}}
    unlabeled = DOCUMENT | {"plots": {"region_groups": {"leptons": {"regions": ["ee", "mm"]}}}}
    found = [
        section_digests(select_sections(one, ["region_groups"])) for one in (labeled, unlabeled)
    ]
    assert found[0] == found[1]
    assert select_sections(DOCUMENT | {"plots": {}}, ["region_groups"]) == {}
