"""The jobs of a chain on a real HTCondor: the same bytes as on this machine, with the memory
of their rules; a job that was held for using more is tried with twice as much.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.services.batch import condor_pool, make_slow_once, wait_until_slow
from support.services.recipes import needs_recipes
from support.tiny.analysis import digests

TINY = ("--config", "analysis=tiny", "mirrors=mirror")
# One part of each kind: from real data through a merge.
TARGET = "results/tiny/histograms/data.json"
DATASETS = ("dy_high", "signal_200")
EVENTS = tuple(f"results/tiny/events/{name}/0.parquet" for name in DATASETS)


@pytest.fixture(scope="module")
def pool():
    """A pool that runs."""
    with condor_pool() as machine:
        yield machine


@needs_recipes
@pytest.mark.slow
def test_jobs_of_the_pool_give_the_bytes_of_this_machine(pool, project, finished):
    folder, done = pool.run(project, TARGET, *TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    found, expected = digests(folder), digests(finished)
    assert {"events/data/0.parquet", "histograms/data.json"} <= found.keys()
    # Records name the version of Python, which is another one there.
    products = [name for name in found if not name.startswith("records/")]
    assert [name for name in products if found[name] != expected[name]] == []
    jobs = pool.jobs()
    # One fetches, one skims and fills, one does what follows.
    assert (len(found) - len(products), len(jobs)) == (4, 3)
    assert {(job["RequestMemory"], job["RequestCpus"]) for job in jobs} == {(1024, 1)}
    assert {job["ExitCode"] for job in jobs} == {0}


@pytest.mark.slow
@needs_recipes
@pytest.mark.parametrize(
    ("limit", "asked", "reason"),
    [
        (
            "htcondor_request_mem_mb=64*16**(attempt-1)",
            ("RequestMemory", [64, 1024]),
            "memory usage exceeded",
        ),
        # A word of this pool, not of HTCondor.
        (
            "classad_MaxRunSeconds=20*30**(attempt-1)",
            ("MaxRunSeconds", [20, 600]),
            "ran longer than MaxRunSeconds",
        ),
    ],
    ids=["memory", "time"],
)
def test_a_held_group_is_tried_with_more(pool, project, limit, asked, reason):
    before = len(pool.jobs())
    make_slow_once(project, seconds=60)
    limits = [f"skim_events_{name}:{limit}" for name in DATASETS]
    folder, done = pool.run(project, *EVENTS, "--set-resources", *limits, *TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [name for name in EVENTS if not (folder / name).is_file()] == []
    first, second = pool.jobs()[before:]
    name, amounts = asked
    assert [job[name] for job in (first, second)] == amounts
    assert reason in first["HoldReason"]
    assert second["ExitCode"] == 0


@pytest.mark.slow
@needs_recipes
def test_a_group_whose_machine_is_lost_starts_again(pool, project):
    """After its lease, 40 minutes unless the job has another; no attempt is used up."""
    before = len(pool.jobs())
    make_slow_once(project, seconds=600)
    lease = [f"skim_events_{name}:classad_JobLeaseDuration=60" for name in DATASETS]
    folder = pool.copy(project)
    with ThreadPoolExecutor() as executor:
        run = executor.submit(pool.run_copy, folder, *EVENTS, "--set-resources", *lease, *TINY)
        wait_until_slow(folder)
        pool.lose_machine()
        _, done = run.result()
    assert done.returncode == 0, done.stdout + done.stderr
    (job,) = pool.jobs()[before:]
    assert (job["NumJobStarts"], job["ExitCode"]) == (2, 0)
    assert "Trying to restart" not in done.stdout + done.stderr


@pytest.mark.slow
@needs_recipes
def test_a_group_with_bad_input_is_not_tried_again(pool, project):
    before = len(pool.jobs())
    (project / "input/dy_low_0.root").write_bytes(b"no events")
    bad = "results/tiny/events/dy_low/0.parquet"
    folder, done = pool.run(project, *EVENTS, bad, *TINY)
    assert done.returncode == 1
    assert done.stdout.count("input/dy_low_0.root: ") == 1, done.stdout + done.stderr
    # The two attempts that follow end before a program starts.
    assert len(pool.jobs()) - before == 3
    logs = [path.read_text() for path in folder.glob(".snakemake/htcondor/**/*.err")]
    assert sum("so it is not tried again" in text for text in logs) == 2
    assert not (folder / bad).exists()
