"""Estimate the costs of jobs before they run, from the jobs of a preview.

The CPU time of a job on a part of a dataset is a constant for its start plus a time per event. The
start is that of the cheapest job of the program; the rest is scaled to the whole dataset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from wollemi.job.costs import Cost
from wollemi.job.resources import OF_PARTS

# Measured: the CPU time of equal jobs varies by so much on a busy machine, seconds.
SPREAD = 0.25
TOLERANCE = 0.3
# The other programs on parts write histograms.
WRITE_EVENTS = ("generate_events/", "skim_events/")


class Expected(NamedTuple):
    """Expected costs of a job.

    Args:
        job: Name of its log: rule, with dataset and part if the job has them.
        cpu: CPU time, seconds.
        wall: Wall time, seconds.
        memory: Peak memory, MB, as in the preview, since events are read in batches.
        written: Data written, MB.
        is_unclear: Whether `SPREAD`, scaled to all events, is more than `TOLERANCE` of `cpu`.
    """

    job: str
    cpu: float
    wall: float
    memory: float
    written: float
    is_unclear: bool = False

    @property
    def program(self) -> str:
        """Name of the program."""
        return self.job.partition("/")[0]


def dataset_of(job: str) -> str:
    """Name of the dataset of a job, empty without one."""
    program, _, rest = job.partition("/")
    return rest.rpartition("_")[0] if program in OF_PARTS else rest


def what(job: str) -> str:
    """Program and dataset of a job, without the number of its part."""
    return f"{job.partition('/')[0]} {dataset_of(job)}".strip()


def growths(parts: Sequence[Mapping[str, Any]], generated: Mapping[str, int]) -> dict[str, float]:
    """Dataset → events of the whole dataset per event of the preview.

    Args:
        parts: Contents of the preview's `parts/<dataset>.json`.
        generated: Dataset → events that a full run generates.
    """
    found = {}
    for content in parts:
        name = content["dataset"]
        ranges = [item for part in content["parts"] for item in part]
        total = generated.get(name, content["entries"])
        if total is not None and all(item["stop"] is not None for item in ranges):
            found[name] = total / max(1, sum(item["stop"] - item["start"] for item in ranges))
    return found


def forecast(
    jobs: Sequence[str], preview: Sequence[Cost], growth: Mapping[str, float]
) -> tuple[list[Expected], list[str]]:
    """Expected costs of jobs.

    Args:
        jobs: Names of the jobs of the next run.
        preview: Costs of the jobs of a preview.
        growth: Result of `growths`.

    Returns:
        Expected costs, and the jobs whose programs the preview did not run.
    """
    measured: dict[str, list[Cost]] = {}
    for cost in preview:
        measured.setdefault(cost.rule, []).append(cost)
    parts: dict[tuple[str, str], int] = {}
    for job in jobs:
        key = (job.partition("/")[0], dataset_of(job))
        parts[key] = parts.get(key, 0) + 1
    found, unknown = [], []
    for job in jobs:
        program, dataset = job.partition("/")[0], dataset_of(job)
        same = measured.get(program, [])
        own = [cost for cost in same if dataset_of(cost.job) == dataset]
        if program in OF_PARTS and own:
            scale = growth.get(dataset, 1.0) / parts[program, dataset]
            found.append(_scaled(job, own, same, scale))
        elif same:
            found.append(_mean(job, own or same))
        else:
            unknown.append(job)
    return found, unknown


def _mean(job: str, costs: Sequence[Cost]) -> Expected:
    """Mean costs, and the largest memory."""
    number = len(costs)
    return Expected(
        job,
        sum(cost.cpu for cost in costs) / number,
        sum(cost.wall for cost in costs) / number,
        max(cost.memory for cost in costs),
        sum(cost.written or 0 for cost in costs) / number,
    )


def _scaled(job: str, own: Sequence[Cost], same: Sequence[Cost], scale: float) -> Expected:
    """A job on a part of a dataset.

    Args:
        job: Name of the job.
        own: Costs of the preview's jobs on this dataset.
        same: Costs of all jobs of the program.
        scale: Events of this part per event of all jobs of `own`.
    """
    start = min(cost.cpu - _event_work(cost) for cost in same)
    spent = sum(cost.cpu for cost in own)
    works = [_event_work(cost) or cost.cpu - start for cost in own]
    work = sum(
        work
        for cost, work in zip(own, works, strict=True)
        if cost.event_time is not None or work > SPREAD
    )
    cpu = start + work * scale
    per_cpu = sum(cost.wall for cost in own) / spent if spent else 1.0
    written = sum(cost.written or 0 for cost in own)
    if job.startswith(WRITE_EVENTS):
        written *= scale
    is_unclear = SPREAD * (scale - 1) > TOLERANCE * cpu
    return Expected(job, cpu, cpu * per_cpu, max(cost.memory for cost in own), written, is_unclear)


def _event_work(cost: Cost) -> float:
    """CPU time of all events; 0 if that of one was not measured."""
    return (cost.event_time or 0) * (cost.events or 0)
