"""The lines, the page, and the script of a failure."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from wollemi_interactive.failures.diagnosis import (
    diagnosis_lines,
    diagnosis_of,
    page_text,
    place_of,
    write_diagnosis,
)
from wollemi_interactive.failures.failed_jobs import FailedJob, RunLog

COMMAND = "echo made > results/a/out.json ; echo seen --dataset dy --part 0 --log results/a/l.log"
JOB = FailedJob(
    "skim_events_dy", "today", ("results/a/out.json",), ("results/a/l.log",), COMMAND, "", "", ""
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A group of three jobs, of which the second failed and the others did not begin."""
    monkeypatch.chdir(tmp_path)
    Path("results/a").mkdir(parents=True)
    Path("results/a/l.log").write_text("ERROR a.root: is damaged\n  → fetch it\n")
    waiting = replace(JOB, rule="fit_model", logs=("results/a/none.log",), command="")
    return RunLog(Path("s.log"), (waiting, JOB, waiting), False, True, "")


def test_the_job_with_a_log_comes_first(run):
    found = diagnosis_of(run)
    assert [job.rule for job, _ in found.causes] == ["skim_events_dy", "fit_model", "fit_model"]
    assert diagnosis_lines(found, Path("d")) == [
        "skim_events, dy, part 0 failed first, today; 2 other jobs failed, too",
        "input: a.root: is damaged",
        "  log: results/a/l.log",
        "to do: fetch it",
        "repeat it: bash d/repeat.sh",
        "all failures: d/diagnosis.md",
    ]
    page = page_text(found, "a")
    assert page.count("\n## ") == 3
    assert "**input**: a.root: is damaged\n\nTo do: fetch it.\n" in page


def test_the_script_writes_elsewhere(run, tmp_path):
    folder = Path("results/a/logs/diagnosis")
    write_diagnosis(diagnosis_of(run), "a", folder)
    done = subprocess.run(
        ["bash", tmp_path / folder / "repeat.sh"], cwd="/", check=True, capture_output=True
    )
    assert done.stdout.split() == [
        b"seen",
        *b"--dataset dy --part 0 --log results/a/logs/diagnosis/outputs/results/a/l.log".split(),
    ]
    assert (folder / "outputs/results/a/out.json").read_text() == "made\n"
    assert not Path("results/a/out.json").exists()


def test_a_job_without_a_dataset_is_called_by_its_rule():
    assert place_of(replace(JOB, rule="fit_model", command="python fit.py")) == "fit_model"
