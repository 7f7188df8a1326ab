"""Batch jobs, as Snakemake 7 and 9 see them: groups, attempts, time limits. Standard library only,
for the Snakefile.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from wollemi.base.machine_errors import MEMORY
from wollemi.job.messages import errors_of
from wollemi.job.resources import batch_group
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


def is_main(workflow: Any) -> bool:
    """Whether this Snakemake plans the run, and not one of its batch jobs."""
    return bool(getattr(workflow, "is_main_process", True))


def profile_group(workflow: Any, program: str) -> str | None:
    """The group of a program's jobs, if the profile has it (`group-components`, known only after
    the rules); a batch job does not know the profile.
    """
    settings = getattr(workflow, "group_settings", None)
    known = getattr(settings, "group_components", ())
    name = batch_group(program)
    return name if name in known or not is_main(workflow) else None


def group_rules(workflow: Any) -> None:
    """Assign groups to all rules, here and not in the rules, which REANA has to read: REANA does
    not group jobs.
    """

    def group_of(program: str) -> Callable[[Any], str | None]:
        def group(wildcards: Any) -> str | None:
            return profile_group(workflow, program)

        return group

    for rule in workflow.rules:
        if hasattr(rule.input, "code"):
            rule.group = group_of(Path(rule.input.code[0]).stem)


def refuse_vain_attempt(workflow: Any, rule: str, wildcards: Any, attempt: int) -> None:
    """End a job that has failed with a message, as it would fail again: only a killed job is
    retried, with more memory and time.

    The Snakemake of a batch job asks before it removes the log of the previous attempt.

    Raises:
        WollemiError: The log of the previous attempt says why it failed.
    """
    if attempt == 1 or is_main(workflow):
        return
    for path in workflow.get_rule(rule).log:
        log = Path(path.apply_wildcards(wildcards))
        if log.is_file() and ended_with_message(log.read_text(encoding="utf-8")):
            problem = "says why this job failed, so it is not tried again"
            raise WollemiError(str(log), problem, "fix that and run again")


def slurm_problems(workflow: Any) -> list[WollemiError]:
    """Jobs that request more time than their partition of Slurm allows, which would wait forever;
    none with other executors.
    """
    if getattr(getattr(workflow, "executor_plugin", None), "name", "") != "slurm":
        return []
    try:
        listing = subprocess.run(
            ["sinfo", "--noheader", "--format", "%P %l"],  # noqa: S607
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return []  # the first submission reports why
    requests = [_last_request(job) for job in workflow.dag.get_jobs_or_groups()]
    return time_problems(requests, partition_limits(listing))


def _last_request(job: Any) -> TimeRequest:
    """Partition and minutes that a job, or a group of jobs, requests at its last attempt."""
    now, job.attempt = job.attempt, job.restart_times + 1
    asked = job.resources
    job.attempt = now
    kind, name = ("group", job.groupid) if job.is_group() else ("rule", job.rule.name)
    return TimeRequest(kind, name, str(asked.get("slurm_partition", "")), asked.get("runtime"))


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
