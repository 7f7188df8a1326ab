"""What is stale after an edit, and why, and that the next run makes exactly that: with the memory
of Snakemake, and without.
"""

import fcntl
import json
import os
import re
import shutil
from pathlib import Path

import pytest
import verify_results
from support.tiny.analysis import digests, planned_rules, snakemake
from support.tiny.edits import (
    HISTOGRAMS,
    MODEL,
    PLOTS,
    STACKS,
    SUMMARY,
    code_added,
    each,
    from_fill,
    from_skim,
    line_added,
    one_more_dataset,
    other_file,
    setting,
)

from wollemi.job.records import installed_packages
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.snakemake import ask_snakemake, compare_plan
from wollemi.provenance.verify import verify_run

RUN = Path("results/tiny")
HOOKS = "config/analyses/tiny/hooks.py"
MODULE = "scripts/wollemi/histograms/normalization.py"
EVERYTHING = from_skim() | {"read_histograms_signal_300", "fetch_dataset_data"}


def everything_touched(project):
    for path in project.rglob("*.*"):
        if path.is_file() and ".snakemake" not in path.parts:
            os.utime(path)


def section(*names):
    return {("settings", name) for name in names}


# Edit, rules of the stale jobs, direct reasons.
EDITS = {
    "a touch of everything": (everything_touched, set(), set()),
    "a cut": (
        setting("skim", "selection", value="count(muon) == 2 and muon[0].pt > 31"),
        from_skim(),
        section("skim"),
    ),
    "a color": (
        setting("plots", "samples", "dy", "color", value="tab:blue"),
        STACKS,
        section("plots"),
    ),
    "a shared module": (
        code_added(MODULE),
        each("merge_parts") | {"read_histograms_signal_300"} | HISTOGRAMS,
        {("code", MODULE)},
    ),
    "a hook": (line_added(HOOKS), from_skim(), {("input", HOOKS)}),
    "an input": (other_file, from_skim(["dy_high"]), {("input", "input/dy_high_0.root")}),
    "the model": (setting("model", "poi_bounds", value=[0, 20]), MODEL, section("model")),
    "one more dataset": (one_more_dataset, HISTOGRAMS, section("datasets", "samples")),
}
# What Snakemake does not see by itself.
UNSEEN = {
    "the lock file": (line_added("uv.lock"), EVERYTHING, {("environment", "uv.lock")}),
    "an environment file": (
        line_added("envs/plots.yaml"),
        PLOTS,
        {("environment", "envs/plots.yaml")},
    ),
    "a package": (lambda project: None, PLOTS, {("package", "matplotlib")}),
}


def rule_name(job):
    dataset = job.content["options"].get("dataset")
    program = Path(job.content["program"]).stem
    return f"{program}_{dataset}" if dataset else program


def verify():
    """Rules of the jobs that are not intact, direct reasons, and the chain."""
    chain = verify_run(RUN, PresentState())
    jobs = [job for job in chain.jobs.values() if job.to_redo]
    reasons = {
        (reason.cause, reason.subject)
        for job in jobs
        for reason in job.reasons
        if reason.cause != "through"
    }
    return {rule_name(job) for job in jobs}, reasons, chain


def copy_without_memory(project):
    """What somebody has who copied the results into a fresh checkout: no `.snakemake`, and all code
    is newer.
    """
    shutil.rmtree(project / ".snakemake")
    for path in (project / "results").rglob("*.*"):
        os.utime(path, (1, 1))


@pytest.fixture
def here(finished_copy, monkeypatch):
    monkeypatch.chdir(finished_copy)
    return finished_copy


@pytest.mark.parametrize("what", EDITS)
def test_names_what_is_stale_and_the_next_run_makes_it(here, what):
    edit, rules, reasons = EDITS[what]
    edit(here)
    found, why, chain = verify()
    assert (found, why) == (rules, reasons)
    new = each("skim_events", ["dy_new"]) | from_fill(["dy_new"]) - HISTOGRAMS
    assert chain.unmade == (("dy_new",) if what == "one more dataset" else ())
    assert planned_rules(here).keys() - {"all"} - new == rules


