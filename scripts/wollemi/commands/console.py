"""Console of a run: progress with the remaining time, results of each job, warnings and errors.

Snakemake reports its events as log records. `snakemake --logger wollemi` passes them to
`LogHandler`; the Snakefile puts `PlainHandler` next to Snakemake's own console.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from logging import ERROR, LogRecord
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from wollemi.job.messages import ended_by_signal, signal_text
from wollemi_likelihood.base.errors import counted

if TYPE_CHECKING:  # importing rich takes 0.15 s: only before printing
    from rich.console import Console
    from rich.progress import Progress, TaskID

# These jobs only collect other jobs.
_TARGETS = frozenset({"all", "publish"})
# Snakemake's messages about a job whose own message is already shown.
_REPEATED = (
    "RuleException:",
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete",
)
# From another analysis in the same folder: the run's own lock is checked before Snakemake starts.
_LOCKED = "Error: Directory cannot be locked"
_LOCKED_TEXT = (
    "another run in this folder makes files that this one needs, such as fetched events\n"
    "  → wait for its end, and run again"
)
# Events that `LogHandler` shows, and those that have nothing to add to it.
_OF_JOBS = frozenset(
    {
        LogEvent.RUN_INFO,
        LogEvent.JOB_INFO,
        LogEvent.JOB_FINISHED,
        LogEvent.JOB_ERROR,
        LogEvent.PROGRESS,
    }
)
_OF_EACH_CHOICE = ("Select jobs to execute", "Execute ")
_STOPPING = "Terminating processes on user request"


@dataclass(frozen=True)
class Started:
    """A running job.

    Args:
        name: Name of its rule.
        logs: Paths of its log files.
        seconds: Start time on a monotonic clock, in seconds.
    """

    name: str
    logs: tuple[Path, ...] = ()
    seconds: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Findings:
    """Messages for the user in a program's log, by level."""

    infos: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def read_findings(logs: Iterable[Path]) -> Findings:
    """Messages in the logs of a job; empty for a missing log. A message continues in lines that
    begin with a space.
    """
    found: dict[str, list[str]] = {"INFO": [], "WARNING": [], "ERROR": []}
    for path in logs:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        last: list[str] | None = None
        for line in text.splitlines():
            level, _, message = line.partition(" ")
            if line.startswith(" ") and last:
                last[-1] += f"\n{line}"
            else:
                last = found.get(level)
                if last is not None:
                    last.append(message)
    return Findings(*(tuple(found[level]) for level in ("INFO", "WARNING", "ERROR")))


def finished_lines(job: Started, findings: Findings, seconds: float) -> list[tuple[str, str]]:
    """Lines about a successful job, each with its style."""
    found = findings.infos[-1].splitlines()[0] if findings.infos else ""
    lines = [(f"{job.name:<32} {seconds:6.1f} s  {found}".rstrip(), "")]
    return [*lines, *((f"  warning: {text}", "yellow") for text in findings.warnings)]


