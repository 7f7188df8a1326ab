"""What Snakemake says last when something fails: the message of the program, or the problems of the analysis file."""

import pytest
from paths import ROOT
from tiny import ANALYSIS, edit_analysis, snakemake

# A target of few jobs.
TARGET = "results/tiny/cutflow/dy_high/skim_0.json"


def last_lines(project, number=12):
    done = snakemake(project, TARGET)
    assert done.returncode == 1
    return "\n".join(done.stdout.splitlines()[-number:])


def test_a_failed_program(project):
    path = project / "input/dy_high_0.root"
    path.write_text("<html>Please log in</html>")
    message = (ROOT / "tests/data/errors/web_page.txt").read_text(encoding="utf-8").strip()
    assert message in last_lines(project)
    assert not (project / TARGET).exists()
    assert not (project / "results/tiny/events/dy_high/0.parquet").exists()


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
            "systematics.luminosity.samples: 'signal_20' is not a sample; did you mean 'signal_200'?",
        ),
        (
            lambda document: document["regions"]["peak"].update(role="contrl"),
            "regions.peak.role: 'contrl' is not one of ['signal', 'control', 'validation']",
        ),
    ],
)
def test_a_problem_of_the_analysis_file(project, change, problem):
    edit_analysis(project, change)
    lines = last_lines(project)
    assert problem in lines
    assert f"python scripts/check_analysis.py {ANALYSIS}" in lines


def test_a_duplicate_key(project):
    with (project / ANALYSIS).open("a") as file:
        file.write("title: another\n")
    assert f"{ANALYSIS}, line " in last_lines(project)
    assert "the key 'title' stands twice" in last_lines(project)
