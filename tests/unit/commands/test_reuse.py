"""When `wollemi run` asks the store, and for which run."""

import sys
from pathlib import Path

import pytest

from wollemi.commands import reuse
from wollemi.commands.reuse import makes_results, reuse_results, run_folder


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Commands that would have been run, in a folder whose store has a state of zee."""
    lines = []
    monkeypatch.setattr(reuse, "run_child", lines.append)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WOLLEMI_STORE", raising=False)
    Path(".wollemi/store/states/zee").mkdir(parents=True)
    for name in ("Snakefile", "scripts"):
        (tmp_path / name).mkdir() if name == "scripts" else (tmp_path / name).touch()
    return lines


@pytest.mark.parametrize(
    ("analysis", "arguments", "folder"),
    [
        ("zee", [], "results/zee"),
        ("results/zee", ["--keep-going"], "results/zee"),
        ("zee", ["max_events=100"], "results/zee_preview"),
        ("zee", ["--config", "max_events=0"], "results/zee"),
    ],
)
def test_the_folder_of_a_run(analysis, arguments, folder):
    assert run_folder(analysis, arguments) == Path(folder)


def test_a_run_asks_and_a_dry_run_only_says(asked):
    command = [sys.executable, "scripts/manage_history.py", "reuse", "results/zee"]
    reuse_results("zee", ["--keep-going"])
    reuse_results("zee", ["--dry-run"])
    reuse_results("zee", ["-n"])
    assert asked == [command, [*command, "--dry-run"], [*command, "--dry-run"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], True), (["--forceall"], True), (["-n"], False), (["--unlock"], False)],
)
def test_which_runs_change_results(arguments, expected):
    assert makes_results(["--config", "a=b", *arguments]) is expected


@pytest.mark.parametrize(
    "arguments",
    [["--unlock"], ["--touch"], ["--summary"], ["--forceall"], ["-R", "x"], ["--report=a.html"]],
)
def test_what_is_no_run_or_is_to_run_again_does_not_ask(asked, arguments):
    reuse_results("zee", arguments)
    assert asked == []


def test_without_a_state_nobody_is_asked(asked, monkeypatch):
    reuse_results("zmumu", [])
    reuse_results("zee", ["max_events=9"])
    monkeypatch.setenv("WOLLEMI_STORE", "off")
    reuse_results("zee", [])
    assert asked == []
