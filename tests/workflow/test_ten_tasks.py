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


def test_an_edit_that_does_not_fit_ends_the_benchmark(tasks, tmp_path):
    (tmp_path / "a.txt").write_text("cut cut")
    for old in ("cut", "color"):
        with pytest.raises(SystemExit, match="times, not once"):
            tasks.Edit(old, "x", "a.txt").apply(tmp_path)


def test_the_table_has_medians(tasks):
    costs = {2: [tasks.Cost(wall, 2 * wall) for wall in (9.0, 1.0, 2.0)]}
    command = 'uv run wollemi draw zprime "electron[0].pt" --region signal_ee'
    assert list(tasks.table_lines(costs))[-1] == f"| 2 | draw | `{command}` | 2.0 | 4.0 |"