def failed_lines(
    job: Started, findings: Findings, ended: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Lines about a failed job: its own message or the signal that ended it, and its log.

    Args:
        job: Failed job.
        findings: Messages in its log.
        ended: Signal that ended a program by its log.
    """
    signals = [f"it {signal_text(ended[str(path)])}" for path in job.logs if str(path) in ended]
    messages = (
        findings.errors or signals or ("it wrote no message: its log tells what happened last",)
    )
    lines = [(f"{job.name} failed", "bold red"), *((f"  {text}", "red") for text in messages)]
    return [*lines, *((f"  log: {path}", "") for path in job.logs)]


class LogHandler(LogHandlerBase):
    """Display of the events of a run; `Handler.handle` calls `emit` for one record at a time."""

    def __post_init__(self) -> None:
        self._jobs: dict[int, Started] = {}
        self._ended: dict[str, str] = {}
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._shown: dict[LogEvent, Callable[[Mapping[str, Any]], None]] = {
            LogEvent.RUN_INFO: self._planned,
            LogEvent.JOB_INFO: self._started,
            LogEvent.JOB_FINISHED: self._finished,
            LogEvent.JOB_ERROR: self._failed,
            LogEvent.PROGRESS: self._advanced,
        }

    _on_stderr = True
    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    @cached_property
    def _console(self) -> "Console":
        from rich.console import Console

        return Console(
            stderr=self._on_stderr,
            no_color=self.common_settings.nocolor,
            highlight=False,
            soft_wrap=True,
        )

    def emit(self, record: LogRecord) -> None:
        """Show one event; for other records, show errors and the two that end a run early."""
        event = getattr(record, "event", None)
        text = str(record.getMessage())
        self._ended |= ended_by_signal(text)
        if event in self._shown:
            self._shown[event](vars(record))
        elif text.startswith(_STOPPING):
            # jobs ended by the interruption have no message
            self._shown[LogEvent.JOB_ERROR] = lambda event: None
            self._print(
                [("stopping: what is finished is kept, and the same command continues", "yellow")]
            )
        elif text.startswith("Nothing to be done"):
            self._print([("nothing to be done: all is up to date", "")])
        elif _LOCKED in text:
            self._print([(_LOCKED_TEXT, "red")])
        elif record.levelno >= ERROR and not text.startswith(_REPEATED):
            why = "\n  → `wollemi diagnose` says why" if event is LogEvent.GROUP_ERROR else ""
            self._print([(text + why, "red")])

    def close(self) -> None:
        """End the progress bar; printed lines stay."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        super().close()

    def _print(self, lines: Iterable[tuple[str, str]]) -> None:
        from rich.text import Text

        for line, style in lines:
            self._console.print(Text(line, style=style))

    def _planned(self, event: Mapping[str, Any]) -> None:
        if self._jobs:  # the end of a dry run
            return
        total = int(event["stats"].get("total", 0))
        self._print([(counted(total, "job"), "bold")])
        if self.common_settings.dryrun or not sys.stderr.isatty():
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._task = self._progress.add_task("running", total=total)
        self._progress.start()

    def _started(self, event: Mapping[str, Any]) -> None:
        job = Started(event["rule_name"], tuple(Path(path) for path in event.get("log") or ()))
        self._jobs[event["jobid"]] = job
        if self.common_settings.dryrun and job.name not in _TARGETS:
            self._print(
                [(f"{job.name:<32} {', '.join(map(str, event.get('output') or ())):.90}", "")]
            )

    def _finished(self, event: Mapping[str, Any]) -> None:
        job = self._jobs.pop(event["job_id"], None)
        if job is not None and job.name not in _TARGETS:
            self._print(
                finished_lines(job, read_findings(job.logs), time.monotonic() - job.seconds)
            )

    def _failed(self, event: Mapping[str, Any]) -> None:
        job = self._jobs.pop(
            event["jobid"], Started(event["rule_name"], tuple(map(Path, event.get("log") or ())))
        )
        findings = read_findings(job.logs)
        # A failed group reports all of its jobs, indented, also those that never began.
        if findings.errors or not event.get("indent"):
            self._print(self._failed_lines(job, findings))

    def _failed_lines(self, job: Started, findings: Findings) -> list[tuple[str, str]]:
        return failed_lines(job, findings, self._ended)

    def _advanced(self, event: Mapping[str, Any]) -> None:
        if self._progress is None or self._task is None:
            return
        self._progress.update(self._task, completed=event["done"])
        if event["done"] == event["total"]:
            self.close()


class PlainHandler(LogHandler):
    """Display of the jobs of a plain `snakemake`, which keeps its own words for the rest."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._on_stderr = not self.common_settings.stdout  # where a dry run prints

    def emit(self, record: LogRecord) -> None:
        """Show an event of a job, or an interruption."""
        text = str(record.getMessage())
        if not _for_snakemake(record) or text.startswith(_STOPPING):
            super().emit(record)
        else:
            self._ended |= ended_by_signal(text)

    def _failed_lines(self, job: Started, findings: Findings) -> list[tuple[str, str]]:
        """Lines without the program's messages, which the Snakefile prints at the end."""
        lines = failed_lines(job, findings, self._ended)
        return [lines[0], *lines[len(lines) - len(job.logs) :]]


def _for_snakemake(record: LogRecord) -> bool:
    """Whether Snakemake's own console prints a record."""
    text = str(record.getMessage())
    hidden = (_STOPPING, *_REPEATED, *_OF_EACH_CHOICE)
    return getattr(record, "event", None) not in _OF_JOBS and not text.startswith(hidden)


def show_jobs(settings: Any) -> None:
    """Print one line per job of a plain `snakemake`, whose own words take 2 kB a job.

    Args:
        settings: Snakemake's `OutputSettings`. Nothing changes if they ask for more or fewer words
            than the default.
    """
    words = ("quiet", "verbose", "printshellcmds", "debug_dag")
    if find_spec("rich") is None or any(getattr(settings, name, None) for name in words):
        return
    logger = logging.getLogger("snakemake.logging")
    for handler in list(logger.handlers):
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(_for_snakemake)
            logger.addHandler(PlainHandler(settings, None))
            os.environ["WOLLEMI_CONSOLE"] = "plain"  # jobs do not repeat their logs
