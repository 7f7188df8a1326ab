"""The jobs of a chain as batch jobs of a real Slurm: the same bytes as on this machine."""

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


def submit(project, environment):
    """Run up to the target with the profile, by an environment that has the plugin."""
    _, *arguments = snakemake_command(TARGET, "--profile", "profiles/slurm", *SITE)
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
    """State, working folder and time limit of each job that Slurm knows."""
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
    done = submit(project, batch)
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
