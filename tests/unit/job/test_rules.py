"""Values of the rules, of programs of this checkout."""

import shlex

import pytest
from support.example.products import EXAMPLE
from support.project.paths import ROOT

from wollemi.analysis.view import view_of
from wollemi.job.rules import RuleValues, code_state, command, environment
from wollemi.plan.plan import Plan

DOCUMENT = EXAMPLE | {"commands": {"unfold": {"run": "x {a}", "outputs": ["a.root"]}}}


@pytest.fixture(autouse=True)
def checkout(monkeypatch):
    monkeypatch.chdir(ROOT)


def values(**changes):
    return RuleValues(Plan(view_of(DOCUMENT | changes), "run"), "a.yaml")


def test_a_program_has_a_command_and_an_environment():
    assert command("fit_model").startswith("\npython {input.code[0]:q} ")
    assert environment("fit_model") == "../../envs/statistics.yaml"
    assert environment("run_command", "config/own.yaml") == "../../config/own.yaml"


def test_only_the_sections_of_a_program_change_its_settings():
    before, after = (
        values().planned("plot_scans"),
        values(center_of_mass_tev=14).planned("plot_scans"),
    )
    assert before["settings"] != after["settings"]
    assert before["code"] == after["code"] == code_state("plot_scans")
    assert values().planned("fit_model") == values(center_of_mass_tev=14).planned("fit_model")
    assert code_state("fit_model") != code_state("plot_scans")


def test_a_command_is_one_value():
    ((entry,), (lists,)) = values().of_command("unfold").values()
    assert (entry, lists) == ('{"run":"x {a}","outputs":["a.root"]}', "{}")


def test_further_datasets_of_a_process():
    names = list(EXAMPLE["datasets"])[:2]
    outputs = {"events": "b c", "records": ["d", "e"]}
    words = shlex.split(values().further_jobs("skim_events", names, lambda dataset: outputs))
    assert words[words.index("--dataset") + 1] == names[1]
    assert words[words.index("--events") + 1 :] == ["b c", "--records", "d", "e"]
    assert values().further_jobs("skim_events", names[:1]) == ""


def test_products_of_the_model_are_inputs_of_the_programs_that_name_them():
    found = values().model_inputs("plot_ranking")
    assert found == {name: [f"results/run/{name}.json"] for name in ("fit", "ranking")}
    assert values(extrapolation=None).model_inputs("plot_extrapolation") == {"extrapolation": []}
