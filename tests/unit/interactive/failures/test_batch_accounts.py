"""Lines of Slurm's and HTCondor's accounting, with their programs' own forms of answers."""

import json
from dataclasses import replace

import pytest

from wollemi_interactive.failures.batch_accounts import batch_account
from wollemi_interactive.failures.failed_jobs import FailedJob

JOB = FailedJob("skim_events_dy", "now", (), (), "", "", "", "")
SLURM = replace(JOB, logs=("a.log", "/p/.snakemake/slurm_logs/rule_a/12.log"))
CONDOR = replace(JOB, batch_id="7")


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Puts programs on the path that check their arguments, and answer."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def put(name, argument, answer, code=0):
        text = f'#!/bin/sh\ncase "$*" in *"{argument}"*) ;; *) exit 9;; esac\n'
        path = tmp_path / name
        path.write_text(f"{text}cat <<'END'\n{answer}\nEND\nexit {code}\n")
        path.chmod(0o755)

    return put


def test_slurm(programs):
    programs("sacct", "-j 12 ", "OUT_OF_MEMORY|0:125|50M||00:00:03|00:02:00|n1\nnothing")
    assert batch_account(SLURM) == (
        "Slurm, job 12: State OUT_OF_MEMORY, ExitCode 0:125, ReqMem 50M, Elapsed 00:00:03, "
        "Timelimit 00:02:00, NodeList n1",
    )


def test_htcondor(programs):
    held = {"HoldReason": "memory usage exceeded", "RequestMemory": 64, "MemoryUsage": 219}
    programs("condor_history", "7 -json", "")
    programs("condor_q", "7 -json", json.dumps([held]))
    assert batch_account(CONDOR) == (
        "HTCondor, job 7: HoldReason memory usage exceeded, MemoryUsage 219, RequestMemory 64",
    )


@pytest.mark.parametrize("job", [JOB, SLURM, CONDOR, replace(JOB, batch_id="a;b")])
def test_no_accounting(programs, job):
    assert batch_account(job) == ()
    for name in ("sacct", "condor_history", "condor_q"):
        programs(name, "", "slurm_load_jobs error", code=1)
    assert batch_account(job) == ()
