"""The benchmark of everyday tasks: its edits fit the analysis that ships, its commands are those of
the page.
"""

import importlib
import shutil
import sys

import pytest
from support.project.paths import ROOT

from wollemi.commands.main import main
from wollemi.loading.load import read_analysis

PAGE = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tasks():
    """The module of the benchmark."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield importlib.import_module("ten_tasks")
    sys.path.remove(str(ROOT / "benchmarks"))


def test_the_page_has_the_tasks_in_order(tasks):
    assert len(tasks.TASKS) == 10
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| 1 | open")]
    first = PAGE.splitlines().index(" | ".join(rows[0]))
    lines = PAGE.splitlines()[first : first + 10]
    for number, (line, task) in enumerate(zip(lines, tasks.TASKS, strict=True), 1):
        assert line.startswith(f"| {number} | {task.name} |")
        assert f"| `{tasks.shown(task.command)}` |" in line
        assert task.command[0] in main.commands


def test_edits_give_another_analysis_without_problems(tasks, tmp_path):
    source = ROOT / f"config/analyses/{tasks.ANALYSIS}"
    found = {edit: task.name for task in tasks.TASKS for edit in task.edits}
    assert len(found) == 4
    shipped = read_analysis(source / "analysis.yaml").plain
    for edit in found:
        project = tmp_path / found[edit].replace(" ", "_")
        shutil.copytree(source, project / f"config/analyses/{tasks.ANALYSIS}")
        edit.apply(project)
        edited = read_analysis(project / edit.path).plain
        changed = {key for key in shipped if edited[key] != shipped[key]}
        assert len(changed) == 1, found[edit]
