"""Kinds of failures: from a program's own words, a batch system's, a signal, a log."""

from dataclasses import replace

import pytest

from wollemi_interactive.failures.causes import cause_of
from wollemi_interactive.failures.failed_jobs import FailedJob

JOB = FailedJob("skim_events_dy", "now", (), (), "", "", "", "")
URL = "https://eos.cern.ch/a.root"
# What a program says → kind.
SAID = {
    "input/a.root: is damaged\n  → fetch it again": "input",
    "analysis.yaml: samples: unknown key\n  → remove it": "input",
    "memory: out of memory: 8 GB\n  → close other programs": "memory",
    "memory: a process was killed, as the system does where memory is used up\n  → x": "memory",
    "results: the disk is full: 0 MB are free\n  → make room": "disk",
    "results: the quota of this disk is used up: 0 MB are free\n  → make room": "disk",
    "results: this folder can only be read: 4 GB are free\n  → name another": "disk",
    "a.root: permission denied\n  → ask its owner": "disk",
    "a.root: the disk cannot be read or written\n  → check": "disk",
    f"{URL}: may not be read without a token (401), and none was found in X\n  → x": "credentials",
    f"{URL}: may not be read (403): the token in X expired 2 h ago\n  → get one": "credentials",
    "root://eos//a.root: the proxy in /tmp/x509up_u0 expired 2 h ago\n  → x": "credentials",
    f"{URL}: the server refuses it (503)\n  → check the URL": "storage",
    f"{URL}: is not there (404)\n  → correct the URL": "storage",
    f"{URL}: has 3 bytes, not 4 as in the catalogue\n  → x": "storage",
    "hook mt: hooks.py, line 6: ValueError: no\n  → correct the function": "code",
    "KeyError: 'x'\n  → its log has the traceback": "code",
}
SLURM = ".snakemake/slurm_logs/rule_a/12.log"
STEP = "slurmstepd-vm: error: "
# What a batch system says → kind.
BATCH = {
    f"{STEP}Detected 1 oom_kill event in StepId=1.batch. Some of the step tasks …": "memory",
    f"{STEP}*** JOB 2 ON vm CANCELLED AT 2026-12-03T14:38:23 DUE TO TIME LIMIT ***": "time",
    f"{STEP}*** JOB 2 ON vm CANCELLED AT 2026-12-03T14:38:23 DUE TO NODE FAILURE ***": "cluster",
    f"{STEP}*** JOB 2 ON vm CANCELLED AT 2026-12-03T14:38:23 DUE TO PREEMPTION ***": "cluster",
    f"{STEP}*** JOB 2 ON vm CANCELLED AT 2026-12-03T14:38:23 ***": "cluster",
    "HTCondor, job 1: HoldReason Error from slot1: memory usage exceeded request_memory": "memory",
    "HTCondor, job 1: HoldReason Error from slot1: ran longer than MaxRunSeconds": "time",
    "HTCondor, job 1: HoldReason Transfer input files failure at the access point": "storage",
    "HTCondor, job 1: HoldReason Error from slot1: disk usage exceeded request_disk": "disk",
    "HTCondor, job 1: HoldReason via condor_hold (by user a), the job was held": "cluster",
}
SIGNALS = {"SIGKILL": "memory", "SIGXCPU": "time", "SIGTERM": "cluster", "SIGSEGV": "code"}


def job_with(folder, text, name="l.log"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return replace(JOB, logs=(str(path),))


@pytest.mark.parametrize("text", SAID)
def test_a_program_that_says_why(tmp_path, text):
    job = job_with(tmp_path, f"INFO begun\nERROR {text}\nDEBUG 0.6 s wall\n")
    cause = cause_of(replace(job, ended_by="SIGKILL"))
    problem, _, remedy = text.partition("\n  → ")
    assert (cause.kind, cause.text, cause.remedy) == (SAID[text], problem, remedy)
    assert cause.evidence == (f"log: {job.logs[0]}",)


@pytest.mark.parametrize("text", BATCH)
def test_a_batch_system_that_says_why(tmp_path, text):
    if text.startswith(STEP):
        cause = cause_of(job_with(tmp_path, f"rule a:\nKilled\n{text}\n", SLURM))
    else:
        cause = cause_of(JOB, [text])
    assert (cause.kind, cause.text) == (BATCH[text], text)
    assert "{rule}" not in cause.remedy
    assert ("skim_events_dy" in cause.remedy) == (cause.kind in ("memory", "time"))


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal(tmp_path, name):
    cause = cause_of(replace(job_with(tmp_path, "INFO begun\n"), ended_by=name))
    assert cause.kind == SIGNALS[name]
    assert name in cause.text
    assert cause.evidence[0] == "INFO begun"


def test_outputs_that_are_missing():
    text = "MissingOutputException in rule a: Missing files after 5 seconds"
    assert cause_of(replace(JOB, message=text)).kind == "storage"


def test_the_end_of_the_log_where_nothing_is_said(tmp_path):
    cause = cause_of(job_with(tmp_path, "".join(f"INFO {n}\n" for n in range(9))))
    assert (cause.kind, cause.text) == ("unknown", "it wrote no message: INFO 8")
    assert cause.evidence[:-1] == ("INFO 5", "INFO 6", "INFO 7", "INFO 8")
    assert cause_of(JOB).text == "it wrote no message"


def test_a_traceback_of_a_program_without_a_log_of_its_own(tmp_path):
    lines = "Traceback (most recent call last):\n  File a\nKeyError: 'x'\n"
    cause = cause_of(job_with(tmp_path, lines))
    assert (cause.kind, cause.text) == ("code", "KeyError: 'x'")
