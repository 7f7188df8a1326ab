"""An analysis without a skim reads and fills in one step and keeps no events; its results are the
same, and what the other way has left is named.
"""

import json
from pathlib import Path

import pytest
from support.tiny.analysis import ANALYSIS, edit_analysis, planned_rules, snakemake
from support.tiny.edits import HISTOGRAMS, each, setting

import wollemi
from wollemi.provenance.chain import STALE
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import verify_run
from wollemi_likelihood.base.errors import WollemiError

RUN = Path("results/tiny")
DATASETS = ("dy_high", "data")
MERGED = [f"{RUN}/histograms/{dataset}.json" for dataset in DATASETS]
SKIM = {"selection": "count(muon) == 2"}


def judged():
    return verify_run(RUN, PresentState())


def assert_intact():
    """All that has run; the other datasets are unmade."""
    chain = judged()
    assert {job.name: job.reasons for job in chain.jobs.values() if job.status != "intact"} == {}
    assert chain.strays == ()


def run(project, *targets):
    done = snakemake(project, *targets)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def unskimmed(project, monkeypatch):
    """The tiny analysis without a skim."""
    monkeypatch.chdir(project)
    edit_analysis(project, lambda document: document.pop("skim"))
    return project


def test_what_runs(unskimmed):
    expected = each("process_events") | each("merge_parts") | HISTOGRAMS
    rules = planned_rules(unskimmed)
    assert expected <= set(rules)
    assert not {name for name in rules if name.startswith(("skim_events", "fill_histograms"))}
    assert rules["process_events_dy_low"] == 2


@pytest.mark.slow
def test_a_skim_comes_and_goes(unskimmed):
    """The same histograms, as each region is a part of the skim; a verdict that says what to
    delete, and is clean after that.
    """
    run(unskimmed, *MERGED)
    assert_intact()
    assert not (RUN / "events").exists()
    without = {path: json.loads(Path(path).read_text()) for path in MERGED}
    edit_analysis(unskimmed, lambda document: document.update(skim=SKIM))
    assert set(planned_rules(unskimmed, *MERGED)) == {
        *each("skim_events", DATASETS),
        *each("fill_histograms", DATASETS),
        *each("merge_parts", DATASETS),
    }
    run(unskimmed, *MERGED)
    assert {path: json.loads(Path(path).read_text()) for path in MERGED} == without
    delete_left_over({"process_events/dy_high_0", "process_events/data_0"})
    edit_analysis(unskimmed, lambda document: document.pop("skim"))
    run(unskimmed, *MERGED)
    delete_left_over(
        {f"{step}/{name}_0" for step in ("skim_events", "fill_histograms") for name in DATASETS}
    )
    assert not list(RUN.glob("events/*/*"))
    edit_analysis(unskimmed, lambda document: document.update(skim=SKIM))
    run(unskimmed, *MERGED)
    assert {path: json.loads(Path(path).read_text()) for path in MERGED} == without


def delete_left_over(expected):
    """Do what the verdict says, to the letter."""
    chain = judged()
    assert chain.status == STALE
    left = {job.name: job for job in chain.jobs.values() if job.status != "intact"}
    assert set(left) == expected
    for job in left.values():
        (text,) = {reason.text for reason in job.reasons if reason.cause == "left over"}
        assert text.startswith(f"{job.name} is left over: ")
        for path in text.partition("; delete ")[2].split():
            Path(path).unlink()
    assert_intact()


@pytest.mark.slow
def test_edits(unskimmed):
    """All that is read from the files is read again: nothing is kept between them and the
    histograms.
    """
    run(unskimmed, *MERGED)
    expected = each("process_events", DATASETS) | each("merge_parts", DATASETS)
    analysis = Path(ANALYSIS).read_text()
    for edit in (
        setting("regions", "search", "selection", value="count(muon) == 2"),
        setting("checks", value={"ranges": {"Muon_pt": [0, 1e5]}}),
    ):
        edit(unskimmed)
        assert set(planned_rules(unskimmed, *MERGED)) == expected
        Path(ANALYSIS).write_text(analysis)
    assert planned_rules(unskimmed, *MERGED) == {}


@pytest.mark.slow
def test_the_whole_run(unskimmed):
    run(unskimmed)
    assert judged().status == "intact"
    finished = wollemi.open(RUN)
    assert finished.histograms("data")
    with pytest.raises(WollemiError, match="no events are kept, as the analysis has no skim"):
        finished.events("data")
