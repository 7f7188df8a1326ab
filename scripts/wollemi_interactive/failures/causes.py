"""Why a job failed: its kind of failure, the evidence, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wollemi.job.messages import errors_of, signal_text
from wollemi_interactive.failures.failed_jobs import FailedJob

INPUT, CODE, MEMORY, TIME, DISK = "input", "code", "memory", "time", "disk"
STORAGE, CREDENTIALS, CLUSTER, UNKNOWN = "storage", "credentials", "cluster", "unknown"
LAST_LINES = 4
_REMEDIES = {
    MEMORY: "run fewer jobs at once (--cores), or take a machine with more memory; of a batch "
    "system, ask for more: --set-resources {rule}:mem_mb=N",
    TIME: "ask for more, in minutes: --set-resources {rule}:runtime=N",
    DISK: "make room there, or name another place, and run again",
    STORAGE: "run again when the server answers; `replicas` of a file are tried in their order",
    CREDENTIALS: "renew them, and run again",
    CLUSTER: "run again: what is finished is kept; if it happens again, tell the site the number "
    "of the job and its machine",
    CODE: "correct the code that the last lines name; the script below repeats the job",
    INPUT: "correct it, and run again: what is finished is kept",
    UNKNOWN: "repeat the job with the script below, and look at its last lines",
}
# What a program's own message says, in this order; the rest are mistakes in files and settings.
_MESSAGES = (
    (MEMORY, r"out of memory|where memory is used up"),
    (
        DISK,
        r"the disk is full|the quota of this disk|this folder can only be read|permission denied"
        r"|would grow beyond the largest size|the disk cannot be read or written"
        r"|too many files are open",
    ),
    (CREDENTIALS, r"://(?s:.)*(?:\btoken\b|\bproxy\b|may not be read|\b401\b|\b403\b)"),
    (CODE, r"\bhooks\.py\b|\bhook \w+: |its log has the traceback"),
    (
        STORAGE,
        r"://(?s:.)*(?:server|answer|timed out|refused|unreachable|check the network|broke off"
        r"|checksum|bytes, not|is not there)|could not be fetched",
    ),
)
# What a batch system writes at the end of its log, or as the reason of a held job.
_BATCH = (
    (MEMORY, r"oom.?kill|OUT_OF_MEMORY|Out Of Memory|memory usage exceeded|exceeded memory limit"),
    (
        TIME,
        r"DUE TO TIME LIMIT|\bTIMEOUT\b|\bDEADLINE\b|ran longer than|allowed (?:execute|job) dur",
    ),
    (CLUSTER, r"DUE TO NODE FAIL|NODE_FAIL|BOOT_FAIL|DUE TO PREEMPTION|PREEMPTED|\bCANCELLED\b"),
    (STORAGE, r"[Tt]ransfer (?:input|output) files? fail|Error from .*: .*transfer"),
    (DISK, r"disk usage exceeded|No space left on device|Disk quota exceeded"),
    (CLUSTER, r"\bheld\b|\bevicted\b|removed by"),
)
_SIGNALS = {"SIGKILL": MEMORY, "SIGXCPU": TIME, "SIGTERM": CLUSTER, "SIGINT": CLUSTER}
_NO_OUTPUT = r"MissingOutputException|Missing files after"


@dataclass(frozen=True)
class Cause:
    """Why a job failed.

    Args:
        kind: Kind of failure, such as `memory`.
        text: What happened, in one line.
        evidence: What shows it, a line each.
        remedy: What to do.
    """

    kind: str
    text: str
    evidence: tuple[str, ...]
    remedy: str


def cause_of(job: FailedJob, account: Sequence[str] = ()) -> Cause:
    """The cause of a failure: what the program says about it itself, else what the batch system
    says, else the signal that ended it, else the end of its log.

    Args:
        job: Failed job.
        account: Lines of the batch system's own accounting.
    """
    texts = {path: _read(path) for path in job.logs}
    own = [text for path, text in texts.items() if not _is_batch(path)]
    batch = [*(text for path, text in texts.items() if _is_batch(path)), job.message, *account]
    messages = [message for text in own for message in errors_of(text)]
    logs = tuple(f"log: {path}" for path in job.logs)
    if messages:
        kind = _first_kind(_MESSAGES, messages[:1]) or INPUT
        problem, _, remedy = messages[0].partition("\n  → ")
        remedy = " ".join(remedy.split()) or _remedy(kind, job)
        return Cause(kind, _one_line(problem), (*account, *logs), remedy)
    if kind := _first_kind(_BATCH, batch):
        said = next(line for text in batch for line in text.splitlines() if _is(kind, line))
        return Cause(kind, said.strip(), (*account, *logs), _remedy(kind, job))
    last = tuple(line for text in own for line in text.splitlines() if line.strip())[-LAST_LINES:]
    if job.ended_by:
        kind = _SIGNALS.get(job.ended_by, CODE)
        text = _one_line(signal_text(job.ended_by).partition("\n")[0])
        return Cause(kind, f"it {text}", (*account, *last, *logs), _remedy(kind, job))
    if re.search(_NO_OUTPUT, "\n".join([job.message, *batch])):
        text = "it ended without an error, but its outputs are not there"
        return Cause(STORAGE, text, (*account, *logs), _remedy(STORAGE, job))
    if any("Traceback (most recent" in text for text in own):
        return Cause(CODE, last[-1], (*account, *last, *logs), _remedy(CODE, job))
    text = f"it wrote no message{': ' + last[-1] if last else ''}"
    return Cause(UNKNOWN, text, (*account, *last, *logs), _remedy(UNKNOWN, job))


def _first_kind(known: Iterable[tuple[str, str]], texts: Iterable[str]) -> str:
    text = "\n".join(texts)
    return next((kind for kind, pattern in known if re.search(pattern, text)), "")


def _is(kind: str, line: str) -> bool:
    return any(re.search(pattern, line) for known, pattern in _BATCH if known == kind)


def _is_batch(path: str) -> bool:
    """Whether a log is that of a batch job, not of a program."""
    return ".snakemake" in Path(path).parts


def _remedy(kind: str, job: FailedJob) -> str:
    return _REMEDIES[kind].format(rule=job.rule)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
