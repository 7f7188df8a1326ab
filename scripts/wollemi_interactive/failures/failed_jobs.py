"""The failed jobs of a run, from the log that Snakemake keeps of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wollemi.job.messages import ended_by_signal

LOGS = Path(".snakemake/log")
_FAILED = re.compile(r"^Error in rule (\S+?):?$")
_GROUP = "message: Error in group "
_TIME = re.compile(r"^\[(.+)\]$")
_KEY = re.compile(r"^ {4,8}(\w+): ?(.*)$")
_SUBMITTED = re.compile(r"submitted to HTCondor Cluster ID (\d+) with batch name (\S+)")
_COMMAND_ENDS = re.compile(r"^\s+\((?:command|one of the commands) exited with")
_ENDED = ("Complete log", "Nothing to be done")
_STOPPED = "Terminating processes on user request"
_NOTED = re.compile(r"^(?:\w+Error|\w+Exception)\b.*:?$")


@dataclass(frozen=True)
class FailedJob:
    """A job that failed.

    Args:
        rule: Name of its rule.
        time: When it failed, as Snakemake writes it.
        outputs: Paths of its outputs.
        logs: Paths of its logs: its program's, and the batch job's.
        command: Its command; empty if Snakemake does not show it.
        batch_id: Number of the batch job; empty if it ran on this machine.
        message: Snakemake's message, such as the state of a batch job.
        ended_by: Name of the signal that ended it, if Snakemake knows it.
    """

    rule: str
    time: str
    outputs: tuple[str, ...]
    logs: tuple[str, ...]
    command: str
    batch_id: str
    message: str
    ended_by: str

    def option(self, name: str) -> str:
        """Value of an option of its command, such as `dataset`; empty without it."""
        words = shlex.split(self.command.replace("\\\n", " "), comments=True)
        places = [place for place, word in enumerate(words[:-1]) if word == f"--{name}"]
        value = words[places[0] + 1] if places else ""
        return "" if value.startswith("--") else value


@dataclass(frozen=True)
class RunLog:
    """What Snakemake's log says about a run.

    Args:
        path: Path of the log.
        failed: Failed jobs in the order of their failures.
        is_stopped: Whether the user ended the run.
        is_whole: Whether the log has an end; a killed run leaves none.
        problem: Error of the run itself, before or between its jobs.
    """

    path: Path
    failed: tuple[FailedJob, ...]
    is_stopped: bool
    is_whole: bool
    problem: str


def latest_run(name: str, folder: Path = LOGS) -> RunLog | None:
    """The last run of an analysis in this folder; None if there is no log of one.

    Args:
        name: Name of the analysis.
        folder: Folder of Snakemake's logs, whose names are times.
    """
    of_analysis = re.compile(rf"\bresults/{re.escape(name)}/|\banalysis={re.escape(name)}\b")
    for path in sorted(folder.glob("*.snakemake.log"), reverse=True):
        text = path.read_text(encoding="utf-8", errors="replace")
        if of_analysis.search(text):
            return read_run(path, text)
    return None


def read_run(path: Path, text: str) -> RunLog:
    """What a log says about its run.

    Args:
        path: Path of the log.
        text: Its content.
    """
    lines = text.splitlines()
    failed = tuple(_failed_jobs(lines, ended_by_signal(text)))
    return RunLog(
        path,
        failed,
        any(line.startswith(_STOPPED) for line in lines),
        any(line.startswith(_ENDED) for line in lines),
        "" if failed else _problem(lines),
    )


def _failed_jobs(lines: list[str], ended: dict[str, str]) -> Iterator[FailedJob]:
    time, of_group = "", ""
    for place, line in enumerate(lines):
        if found := _TIME.match(line):
            time, of_group = found[1], ""
        elif line.strip().startswith(_GROUP):
            of_group = _keys(lines[place + 1 :]).get("log", "")
        elif found := _FAILED.match(line.strip()):
            keys = _keys(lines[place + 1 :])
            logs = _listed(keys.get("log", "")) + _listed(of_group)
            message = keys.get("message", "")
            yield FailedJob(
                found[1],
                time,
                _listed(keys.get("output", "")),
                logs,
                keys.get("shell", ""),
                keys.get("external_jobid", "") or _condor_number(lines[:place], found[1]),
                "" if message == "None" else message,
                next((ended[log] for log in logs if log in ended), ""),
            )


def _condor_number(lines: list[str], rule: str) -> str:
    """Number of the last job of HTCondor with a rule in its name; empty without one."""
    found = (_SUBMITTED.search(line) for line in reversed(lines))
    return next((item[1] for item in found if item and rule in item[2]), "")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(item for item in text.partition(" (check log file")[0].split(", ") if item)


def _keys(lines: list[str]) -> dict[str, str]:
    """Keys of an error; the command goes over several lines."""
    found: dict[str, str] = {}
    for place, line in enumerate(lines):
        key = _KEY.match(line)
        if (key is None and not line.startswith("    ")) or line.strip() == "jobs:":
            return found
        if key is not None and key[1] == "shell":
            rest = lines[place + 1 :]
            ends = (n for n, item in enumerate(rest) if _COMMAND_ENDS.match(item))
            return {**found, "shell": "\n".join(rest[: next(ends, len(rest))]).strip()}
        if key is not None:
            found[key[1]] = key[2].strip()
    return found


def _problem(lines: list[str]) -> str:
    """The last error that Snakemake reports, with its indented lines."""
    starts = [place for place, line in enumerate(lines) if _NOTED.match(line)]
    return "\n".join(lines[starts[-1] :][:12]).strip() if starts else ""
