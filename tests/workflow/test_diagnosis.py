"""`wollemi diagnose` after deaths that were planted in real runs: the kind, the place, the remedy,
and a script that repeats the job.
"""

import subprocess

import pytest
from support.services.batch import condor_pool, make_slow_once, slurm_node
from support.services.recipes import needs_recipes
from support.tiny.analysis import digests, environment, snakemake, wollemi

HOOKS = "config/analyses/tiny/hooks.py"
TARGET = "results/tiny/histograms/dy_high.json"
EVENTS = "results/tiny/events/dy_high/0.parquet"
INPUT = "input/dy_high_0.root"
SIGNAL = "signal.raise_signal(signal.{})"
ERROR = "raise OSError(errno.{}, 'so it is', 'results')"
HEAD = """import ctypes, errno, os, resource, signal
import awkward as ak


def transverse_mass(muon, MET_pt, MET_phi):
    {body}
"""
# What a hook does → kind of the failure, a part of what is said.
DEATHS = {
    "raise ValueError('no such muon')": ("code", "no such muon"),
    "return muon.no_such_field": ("code", "no_such_field"),
    "ctypes.string_at(0)": ("code", "SIGSEGV"),
    SIGNAL.format("SIGABRT"): ("code", "SIGABRT"),
    SIGNAL.format("SIGKILL"): ("memory", "SIGKILL"),
    "raise MemoryError('of 8 GB')": ("memory", "out of memory"),
    "resource.setrlimit(resource.RLIMIT_AS, (2**31,) * 2)\n    return bytearray(2**33)": (
        "memory",
        "out of memory",
    ),
    "resource.setrlimit(resource.RLIMIT_CPU, (1, 9))\n    while True: pass": ("time", "SIGXCPU"),
    SIGNAL.format("SIGTERM"): ("cluster", "SIGTERM"),
    ERROR.format("ENOSPC"): ("disk", "the disk is full"),
    ERROR.format("EDQUOT"): ("disk", "the quota of this disk"),
    ERROR.format("EROFS"): ("disk", "can only be read"),
    ERROR.format("EIO"): ("disk", "cannot be read or written"),
    "os._exit(3)": ("unknown", "no message"),
    "return ak.Array([1.0])": ("code", "another length"),
}
QUICK = "raise ValueError('no such muon')"


def diagnosed(project):
    """What `wollemi diagnose` prints."""
    done = wollemi(project, "diagnose", "tiny")
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize(
    "body",
    [body if body == QUICK else pytest.param(body, marks=pytest.mark.slow) for body in DEATHS],
)
def test_a_death_in_a_job_is_named_and_repeated(project, body):
    kind, part = DEATHS[body]
    (project / HOOKS).write_text(HEAD.format(body=body))
    done = snakemake(project, TARGET)
    assert done.returncode != 0, done.stdout
    before = digests(project)
    said = diagnosed(project)
    assert said.startswith("fill_histograms, dy_high failed first"), said
    assert f"\n{kind}: " in said, said
    assert part in said
    assert "\nto do: " in said
    folder = project / "results/tiny/logs/diagnosis"
    page = (folder / "diagnosis.md").read_text()
    assert f"**{kind}**" in page
    # Repeated where the run's products stay as they are, and with the same end.
    again = subprocess.run(
        ["bash", str(folder / "repeat.sh")],
        cwd="/",
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode != 0
    assert (
        part in again.stdout + again.stderr
        or kind in ("memory", "time", "cluster", "unknown")
        or "SIG" in part
    )
    assert digests(project) == before


def test_damaged_input_is_named(project):
    content = (project / INPUT).read_bytes()
    (project / INPUT).write_bytes(content[: len(content) // 2])
    assert snakemake(project, TARGET).returncode != 0
    said = diagnosed(project)
    assert "\ninput: " in said
    assert INPUT in said


def test_a_run_that_did_not_begin_or_did_not_fail(project):
    assert "no log of a run of 'tiny' is here" in wollemi(project, "diagnose", "tiny").stdout
    (project / INPUT).unlink()
    assert snakemake(project, TARGET).returncode != 0
    said = diagnosed(project)
    assert "no job failed" in said
    assert INPUT in said


def test_a_run_without_a_failure(finished_copy):
    assert "the last run had no failure" in diagnosed(finished_copy)


BATCH = ("--retries", "0", "--config", "analysis=tiny")


@pytest.mark.slow
@needs_recipes
@pytest.mark.parametrize(
    ("limit", "kind", "evidence"),
    [("mem_mb=50", "memory", "oom_kill event"), ("runtime=1", "time", "DUE TO TIME LIMIT")],
)
def test_deaths_of_batch_jobs_of_slurm(project, limit, kind, evidence):
    if kind == "time":
        make_slow_once(project, seconds=600)
    limits = ["--set-resources", f"skim_events_dy_high:{limit}"]
    with slurm_node() as batch:
        folder, done = batch.run(project, EVENTS, *limits, *BATCH)
        assert done.returncode != 0, done.stdout + done.stderr
        said = diagnosed(folder)
    assert said.startswith("skim_events, dy_high, part 0 failed first"), said
    assert f"\n{kind}: slurmstepd" in said
    assert evidence in said


@pytest.mark.slow
@needs_recipes
@pytest.mark.parametrize(
    ("limit", "kind", "evidence"),
    [
        ("htcondor_request_mem_mb=64", "memory", "memory usage exceeded request_memory"),
        ("classad_MaxRunSeconds=20", "time", "ran longer than MaxRunSeconds"),
    ],
)
def test_deaths_of_jobs_of_htcondor(project, limit, kind, evidence, monkeypatch):
    make_slow_once(project, seconds=60)
    limits = ["--set-resources", f"skim_events_dy_high:{limit}"]
    with condor_pool() as pool:
        folder, done = pool.run(project, EVENTS, *limits, *BATCH)
        assert done.returncode != 0, done.stdout + done.stderr
        for name, value in pool.environment.items():
            monkeypatch.setenv(name, value)
        said = diagnosed(folder)
    assert said.startswith("skim_events, dy_high, part 0 failed first"), said
    assert f"\n{kind}: HTCondor, job " in said
    assert evidence in said
