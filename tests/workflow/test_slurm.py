"""The jobs of a chain as batch jobs of a real Slurm: the same bytes as on this machine; what cannot
start is refused, what was killed is tried again, what is wrong is not.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.services.batch import make_slow_once, slurm_node, wait_until_slow
from support.services.recipes import needs_recipes
from support.tiny.analysis import digests

TINY = ("--config", "analysis=tiny", "mirrors=mirror")
# One part of each kind: from real data through a merge.
TARGET = "results/tiny/histograms/data.json"
GOOD = "results/tiny/events/dy_high/0.parquet"
OTHER = "results/tiny/events/signal_200/0.parquet"
BAD = "results/tiny/events/dy_low/0.parquet"
ONE_BY_ONE = ("--group-components", "parts=1", "results=1")


@pytest.fixture(scope="module")
def batch():
    """A Slurm that runs."""
    with slurm_node() as node:
        yield node


def memory(jobs):
    """The memory that each batch job asked for."""
    return [job["ReqTRES"].partition("mem=")[2].partition(",")[0] for job in jobs]


@needs_recipes
def test_batch_jobs_give_the_bytes_of_this_machine(batch, project, finished):
    project, done = batch.run(project, TARGET, *TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    found, expected = digests(project), digests(finished)
    assert {
        "events/data/0.parquet",
        "histograms/data.json",
        "records/merge_parts/data.json",
    } <= found.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    jobs = batch.jobs()
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    assert {job["WorkDir"] for job in jobs} == {os.path.realpath(project)}
    # One fetches, one skims and fills, one does what follows.
    assert sum(name.startswith("records/") for name in found) == 4
    assert [(job["NumCPUs"], job["TimeLimit"]) for job in jobs] == [
        ("1", "00:11:00"),
        ("1", "00:06:00"),
        ("1", "00:02:00"),
    ]
    assert memory(jobs) == ["1G", "1G", "1G"]


@needs_recipes
@pytest.mark.parametrize(
    ("target", "limit", "message"),
    [
        ("results/tiny/files/data/data.root", 30, "rule fetch_dataset_data: its last attempt asks"),
        (TARGET, 20, "group parts: its last attempt asks for 24 minutes, but the default"),
    ],
)
def test_more_time_than_the_partition_has_is_refused(batch, project, target, limit, message):
    before = len(batch.jobs())
    batch.control("update", "PartitionName=main", f"MaxTime={limit}")
    try:
        _, done = batch.run(project, target, *TINY)
    finally:
        batch.control("update", "PartitionName=main", "MaxTime=60")
    assert message in done.stdout + done.stderr
    assert f"the default partition allows {limit}\n" in done.stdout + done.stderr
    assert done.returncode == 1
    assert len(batch.jobs()) == before


@pytest.mark.slow
@needs_recipes
def test_what_was_killed_is_tried_with_more_and_bad_input_once(batch, project):
    before = len(batch.jobs())
    (project / "input/dy_low_0.root").write_bytes(b"no events")
    killed = "skim_events_dy_high:mem_mb=50*20**(attempt-1)"
    project, done = batch.run(project, GOOD, BAD, "--set-resources", killed, *ONE_BY_ONE, *TINY)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert (project / GOOD).is_file(), said
    assert said.count("input/dy_low_0.root: ") == 1, said
    asked = memory(batch.jobs()[before:])
    assert {"50M", "1000M"} <= set(asked)
    assert "2000M" not in asked
    logs = [path.read_text() for path in project.glob(".snakemake/slurm_logs/*dy_low*/**/*.log")]
    assert sum("so it is not tried again" in text for text in logs) == 2


@pytest.mark.slow
@needs_recipes
def test_a_group_that_was_killed_is_tried_with_more(batch, project):
    before = len(batch.jobs())
    small = [f"skim_events_{name}:mem_mb=50*20**(attempt-1)" for name in ("dy_high", "signal_200")]
    project, done = batch.run(project, GOOD, OTHER, "--set-resources", *small, *TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / GOOD).is_file()
    assert (project / OTHER).is_file()
    assert memory(batch.jobs()[before:]) == ["50M", "1000M"]


@pytest.mark.slow
@needs_recipes
def test_a_group_beyond_its_time_is_tried_with_more(batch, project):
    before = len(batch.jobs())
    make_slow_once(project, seconds=600)
    short = [f"skim_events_{name}:runtime=3**(attempt-1)" for name in ("dy_high", "signal_200")]
    project, done = batch.run(project, GOOD, OTHER, "--set-resources", *short, *TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    jobs = batch.jobs()[before:]
    assert [job["JobState"] for job in jobs] == ["TIMEOUT", "COMPLETED"]
    assert [job["TimeLimit"] for job in jobs] == ["00:02:00", "00:06:00"]


@pytest.mark.slow
@needs_recipes
def test_a_group_whose_machine_is_lost_starts_again(batch, project):
    """Slurm waits for two minutes; no attempt is used up."""
    before = len(batch.jobs())
    make_slow_once(project, seconds=600)
    with ThreadPoolExecutor() as executor:
        run = executor.submit(batch.run, project, GOOD, OTHER, *TINY)
        wait_until_slow(project)
        batch.lose_machine()
        _, done = run.result()
    assert done.returncode == 0, done.stdout + done.stderr
    (job,) = batch.jobs()[before:]
    assert (job["Restarts"], job["JobState"]) == ("1", "COMPLETED")


@pytest.mark.slow
@needs_recipes
def test_a_group_with_bad_input_is_not_tried_again(batch, project):
    before = len(batch.jobs())
    (project / "input/dy_low_0.root").write_bytes(b"no events")
    project, done = batch.run(project, GOOD, BAD, *TINY)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert said.count("input/dy_low_0.root: ") == 1, said
    # The two attempts that follow end before a program starts.
    assert len(batch.jobs()) - before == 3
    logs = [path.read_text() for path in project.glob(".snakemake/slurm_logs/**/*.log")]
    assert sum("so it is not tried again" in text for text in logs) == 2
    assert not (project / BAD).exists()
