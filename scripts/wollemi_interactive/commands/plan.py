"""The work of `wollemi plan`: what the next run of an analysis would cost."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from wollemi.base.user_commands import user_command
from wollemi.commands.programs import analysis_file, check_checkout
from wollemi.job.costs import Cost, read_costs
from wollemi.loading.load import read_analysis
from wollemi.provenance.snakemake import summary
from wollemi_interactive.commands.datasets import table
from wollemi_interactive.forecasts.forecast import Expected, forecast, growths, what
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.base.progress import time_text

COSTLIEST = 5
_HEAD = ("program", "jobs", "CPU s", "longest s", "memory MB", "written MB")
_PENDING = "update pending"


def plan_run(analysis: str, slots: int) -> None:
    """Print the expected costs of the next run.

    Args:
        analysis: Name of the analysis.
        slots: Number of jobs at a time.

    Raises:
        click.UsageError: No preview has run.
        WollemiError: The analysis has problems, or Snakemake cannot plan its run.
    """
    check_checkout()
    run, preview = Path("results") / analysis, Path("results") / f"{analysis}_preview"
    known = read_analysis(analysis_file(analysis)).plain["datasets"]
    jobs = next_jobs(analysis, run)
    if not jobs:
        click.echo(f"nothing to do: {run} is complete")
        return
    measured = read_costs(preview / "logs")
    if not measured:
        command = user_command(f"wollemi run {analysis} --preview 600000")
        raise click.UsageError(f"nothing is measured in {preview}: first `{command}`")
    contents = [json.loads(path.read_text("utf-8")) for path in preview.glob("parts/*.json")]
    generated = {
        name: dataset["generate"]["events"]
        for name, dataset in known.items()
        if dataset.get("generate")
    }
    shared = with_others(preview, measured)
    jobs = [job for job in jobs if what(job) not in shared]
    expected, unknown = forecast(
        jobs, read_costs(run / "logs"), measured, growths(contents, generated)
    )
    click.echo("\n".join(forecast_lines(expected, unknown, slots)))


def next_jobs(analysis: str, run: Path) -> list[str]:
    """Names of the jobs that the next run has, by their records.

    Args:
        analysis: Name of the analysis.
        run: Folder of its results.
    """
    rows = summary("all", run.as_posix(), [f"analysis={analysis}", "max_events=0"])
    records = run / "records"
    pending = (Path(row[0]) for row in rows if row[5] == _PENDING)
    return sorted(_job_of(path, records) for path in pending if records in path.parents)


def _job_of(record: Path, records: Path) -> str:
    return record.relative_to(records).with_suffix("").as_posix()


def with_others(preview: Path, measured: Sequence[Cost]) -> set[str]:
    """Programs and datasets whose jobs had no process of their own in a preview: they read the
    events of another dataset, and their costs are in its log.

    Args:
        preview: Folder of the preview.
        measured: Costs of its jobs.
    """
    records = preview / "records"
    own = {what(cost.job) for cost in measured}
    return {what(_job_of(path, records)) for path in records.rglob("*.json")} - own


def forecast_lines(expected: Sequence[Expected], unknown: Sequence[str], slots: int) -> list[str]:
    """The costs by program, the costliest steps, and the sum.

    Args:
        expected: Expected costs of the jobs.
        unknown: Jobs of which nothing is known.
        slots: Number of jobs at a time.
    """
    cpu = sum(job.cpu for job in expected)
    programs = _groups(expected, lambda job: job.program)
    rows = [
        (
            name,
            f"{len(jobs)}",
            f"{sum(job.cpu for job in jobs):,.1f}",
            f"{max(job.wall for job in jobs):,.1f}",
            f"{max(job.memory for job in jobs):.0f}",
            f"{sum(job.written for job in jobs):,.1f}",
        )
        for name, jobs in programs
    ]
    steps = _groups(expected, lambda job: what(job.job))[:COSTLIEST]
    shares = (
        f"{name} {100 * sum(job.cpu for job in jobs) / cpu:.0f} %" for name, jobs in steps if cpu
    )
    longest = max((job.wall for job in expected), default=0.0)
    wall = max(sum(job.wall for job in expected) / slots, longest)
    names = sorted({job.partition("/")[0] for job in unknown})
    lines = [
        *table([_HEAD, *rows]),
        f"costliest: {', '.join(shares)}",
        f"{counted(len(expected), 'job')}: {time_text(cpu)} of CPU time, at least "
        f"{time_text(wall)} with {counted(slots, 'slot')}",
    ]
    if names:
        lines.append(f"not measured: {', '.join(names)}")
    unclear = _groups([job for job in expected if job.is_unclear], lambda job: job.program)
    if unclear:
        few = ", ".join(f"{name} ({counted(len(jobs), 'job')})" for name, jobs in unclear)
        lines.append(f"too few events in the preview, will cost more: {few}")
    return lines


def _groups(
    expected: Sequence[Expected], key: Callable[[Expected], str]
) -> list[tuple[str, list[Expected]]]:
    """Jobs by key, most CPU time first."""
    found: dict[str, list[Expected]] = {}
    for job in expected:
        found.setdefault(key(job), []).append(job)
    return sorted(found.items(), key=lambda item: -sum(job.cpu for job in item[1]))
