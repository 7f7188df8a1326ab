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
EVENTS = 600_000  # three batches
_HEAD = ("program", "jobs", "CPU s", "longest s", "memory MB", "written MB")
_PENDING = "update pending"


def plan_run(analysis: str, slots: int) -> None:
    """Print the expected costs of the next run.

    Args:
        analysis: Name of the analysis.
        slots: Number of jobs at a time.

    Raises:
        click.UsageError: There is no preview, or it is not of the present analysis.
        WollemiError: The analysis has problems, or Snakemake cannot plan its run.
    """
    check_checkout()
    known = read_analysis(analysis_file(analysis)).plain["datasets"]
    jobs = run_jobs(analysis, Path("results") / analysis, 0)
    if not any(jobs.values()):
        click.echo(f"nothing to do: results/{analysis} is complete")
        return
    preview = Path("results") / f"{analysis}_preview"
    events = preview_events(preview)
    measured = read_costs(preview / "logs")
    if not measured or any(run_jobs(analysis, preview, events).values()):
        command = user_command(f"wollemi run {analysis} --preview {events or EVENTS}")
        problem = "is not complete, or older than the analysis" if measured else "has not run"
        raise click.UsageError(f"{preview} {problem}: first `{command}`")
    contents = [json.loads(path.read_text("utf-8")) for path in preview.glob("parts/*.json")]
    generated = {
        name: dataset["generate"]["events"]
        for name, dataset in known.items()
        if dataset.get("generate")
    }
    shared = with_others(preview, measured)
    # All jobs, since those of a dataset share its events.
    own = [job for job in jobs if what(job) not in shared]
    expected, unknown = forecast(own, measured, growths(contents, generated))
    pending = [job for job in expected if jobs[job.job]]
    not_measured = [job for job in unknown if jobs[job]]
    click.echo("\n".join(forecast_lines(pending, not_measured, slots)))


def preview_events(preview: Path) -> int:
    """Largest number of events of a dataset in a preview; 0 without a preview."""
    records = preview.glob("records/split_dataset/*.json")
    contents = (json.loads(path.read_text("utf-8")) for path in records)
    return max((content["options"]["max_events"] for content in contents), default=0)


def run_jobs(analysis: str, run: Path, events: int) -> dict[str, bool]:
    """Jobs of a run, by their records → whether Snakemake would run them.

    Args:
        analysis: Name of the analysis.
        run: Folder of its results.
        events: Events of each dataset in a preview; 0: all.
    """
    rows = summary("all", run.as_posix(), [f"analysis={analysis}", f"max_events={events}"])
    records = run / "records"
    return {
        _job_of(Path(row[0]), records): row[5] == _PENDING
        for row in rows
        if records in Path(row[0]).parents
    }


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
        lines.append(f"uncertain, as the preview has few events: {few}")
    return lines


def _groups(
    expected: Sequence[Expected], key: Callable[[Expected], str]
) -> list[tuple[str, list[Expected]]]:
    """Jobs by key, most CPU time first."""
    found: dict[str, list[Expected]] = {}
    for job in expected:
        found.setdefault(key(job), []).append(job)
    return sorted(found.items(), key=lambda item: -sum(job.cpu for job in item[1]))
