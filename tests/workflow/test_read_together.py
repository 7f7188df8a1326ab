"""One dataset in several samples in the workflow: one job reads its files for all of them, and an
edit and its revert run no job.
"""

import os
import re
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import yaml
from support.events.truth_splits import SPLITS, document, make_events
from support.tiny.analysis import ANALYSIS, digests, planned_rules, snakemake, wollemi

from wollemi.provenance.present_state import PresentState
from wollemi.provenance.verify import verify_run

RUN = Path("results/tiny")
NOTHING = "nothing to be done: all is up to date"
FIRST, *OTHERS = (f"ttbar_{sample}" for sample in SPLITS)


@pytest.fixture(params=["skim", "no skim"])
def split(request, project, monkeypatch):
    """A project of an analysis that splits a dataset, and the program that reads its files."""
    monkeypatch.chdir(project)
    rng = np.random.default_rng(5)
    for name, first in (("ttbar_0", 0), ("ttbar_1", 400), ("herwig", 800)):
        ak.to_parquet(ak.Array(make_events(400, rng, first=first)), f"input/{name}.parquet")
    content = document()
    if request.param == "no skim":
        del content["skim"]
    content["datasets"]["ttbar"]["files_per_job"] = 1
    Path(ANALYSIS).write_text(yaml.safe_dump(content, sort_keys=False))
    return project, "skim_events" if request.param == "skim" else "process_events"


def select(sample, selection):
    """Give a sample another selection; what it had."""
    content = yaml.safe_load(Path(ANALYSIS).read_text())
    before = content["samples"][sample]["selection"]
    content["samples"][sample]["selection"] = selection
    Path(ANALYSIS).write_text(yaml.safe_dump(content, sort_keys=False))
    return before


def stale():
    """Jobs that would not give the same again, with the reason."""
    jobs = verify_run(RUN, PresentState()).jobs.values()
    return {job.name: job.reasons[0].text for job in jobs if job.status != "intact"}


def test_one_job_a_part_reads_for_all(split):
    project, program = split
    rules = planned_rules(project)
    assert rules[f"{program}_{FIRST}"] == 2
    assert not {f"{program}_{name}" for name in OTHERS} & rules.keys()
    assert {f"merge_parts_{name}" for name in (FIRST, *OTHERS)} <= rules.keys()


def test_it_may_take_as_long_as_all_of_them(split):
    """At 60 MB a minute for each of three."""
    project, program = split
    os.truncate("input/ttbar_0.parquet", 600_000_000)  # nothing is read
    planned = snakemake(project, "--dry-run", "--printshellcmds").stdout
    found = re.findall(rf"^rule {program}_{FIRST}:.*?runtime=(\d+)", planned, re.M | re.S)
    assert sorted(found) == ["11", "40"]


@pytest.mark.slow
def test_an_edit_and_its_revert(split):
    project, program = split
    done = wollemi(project, "run", "tiny")
    assert done.returncode == 0, done.stdout
    assert stale() == {}
    made = digests(project)
    before = select("ttc", "b_hadrons == 0 and c_hadrons > 1")
    assert stale()[f"{program}/{FIRST}_0"] == f"section 'read_together' of {ANALYSIS} has changed"
    assert planned_rules(project)[f"{program}_{FIRST}"] == 2
    done = wollemi(project, "run", "tiny")
    assert done.returncode == 0, done.stdout
    assert stale() == {}
    assert digests(project) != made
    select("ttc", before)
    done = wollemi(project, "run", "tiny")
    assert NOTHING in done.stdout
    assert digests(project) == made
    assert stale() == {}
    # A product that is lost is made again, with what its job makes besides.
    lost = RUN / f"cutflow/{OTHERS[0]}/skim_1.json"
    lost.unlink()
    done = snakemake(project, lost.as_posix())
    assert done.returncode == 0, done.stdout
    assert digests(project) == made


@pytest.mark.slow
def test_a_preview(split):
    project, _ = split
    done = snakemake(project, config=["max_events=300"])
    assert done.returncode == 0, done.stdout
    for name in (FIRST, *OTHERS):
        assert Path(f"results/tiny_preview/histograms/{name}.json").is_file()
