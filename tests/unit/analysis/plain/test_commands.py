"""Commands of other frameworks: what they read and make, as the plan sees it."""

import copy

import pytest

from wollemi.analysis.plain.commands import (
    commands_in_circles,
    expand_commands,
    read_datasets,
    used_commands,
)
from wollemi.analysis.view import view_of
from wollemi.plan.plan import Plan

DOCUMENT = {
    "name": "a",
    "commands": {
        "late": {"run": "b", "inputs": "ntuple", "files": ["b.C"], "outputs": ["h.root"]},
        "early": {"run": "a", "inputs": ["raw"], "outputs": ["n0.root", "n1.root"]},
        "spare": {"run": "c", "outputs": ["c.root"]},
    },
    "datasets": {
        "raw": {"files": ["raw.root", {"url": "https://b/c.root", "size": 1, "sha256": "0"}]},
        "ntuple": {"command": "early"},
        "half": {"command": "early", "files": ["n1.root"]},
        "top": {"command": "late", "histograms": {"sr": ["top"]}},
        "other": {"files": ["other.root"]},
    },
    "samples": {"top": {"role": "background", "datasets": "top"}},
}


@pytest.fixture
def plain():
    return expand_commands(copy.deepcopy(DOCUMENT))


def test_outputs_are_files(plain):
    """All, or those that are named; a second time changes nothing."""
    assert plain["datasets"]["ntuple"]["files"] == ["early/n0.root", "early/n1.root"]
    assert plain["datasets"]["half"]["files"] == ["early/n1.root"]
    assert plain["datasets"]["raw"] == DOCUMENT["datasets"]["raw"]
    assert expand_commands(plain) == plain


def test_what_is_needed_is_found_through_other_commands(plain):
    assert used_commands(plain) == ["late", "early"]
    assert read_datasets(plain) == ["top", "ntuple", "raw"]
    assert commands_in_circles(plain) == []


def test_a_circle_is_found(plain):
    plain["commands"]["early"] = {**plain["commands"]["early"], "inputs": ["raw", "top"]}
    assert commands_in_circles(plain) == ["late", "early"]


def test_the_plan(plain):
    plan = Plan(view_of(plain), "a")
    assert plan.commands == ["late", "early"]
    assert plan.command_lists("late") == {
        "ntuple": ["results/a/commands/early/n0.root", "results/a/commands/early/n1.root"]
    }
    assert plan.command_inputs("early") == ["raw.root", "results/a/files/raw/c.root"]
    assert plan.command_files("late") == ["b.C"]
    assert plan.command_outputs("late") == ["results/a/commands/late/h.root"]
    assert plan.dataset_files("top") == plan.command_outputs("late")
    assert plan.fetched_datasets == ["raw"]
    assert plan.datasets == ["top"]
