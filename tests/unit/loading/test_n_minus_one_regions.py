"""Named cuts, and the regions that N−1 entries become."""

import copy

import pytest
from support.example.products import EXAMPLE

from wollemi.analysis.plain.needed_columns import needed_branches
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document
from wollemi_engine.expressions.selections import selection_terms

CUTS = {
    "two muons": "count(muon) == 2",
    "mass": "m > 60 and m < 120",
    "missing energy": "MET_pt < 30",
}


def document(**region):
    changed = copy.deepcopy(EXAMPLE)
    changed["regions"]["sr"] |= {"selection": CUTS} | region
    return changed


def test_the_terms_of_a_selection():
    assert selection_terms(CUTS) == list(CUTS.items())
    assert selection_terms("a > 1 and b") == [("a > 1", "a > 1"), ("b", "b")]


def test_nothing_to_write_out_changes_nothing():
    content = document()
    assert plain_document(content) == content


def test_a_region_without_each_cut_stands_behind_its_own():
    content = document(n_minus_one={"missing energy": "mass", "mass": ["mass"]}, monitor=["mass"])
    before = copy.deepcopy(content)
    regions = plain_document(content)["regions"]
    assert content == before
    assert list(regions)[:4] == ["sr", "sr_without_missing_energy", "sr_without_mass", "cr"]
    assert regions["sr"] == before["regions"]["sr"]
    assert plain_document(content | {"regions": regions})["regions"] == regions
    assert regions["sr_without_missing_energy"] == {
        "selection": {"two muons": CUTS["two muons"], "mass": CUTS["mass"]},
        "variable": "mass",
        "monitor": [],
        "role": "validation",
        "derived_from": "sr",
        "without": "missing energy",
    }


def test_without_the_only_cut_every_event_is_left():
    content = document(selection={"mass": "m > 60"}, n_minus_one={"mass": "mass"})
    assert list(plain_document(content)["regions"]["sr_without_mass"]["selection"].values()) == [
        "1 > 0"
    ]


def test_all_cuts_decide_what_is_read():
    content = document() | {"skim": {"selection": {"trigger": "HLT_a", "veto": "not HLT_b"}}}
    assert {"HLT_a", "HLT_b", "MET_pt", "m"} <= set(needed_branches(content, "dy_low"))


@pytest.mark.parametrize(
    ("region", "problem"),
    [
        (
            {"n_minus_one": {"masss": "mass"}},
            "regions.sr.n_minus_one.masss: 'masss' is not a cut of the selection; did you mean",
        ),
        (
            {"n_minus_one": {"mass": "mas"}},
            "regions.sr.n_minus_one.mass: 'mas' is not a variable; did you mean 'mass'?",
        ),
        (
            {"n_minus_one": {"mass": []}},
            "regions.sr.n_minus_one.mass: name a variable to histogram",
        ),
        (
            {"selection": "m > 1", "n_minus_one": {"m > 1": "mass"}},
            "regions.sr.n_minus_one: cuts have no names here",
        ),
        (
            {
                "selection": CUTS | {"two_muons": "1 > 0"},
                "n_minus_one": {"two muons": "mass", "two_muons": "mass"},
            },
            (
                "regions.sr.n_minus_one.two_muons: makes the region 'sr_without_two_muons', "
                "which is there already; rename it"
            ),
        ),
        ({"selection": {"a": "m >"}}, "regions.sr.selection.a: 'm >' is not an expression"),
        (
            {"derived_from": "ssr"},
            "regions.sr.derived_from: 'ssr' is not a region; did you mean 'sr'?",
        ),
        (
            {"derived_from": "cr", "without": "mass"},
            "regions.sr.without: is not a named cut of the region in derived_from",
        ),
    ],
)
def test_problems(region, problem):
    found = check_references(plain_document(document(**region)))
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_a_cut_that_the_skim_makes_shows_nothing():
    content = document(n_minus_one={"mass": "mass", "two muons": "mass"}) | {
        "skim": {"selection": "m>60 and MET_pt<30"}
    }
    (problem,) = check_references(plain_document(content))
    assert problem.startswith(
        "regions.sr.n_minus_one.mass: the skim makes this cut, too, so there is nothing to "
        "see without it"
    )


def test_cosmetics_can_name_the_regions_that_are_made():
    content = document(n_minus_one={"mass": "mass"})
    content["plots"] = content.get("plots", {}) | {"log_y": ["sr_without_mass"]}
    assert check_references(plain_document(content)) == []


def test_histograms_cannot_be_filled_without_a_cut():
    content = document(n_minus_one={"mass": "mass"})
    for item in content["datasets"].values():
        item["histograms"] = {"sr": ["sr/mass"], "cr": ["cr/mass"]}
    found = [
        problem for problem in check_references(plain_document(content)) if "n_minus_one" in problem
    ]
    assert found == ["regions.sr.n_minus_one.mass: no sample has events to fill it with"]
