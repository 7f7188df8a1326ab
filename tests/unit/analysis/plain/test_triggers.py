"""Triggers written out for each dataset, and what is refused."""

import copy

import pytest
from support.documents.edits import edited
from support.events.two_triggers import document

from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.plain.triggers import with_triggers
from wollemi.loading.all import check_references
from wollemi.loading.expand import plain_document


def changed(change):
    content = plain_document(copy.deepcopy(document()))
    change(content)
    return content


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


def test_without_a_skim_the_trigger_is_the_skim():
    content = changed(lambda item: item.pop("skim"))
    assert with_triggers(content, "double_2018")["skim"] == {
        "selection": {"trigger of the dataset": "double_muon"}
    }
    both = changed(
        lambda item: item["datasets"]["single_2018"].update(trigger=["single_muon", "double_muon"])
    )
    cut = with_triggers(both, "single_2018")["skim"]["selection"]["trigger of the dataset"]
    assert cut == "(single_muon or double_muon) and not double_muon"


OF_WHOLE = "is prescaled: the weight of 'dy_2017' is that of its `trigger` as a whole"
MUON = "triggers.single_muon"
PROBLEMS = [
    (
        "datasets.dy_2017.trigger",
        "single",
        ": 'single' is not a trigger; did you mean 'single_muon",
    ),
    ("datasets.dy_2017.not_trigger", "double_muon", ": simulation has each event once; only data"),
    ("columns", {"single_muon": "1"}, f"{MUON}: the name is taken by an object or a column"),
    (f"{MUON}.paths.HLT_IsoMu24", None, f"{MUON}: no path exists in the era 2018"),
    (f"{MUON}.paths.HLT_IsoMu24.eras", [2018, 2108], ": '2108' is not an era of the analysis"),
    ("triggers.double_muon.paths.HLT_Mu17", {}, ": is not as in 'single_muon'"),
    ("datasets.dy_2017.trigger", "double_muon", "datasets.dy_2017: 'single_muon' is prescaled"),
    ("regions.hard.selection", "lead_pt > 40 and single_muon", f": 'single_muon' {OF_WHOLE}"),
    ("regions.hard.selection", "lead_pt > 40 and HLT_Mu17", f": 'HLT_Mu17' {OF_WHOLE}"),
]


@pytest.mark.parametrize(("path", "value", "problem"), PROBLEMS)
def test_problems(path, value, problem):
    (found,) = check_references(edited(plain_document(document()), path, value))
    assert found.startswith(path + problem if problem.startswith(":") else problem)


def test_an_era_is_needed():
    def change(item):
        item["luminosity_ifb"] = 1.0
        item["datasets"]["double_2018"].pop("era")

    assert check_references(changed(change)) == [
        "datasets.double_2018: needs an era, on which the trigger 'single_muon' depends"
    ]


def test_the_only_trigger_of_a_dataset_may_be_asked_for_again():
    def change(item):
        for dataset in ("dy_2017", "dy_2018"):
            item["datasets"][dataset]["trigger"] = "single_muon"
        item["regions"]["hard"]["selection"] = "lead_pt > 40 and single_muon"

    assert check_references(changed(change)) == []
