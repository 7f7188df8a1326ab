"""What Snakemake says last when something fails: the message of the program, or the problems of the
analysis file.
"""

import json
import re
import shutil

import pytest
from support.project.paths import ROOT
from support.services.forked_snakemake import run_snakemake
from support.tiny.analysis import ANALYSIS, edit_analysis, environment, snakemake, snakemake_command

# A target of few jobs.
TARGET = "results/tiny/cutflow/dy_high/skim_0.json"


def last_lines(project):
    done = snakemake(project, TARGET)
    assert done.returncode == 1
    return last(done)


def last(done):
    return "\n".join(done.stdout.splitlines()[-12:])


def test_a_failed_program(project):
    """Its message comes last; Snakemake's own log has its files, log and command."""
    path = project / "input/dy_high_0.root"
    path.write_text("<html>Please log in</html>")
    done = snakemake(project, TARGET)
    assert done.returncode == 1
    message = (ROOT / "tests/data/errors/web_page.txt").read_text(encoding="utf-8").strip()
    assert message in last(done)
    assert not (project / TARGET).exists()
    assert not (project / "results/tiny/events/dy_high/0.parquet").exists()
    assert "Error in rule" not in done.stdout
    assert "skim_events_dy_high failed\n" in done.stdout
    (log,) = (project / ".snakemake/log").glob("*.log")
    lines = log.read_text().partition("Error in rule skim_events_dy_high:\n")[2]
    described = dict(re.findall(r"^    (\w+): ?(.*)$", lines.partition("\n[")[0], re.MULTILINE))
    assert {"input/dy_high_0.root", "scripts/skim_events.py"} <= set(described["input"].split(", "))
    assert TARGET in described["output"].split(", ")
    assert described["log"].startswith("results/tiny/logs/skim_events/dy_high_0.log ")
    assert "python scripts/skim_events.py \\\n" in lines


def test_a_dry_run_has_one_line_a_job(project):
    done = snakemake(project, "--dry-run")
    assert done.returncode == 0
    (number,) = re.findall(r"^(\d+) jobs$", done.stdout, re.MULTILINE)
    jobs = re.findall(r"^\w+ +results/tiny/", done.stdout, re.MULTILINE)
    assert len(jobs) == int(number) - 1  # not `all`
    assert len(done.stdout.encode()) < 200 * len(jobs)


def test_a_missing_production_file(project):
    (project / "input/dy_high_0.root").unlink()
    lines = last_lines(project)
    assert "Missing input files for rule skim_events_dy_high" in lines
    assert "input/dy_high_0.root" in lines


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda document: document["systematics"]["luminosity"].update(samples=["signal_20"]),
            (
                "systematics.luminosity.samples: 'signal_20' is not a sample; did you mean "
                "'signal_200'?"
            ),
        ),
        (
            lambda document: document["regions"]["peak"].update(role="contrl"),
            "regions.peak.role: 'contrl'",
        ),
    ],
)
def test_a_problem_of_the_analysis_file(project, change, problem):
    edit_analysis(project, change)
    lines = last_lines(project)
    assert problem in lines
    assert f"python scripts/check_analysis.py {ANALYSIS}" in lines


def test_copies_of_events_end_the_run_before_any_job(project):
    """By content, which only the disk tells; the name and the folder are others."""
    copy = project / "elsewhere/more.root"
    copy.parent.mkdir()
    shutil.copy(project / "input/dy_low_0.root", copy)
    edit_analysis(
        project,
        lambda document: document["datasets"]["dy_high"]["files"].append("elsewhere/more.root"),
    )
    lines = last_lines(project)
    message = (
        "has the same content as 'input/dy_low_0.root' of 'dy_low'; its events would count twice"
    )
    assert f"datasets.dy_high.files.1: 'elsewhere/more.root' {message}" in lines
    assert not (project / "results").exists()
    copy.write_bytes(copy.read_bytes() + b"another file")
    assert snakemake(project, TARGET, "--dry-run").returncode == 0


def test_unknown_settings(project):
    meant = {"max_event": "max_events", "mirror": "mirrors", "analyses": "analysis", "foo": ""}
    done = snakemake(project, "--dry-run", config=[f"{name}=1" for name in meant])
    assert done.returncode == 1
    for name, known in meant.items():
        hint = f"; did you mean '{known}'?" if known else ""
        assert f"- {name}: there is no such setting{hint}\n" in done.stdout


def test_a_duplicate_key(project):
    with (project / ANALYSIS).open("a") as file:
        file.write("title: another\n")
    lines = last_lines(project)
    assert f"{ANALYSIS}, line " in lines
    assert "the key 'title' appears twice" in lines


EDIT = """
from pathlib import Path

FILE = Path("config/analyses/tiny/analysis.yaml")
FILE.write_text(FILE.read_text().replace("60 < dimuon_mass < 120", "70 < dimuon_mass < 120"))
"""


def test_an_edit_during_the_run(project):
    """The first skim edits the file: what depends on the edit stops, and the next run is a whole
    one.
    """
    hooks = project / ANALYSIS.replace("analysis.yaml", "hooks.py")
    hooks.write_text(hooks.read_text() + EDIT)
    target = "results/tiny/cutflow/signal_200/fill_0.json"
    done = snakemake(project, target)
    assert done.returncode == 1
    message = (
        f"{ANALYSIS}: changed since this run was planned, in what this job depends on: 'regions'"
    )
    assert message in done.stdout[-2000:]
    assert (project / "results/tiny/events/signal_200/0.parquet").is_file()
    assert not (project / target).exists()
    assert snakemake(project, target).returncode == 0
    cuts = json.loads((project / target).read_text())["regions"]["peak"]
    assert cuts[-1]["cut"] == "70 < dimuon_mass < 120"


def test_a_batch_job_that_would_be_planned_with_an_edited_file(project):
    """Slurm's jobs parse the workflow anew, in the environment of the run."""
    arguments = snakemake_command(TARGET, "--mode", "remote", "--dry-run")[3:]
    planned = {"WOLLEMI_PLANNED": "0" * 64}
    said = project.with_name("said.txt")
    assert run_snakemake(arguments, project, environment() | planned, said) == 1
    assert f"{ANALYSIS}: changed since this run was planned" in said.read_text()
