"""The failure of a run: five lines, a page, and a script that repeats the job."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from wollemi_interactive.failures.batch_accounts import batch_account
from wollemi_interactive.failures.causes import Cause, cause_of
from wollemi_interactive.failures.failed_jobs import FailedJob, RunLog
from wollemi_likelihood.base.errors import counted

SCRIPT, PAGE = "repeat.sh", "diagnosis.md"


@dataclass(frozen=True)
class Diagnosis:
    """Failed jobs with their causes.

    Args:
        run: Log of the run.
        causes: Failed job and its cause, the first failure first.
    """

    run: RunLog
    causes: tuple[tuple[FailedJob, Cause], ...]


def diagnosis_of(run: RunLog) -> Diagnosis:
    """The causes of all failures of a run.

    Snakemake lists every job of a failed group. Those without a cause of their own come last.

    Args:
        run: Log of a run with a failed job.
    """
    causes = [(job, cause_of(job, batch_account(job))) for job in run.failed]
    is_own = [any(Path(log).is_file() for log in job.logs[:1]) for job, _ in causes]
    order = sorted(range(len(causes)), key=lambda place: not is_own[place])
    return Diagnosis(run, tuple(causes[place] for place in order))


def diagnosis_lines(found: Diagnosis, folder: Path) -> list[str]:
    """What failed first, why, what shows it, what to do, and how to repeat it.

    Args:
        found: Failed jobs with their causes.
        folder: Folder of the page and the script.
    """
    (job, cause), *others = found.causes
    also = f"; {counted(len(others), 'other job')} failed, too" if others else ""
    return [
        f"{place_of(job)} failed first, {job.time}{also}",
        f"{cause.kind}: {cause.text}",
        *(f"  {line}" for line in cause.evidence),
        f"to do: {cause.remedy}",
        f"repeat it: bash {folder / SCRIPT}",
        f"all failures: {folder / PAGE}",
    ]


def place_of(job: FailedJob) -> str:
    """The job as a physicist calls it: program, dataset and part."""
    dataset, part = job.option("dataset"), job.option("part")
    rule = job.rule.removesuffix(f"_{dataset}") if dataset else job.rule
    return ", ".join([rule, *filter(None, [dataset, f"part {part}" if part else ""])])


def page_text(found: Diagnosis, name: str) -> str:
    """The page, in Markdown.

    Args:
        found: Failed jobs with their causes.
        name: Name of the analysis.
    """
    parts = [f"# Why the run of {name} failed", f"From `{found.run.path}`."]
    for job, cause in found.causes:
        parts += [
            f"## {place_of(job)}",
            f"**{cause.kind}**: {cause.text}",
            f"To do: {cause.remedy}.",
            "\n".join(["```", f"failed: {job.time}", *cause.evidence, "```"]),
        ]
    return "\n\n".join(parts) + "\n"


def repeating_script(job: FailedJob, folder: Path) -> str:
    """A script that repeats a job in this project and writes its outputs elsewhere.

    Args:
        job: Failed job.
        folder: Folder for its outputs.
    """
    command = job.command
    written = [*job.outputs, *(log for log in job.logs if log in shlex.split(job.command))]
    for path in sorted(written, key=len, reverse=True):
        command = command.replace(f" {path}", f" {folder / 'outputs' / path}")
    folders = sorted({str((folder / "outputs" / path).parent) for path in written})
    return "\n".join(
        [
            "#!/usr/bin/env bash",
            f"# {place_of(job)}, as it failed; its outputs are in a folder of their own.",
            "set -euo pipefail",
            f"cd {shlex.quote(str(Path.cwd()))}",
            f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH",
            f"mkdir -p {' '.join(map(shlex.quote, folders))}",
            command.strip(),
            "",
        ]
    )


def write_diagnosis(found: Diagnosis, name: str, folder: Path) -> None:
    """Write the page, and the script for the first failure."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(page_text(found, name), encoding="utf-8")
    (folder / SCRIPT).write_text(repeating_script(found.causes[0][0], folder), encoding="utf-8")
