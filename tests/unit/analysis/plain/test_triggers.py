"""Triggers written out for each dataset, and what is refused."""

import copy

import pytest
from support.events.two_triggers import document

from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.plain.triggers import prescale_weight, with_triggers
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document


def edited(change):
    content = plain_document(copy.deepcopy(document()))
    change(content)
    return content


def test_a_document_without_triggers_stays_as_it_is():
    content = edited(lambda item: item.pop("triggers"))
    assert with_triggers(content, "dy_2017") is content


def test_a_dataset_reads_only_paths_of_its_era():
    content = document()
    assert check_references(plain_document(content)) == []
    branches = {
        name: set(select_sections(content, ["branches"], name)["branches"])
        for name in content["datasets"]
    }
    assert branches["dy_2017"] == {
        "lead_pt",
        "genWeight",
        "HLT_IsoMu27",
        "HLT_Mu17",
        "HLT_Mu17_Mu8",
    }
    assert branches["dy_2018"] == {"lead_pt", "genWeight", "HLT_IsoMu24", "HLT_Mu17_Mu8"}
    assert branches["single_2018"] == {"lead_pt", "HLT_IsoMu24", "HLT_Mu17_Mu8"}
    assert branches["double_2018"] == {"lead_pt", "HLT_Mu17_Mu8"}


def test_what_a_step_sees():
    content = document() | {
        "columns": {"twice": "2 * lead_pt"},
        "weights": {"half": {"factor": "0.5", "samples": ["dy"]}},
    }
    before = copy.deepcopy(content)
    single = with_triggers(content, "single_2017")
    assert single["columns"] == {
        "twice": "2 * lead_pt",
        "single_muon": "HLT_IsoMu27 != 0 or HLT_Mu17 != 0",
        "double_muon": "HLT_Mu17_Mu8 != 0",
    }
    cut = {
        "trigger of the dataset": "single_muon and not double_muon",
        "lead_pt > 25": "lead_pt > 25",
    }
    assert single["skim"] == {"selection": cut}
    assert with_triggers(single, "single_2017") is single
    weight = select_sections(content, ["event_weight"], "dy_2017")["event_weight"]
    assert weight == (
        "(genWeight) * (0.5) * (1 - where(HLT_IsoMu27 != 0, 1 - 1 / 4, 1)"
        " * where(HLT_Mu17 != 0, 1 - 1 / 10, 1) * where(HLT_Mu17_Mu8 != 0, 1 - 1 / 1, 1))"
    )
    assert (
        select_sections(content, ["event_weight"], "dy_2018")["event_weight"]
        == "(genWeight) * (0.5)"
    )
    assert select_sections(content, ["weight"], "dy_2017")["weight"] == {
        "weight": "genWeight"
    }  # the sum of weights has no trigger
    assert content == before


def test_without_a_skim_the_trigger_is_the_skim():
    content = edited(lambda item: item.pop("skim"))
    assert with_triggers(content, "double_2018")["skim"] == {
        "selection": {"trigger of the dataset": "double_muon"}
    }
    both = edited(
        lambda item: item["datasets"]["single_2018"].update(trigger=["single_muon", "double_muon"])
    )
    cut = with_triggers(both, "single_2018")["skim"]["selection"]["trigger of the dataset"]
    assert cut == "(single_muon or double_muon) and not double_muon"


def test_no_weight_where_nothing_is_prescaled():
    assert prescale_weight(document(), "dy_2018") == ""


PROBLEMS = {
    "datasets.dy_2017.trigger: 'single' is not a trigger; did you mean 'single_muon'?": lambda item: (  # noqa: E501
        item["datasets"]["dy_2017"].update(trigger="single")
    ),
    "datasets.dy_2017.not_trigger: simulation has each event once; only data overlap": lambda item: (  # noqa: E501
        item["datasets"]["dy_2017"].update(not_trigger="double_muon")
    ),
    "triggers.single_muon: the name is taken by an object or a column": lambda item: item.update(
        columns={"single_muon": "1"}
    ),
    "triggers.single_muon: no path exists in the era 2018": lambda item: item["triggers"][
        "single_muon"
    ]["paths"].pop("HLT_IsoMu24"),
    (
        "triggers.single_muon.paths.HLT_IsoMu24.eras: '2108' is not an era of the analysis; did "
        "you mean '2018'?"
    ): lambda item: item["triggers"]["single_muon"]["paths"]["HLT_IsoMu24"].update(
        eras=[2018, 2108]
    ),
    "triggers.double_muon.paths.HLT_Mu17: is not as in 'single_muon'": lambda item: item[
        "triggers"
    ]["double_muon"]["paths"].update(HLT_Mu17={}),
    (
        "datasets.dy_2017: 'single_muon' is prescaled, which its weight needs to know: add "
        "trigger: [double_muon, single_muon]"
    ): (lambda item: item["datasets"]["dy_2017"].update(trigger="double_muon")),
    (
        "regions.hard.selection: 'single_muon' is prescaled: the weight of 'dy_2017' is that of "
        "its `trigger` as a whole"
    ): (lambda item: item["regions"]["hard"].update(selection="lead_pt > 40 and single_muon")),
    (
        "regions.hard.selection: 'HLT_Mu17' is prescaled: the weight of 'dy_2017' is that of "
        "its `trigger` as a whole"
    ): (lambda item: item["regions"]["hard"].update(selection="lead_pt > 40 and HLT_Mu17")),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_problems(problem):
    (found,) = check_references(edited(PROBLEMS[problem]))
    assert found.startswith(problem)


def test_an_era_is_needed():
    def change(item):
        item["luminosity_ifb"] = 1.0
        item["datasets"]["double_2018"].pop("era")

    assert check_references(edited(change)) == [
        "datasets.double_2018: needs an era, on which the trigger 'single_muon' depends"
    ]


def test_the_only_trigger_of_a_dataset_may_be_asked_for_again():
    def change(item):
        for dataset in ("dy_2017", "dy_2018"):
            item["datasets"][dataset]["trigger"] = "single_muon"
        item["regions"]["hard"]["selection"] = "lead_pt > 40 and single_muon"

    assert check_references(edited(change)) == []