@pytest.mark.parametrize("what", UNSEEN)
def test_names_what_snakemake_does_not_see(here, what, monkeypatch):
    edit, rules, reasons = UNSEEN[what]
    edit(here)
    if what == "a package":
        monkeypatch.setattr(
            "wollemi.provenance.present_state.installed_packages",
            lambda: installed_packages() | {"matplotlib": "0"},
        )
    found, why, chain = verify()
    assert (found, why) == (rules, reasons)
    if what != "the lock file":  # one is enough
        return
    difference = compare_plan(chain, ask_snakemake(chain))
    assert len(difference.kept) == len(chain.products)
    assert difference.remade == difference.new == ()


@pytest.mark.slow
def test_copied_results_are_adopted_and_a_run_makes_exactly_the_rest(here, capsys, monkeypatch):
    copy_without_memory(here)
    before = digests(here)
    # the default, written out: another digest, equal results
    setting("limits", "level", value=0.95)(here)
    Path("results/tiny/significances.json").write_text("{}")
    (here / "results/tiny/notes.txt").write_text("mine")
    # because of what was changed by hand, and of the notes
    assert verify_results.main([str(RUN)]) == 2
    text = capsys.readouterr().out
    assert "Snakemake would remake" in text
    assert "→ `verify_results.py --adopt`" in text

    with monkeypatch.context() as other_package:
        other_package.setattr(
            "wollemi.provenance.present_state.installed_packages",
            lambda: installed_packages() | {"matplotlib": "0"},
        )
        assert verify_results.main([str(RUN), "--adopt"]) == 0
    assert "package matplotlib: made with" in capsys.readouterr().out
    assert (here / "results/tiny/.stale/1/significances.json").read_text() == "{}"
    assert (here / "results/tiny/.stale/1/limits.json").is_file()
    assert not Path("results/tiny/limits.json").exists()
    (here / "results/tiny/notes.txt").unlink()
    assert verify_results.main([str(RUN)]) == 1  # what is left is intact, but not all
    assert "not made yet" in capsys.readouterr().out
    assert digests_of_kept(here).items() <= before.items()

    done = snakemake(here)
    assert done.returncode == 0, done.stdout
    ran = set(re.findall(r"^(\w+) +\d+\.\d s", done.stdout, re.MULTILINE))
    of_limits = {"throw_toys", "compute_limits", "plot_limits", "write_likelihood", *SUMMARY}
    of_limits |= {"extrapolate_limits", "plot_extrapolation"}
    assert ran == {*of_limits, "compute_significance", *PLOTS}
    assert verify()[2].status == "intact"
    made = {
        name: digest
        for name, digest in digests(here).items()
        if ".stale" not in name and "records/" not in name
    }
    assert made == {name: digest for name, digest in before.items() if "records/" not in name}
    setting("limits", "level", value=0.9)(here)  # Snakemake has its memory again
    assert planned_rules(here).keys() - {"all"} == of_limits


def digests_of_kept(project):
    return {name: digest for name, digest in digests(project).items() if ".stale" not in name}


def test_a_lost_production_file_keeps_everything_in_place(here, capsys):
    copy_without_memory(here)
    before = digests(here)
    Path("input/dy_high_0.root").unlink()
    assert verify_results.main([str(RUN), "--without-snakemake"]) == 2
    assert "broken: the input input/dy_high_0.root is missing" in capsys.readouterr().out
    assert verify_results.main([str(RUN), "--adopt"]) == 0
    assert digests(here) == before
    assert planned_rules(here).keys() - {"all"} == set()


def test_adopting_waits_for_a_running_snakemake(here, capsys):
    folder = os.open(".snakemake", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_SH)
    assert verify_results.main([str(RUN), "--adopt"]) == 2
    os.close(folder)
    assert "is running" in capsys.readouterr().err


def test_the_records_of_the_jobs_that_read_hooks_have_them(here):
    records = [json.loads(path.read_text()) for path in (RUN / "records").rglob("*.json")]
    readers = {Path(record["program"]).stem for record in records if HOOKS in record["inputs"]}
    assert readers == {"skim_events", "fill_histograms"}
