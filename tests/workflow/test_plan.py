"""`wollemi plan`: the jobs of the next run, from a preview of the present analysis only."""

import re

import pytest
from support.tiny.analysis import edit_analysis, planned_rules, snakemake, wollemi

PREVIEW = ("run", "tiny", "--preview", "300", "--config", "mirrors=mirror")
STALE = "results/tiny_preview is not complete, or older than the analysis"
AGAIN = "run tiny --preview 300`"
TABLE = r"^(\w+) +(\d+) +[\d.,]+ +[\d.,]+ +\d+ +[\d.,]+$"


def preview(project):
    done = wollemi(project, *PREVIEW)
    assert done.returncode == 0, done.stdout


def planned(project, code=0):
    done = wollemi(project, "plan", "tiny", "--slots", "3")
    assert done.returncode == code, done.stdout
    return done.stdout


def tighter(document):
    """Another region, so that events are read again."""
    document["regions"]["search"]["selection"] += " and MET_pt < 900"


@pytest.mark.slow
def test_the_jobs_are_those_of_snakemake_and_the_sum_is_that_of_the_programs(project):
    preview(project)
    text = planned(project)
    counts = {name: int(number) for name, number in re.findall(TABLE, text, re.MULTILINE)}
    (missing,) = re.findall(r"^not measured: (.*)$", text, re.MULTILINE)
    number = sum(counts.values())
    assert counts["skim_events"] == 6
    assert number + len(missing.split(", ")) == sum(planned_rules(project).values()) - len(["all"])
    assert re.search(rf"^{number} jobs: .* of CPU time, at least .* with 3 slots$", text, re.M)
    assert "costliest: " in text


@pytest.mark.slow
def test_only_a_complete_preview_of_the_present_analysis_is_used(project):
    assert re.search(
        r"results/tiny_preview has not run: first `.*run tiny --preview 600000`",
        planned(project, 2),
    )
    preview(project)
    planned(project)
    edit_analysis(project, tighter)
    text = planned(project, 2)
    assert STALE in text
    assert AGAIN in text
    preview(project)
    planned(project)
    (project / "results/tiny_preview/fit.json").unlink()
    assert STALE in planned(project, 2)


@pytest.mark.slow
def test_a_complete_run_costs_nothing_and_an_edit_costs_what_has_changed(finished_copy):
    assert planned(finished_copy) == "nothing to do: results/tiny is complete\n"
    edit_analysis(finished_copy, lambda document: document.update(title="Another title"))
    preview(finished_copy)
    text = planned(finished_copy)
    assert "summarize_results" in text
    assert "skim_events" not in text


@pytest.mark.slow
def test_the_rest_of_an_interrupted_run_costs_its_share(project):
    """One part of a dataset has the events of that part, however many other parts are complete."""
    preview(project)
    whole = planned(project)
    done = snakemake(project, "results/tiny/events/dy_low/0.parquet", config=["mirrors=mirror"])
    assert done.returncode == 0, done.stdout
    rest = planned(project)
    jobs, cpu = r"^skim_events +(\d+) +[\d.,]+", r"^skim_events +\d+ +([\d.,]+)"
    before, after = (
        [float(re.search(pattern, text, re.MULTILINE)[1]) for pattern in (jobs, cpu)]
        for text in (whole, rest)
    )
    assert after[0] < before[0]
    assert after[1] < before[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("nothing",), "nothing"), (("tiny", "--slots", "0"), "--slots")],
)
def test_bad_arguments_are_named(project, arguments, said):
    done = wollemi(project, "plan", *arguments)
    assert done.returncode == 2
    assert said in done.stdout
