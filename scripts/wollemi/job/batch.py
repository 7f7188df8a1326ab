"""Batch jobs that request too much time or fail. Standard library only, for the Snakefile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from wollemi.base.machine_errors import MEMORY
from wollemi.job.messages import errors_of
from wollemi_likelihood.base.errors import WollemiError

_LIMIT = re.compile(r"(?:(?P<days>\d+)-)?(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>\d+)")


class TimeRequest(NamedTuple):
    """The request of a batch job.

    Args:
        kind: "rule", or "group" if it runs a group of jobs.
        name: Name of the rule or the group.
        partition: Partition of Slurm; several are separated by commas; empty for the default.
        minutes: Time limit of the last attempt, minutes; not a number if not known yet.
    """

    kind: str
    name: str
    partition: str
    minutes: Any


def ended_with_message(log: str) -> bool:
    """Whether the program of a log reported why it failed, as it does for errors that another
    attempt cannot fix; running out of memory does not count.

    Args:
        log: Text of the log.
    """
    errors = errors_of(log)
    return bool(errors) and not any(error.startswith(f"{MEMORY}: ") for error in errors)


def partition_limits(listing: str) -> dict[str, float]:
    """Partition → time limit of a job, minutes; the empty name is the default partition.

    Args:
        listing: Output of `sinfo --noheader --format "%P %l"`.
    """
    limits = {}
    for line in listing.splitlines():
        name, _, limit = line.strip().partition(" ")
        limits[name.rstrip("*")] = _minutes(limit.strip())
        if name.endswith("*"):
            limits[""] = _minutes(limit.strip())
    return limits


def _minutes(limit: str) -> float:
    """Minutes of a limit: `30:00`, `1:00:00` or `2-00:00:00`; infinity for any other word."""
    found = _LIMIT.fullmatch(limit)
    if found is None:
        return float("inf")
    days, hours, minutes, seconds = (int(text or 0) for text in found.groups())
    return (days * 24 + hours) * 60 + minutes + seconds / 60


def time_problems(
    requests: Iterable[TimeRequest], limits: Mapping[str, float]
) -> list[WollemiError]:
    """Rules and groups whose jobs would never start in any of their partitions.

    Args:
        requests: Requests of all jobs.
        limits: Partition → time limit, minutes; Slurm itself reports a missing partition.
    """
    longest: dict[tuple[str, str, str], float] = {}
    for kind, name, partition, minutes in requests:
        if isinstance(minutes, int | float):
            job = kind, name, partition
            longest[job] = max(minutes, longest.get(job, 0))
    return [
        _problem(kind, name, partition, minutes, limit)
        for (kind, name, partition), minutes in sorted(longest.items())
        if minutes > (limit := _limit(partition, limits))
    ]


def _limit(partition: str, limits: Mapping[str, float]) -> float:
    return max(limits.get(name, float("inf")) for name in partition.split(","))


def _problem(kind: str, name: str, partition: str, minutes: float, limit: float) -> WollemiError:
    allows = f"the partition {partition}" if partition else "the default partition"
    less = {
        "rule": f"ask for less (--set-resources {name}:runtime={limit:g})",
        "group": f"group fewer jobs (`{name}` in the profile's group-components)",
    }
    return WollemiError(
        f"{kind} {name}",
        f"its last attempt asks for {minutes:g} minutes, but {allows} allows {limit:g}",
        f"name a longer one (--default-resources slurm_partition=NAME), or {less[kind]}",
    )
