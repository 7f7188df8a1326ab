"""What Slurm and HTCondor remember of a batch job."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wollemi_interactive.failures.failed_jobs import FailedJob

PATIENCE = 20  # seconds for an answer
_SLURM = "State,ExitCode,ReqMem,MaxRSS,Elapsed,Timelimit,NodeList"
_CONDOR = (
    "HoldReason",
    "RemoveReason",
    "ExitCode",
    "ExitSignal",
    "MemoryUsage",
    "RequestMemory",
    "LastRemoteHost",
)


def batch_account(job: FailedJob) -> tuple[str, ...]:
    """Lines of the accounting about a job: none if it ran on this machine, or if the accounting
    does not answer.

    Args:
        job: Failed job.
    """
    slurm = [Path(path).stem for path in job.logs if "slurm_logs" in Path(path).parts]
    if slurm:  # its logs are named by the number
        return _slurm(slurm[0])
    return _condor(job.batch_id) if job.batch_id.isdigit() else ()


def _slurm(number: str) -> tuple[str, ...]:
    answer = _answer("sacct", "-j", number, "--noheader", "--parsable2", "--units=M", "-o", _SLURM)
    rows = [line.split("|") for line in answer.splitlines() if line.count("|") == _SLURM.count(",")]
    return tuple(
        f"Slurm, job {number}: "
        + ", ".join(
            f"{key} {value}" for key, value in zip(_SLURM.split(","), row, strict=True) if value
        )
        for row in rows
    )


def _condor(number: str) -> tuple[str, ...]:
    wanted = ",".join(_CONDOR)
    answers = [
        _answer(command, number, "-json", "-attributes", wanted)
        for command in ("condor_history", "condor_q")
    ]
    found = [item for answer in answers if answer.strip() for item in json.loads(answer)]
    return tuple(
        f"HTCondor, job {number}: "
        + ", ".join(f"{key} {item[key]}" for key in _CONDOR if key in item)
        for item in found
    )


def _answer(program: str, *arguments: str) -> str:
    """Standard output of a program; empty if it is missing or fails."""
    path = shutil.which(program)
    if path is None:
        return ""
    command: Sequence[str] = [path, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - of the batch system, with a number
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
