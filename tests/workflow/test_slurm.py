"""The jobs of a chain as batch jobs of a real Slurm: the same bytes as on this machine; what cannot
start is refused, what was killed is tried again, what is wrong is not.
"""

import os
import re
import subprocess

import pytest
from support.project.paths import ROOT
from support.services.recipes import needs_recipes, slurm
from support.tiny.analysis import digests, snakemake_command

PLUGIN = "snakemake-executor-plugin-slurm==2.8.0"
# A Slurm without accounting, on one machine: nothing to wait for.
SITE = [
    "--slurm-no-account",
    "--slurm-status-command",
    "squeue",
    "--slurm-init-seconds-before-status-checks",
    "2",
]
SITE += ["--seconds-between-status-checks", "2", "--latency-wait", "5"]
# One part of each kind: from real data through a merge.
TARGET = "results/tiny/histograms/data.json"


@pytest.fixture(scope="module")
def batch():
    """Environment of a Slurm that runs."""
    with slurm() as environment:
        yield environment


def submit(project, environment, *arguments):
    """Run with the profile, by an environment that has the plugin."""
    _, *arguments = snakemake_command(*arguments, "--profile", "profiles/slurm", *SITE)
    command = [
        "uv",
        "run",
        "--quiet",
        "--no-sync",
        "--project",
        str(ROOT),
        "--with",
        PLUGIN,
        "python",
        *arguments,
    ]
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def batch_jobs(environment):
    """What Slurm knows of each job: its state, working folder, memory and others."""
    listing = subprocess.run(
        ["scontrol", "-o", "show", "jobs"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        dict(re.findall(r"(\w+)=(\S*)", line))
        for line in listing.stdout.splitlines()
        if line.startswith("JobId=")
    ]


@needs_recipes
def test_batch_jobs_give_the_bytes_of_this_machine(batch, project, finished):
    done = submit(project, batch, TARGET)
    assert done.returncode == 0, done.stdout + done.stderr
    found, expected = digests(project), digests(finished)
    assert {
        "events/data/0.parquet",
        "histograms/data.json",
        "records/merge_parts/data.json",
    } <= found.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    jobs = batch_jobs(batch)
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    assert {job["WorkDir"] for job in jobs} == {os.path.realpath(project)}
    # A record a job: nothing has run here instead.
    assert len(jobs) == sum(name.startswith("records/") for name in found)


@needs_recipes
def test_more_time_than_the_partition_has_is_refused(batch, project):
    before = len(batch_jobs(batch))
    change = ["scontrol", "update", "PartitionName=main"]
    subprocess.run([*change, "MaxTime=30"], env=batch, check=True)
    try:
        done = submit(project, batch, "results/tiny/files/data/data.root")
    finally:
        subprocess.run([*change, "MaxTime=60"], env=batch, check=True)
    message = (
        "rule fetch_dataset_data: its last attempt asks for 44 minutes, but the default partition "
        "allows 30\n"
    )
    assert message in done.stdout + done.stderr
    assert done.returncode == 1
    assert len(batch_jobs(batch)) == before


@pytest.mark.slow
@needs_recipes
def test_what_was_killed_is_tried_with_more_and_bad_input_once(batch, project):
    before = len(batch_jobs(batch))
    (project / "input/dy_low_0.root").write_bytes(b"no events")
    good = "results/tiny/events/dy_high/0.parquet"
    killed = "skim_events_dy_high:mem_mb=50*20**(attempt-1)"
    bad = "results/tiny/events/dy_low/0.parquet"
    done = submit(project, batch, good, bad, "--set-resources", killed)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert (project / good).is_file(), said
    assert said.count("input/dy_low_0.root: ") == 1, said
    jobs = batch_jobs(batch)[before:]
    memory = [job["ReqTRES"].partition("mem=")[2].partition(",")[0] for job in jobs]
    assert {"50M", "1000M"} <= set(memory)
    assert "2000M" not in memory
    logs = [path.read_text() for path in project.glob(".snakemake/slurm_logs/*dy_low*/**/*.log")]
    assert sum("so it is not tried again" in text for text in logs) == 2
