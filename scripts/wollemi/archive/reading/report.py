"""The report of a re-execution, as text and as values. Standard library only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wollemi.archive.reading.archive import Archive
from wollemi.archive.reading.comparison import (
    EQUAL,
    IDENTICAL,
    STATUSES,
    TAKEN_OVER,
    Comparison,
    Outcome,
    outcomes_by_kind,
)
from wollemi.archive.reading.tolerances import EVENT_TOLERANCES, TOLERANCES

SCHEMA = "wollemi-reexecution-1"
_SHOWN = 40


@dataclass(frozen=True)
class Reexecution:
    """Steps and results of a re-execution.

    Args:
        archive: Archive that was run again.
        environment: Origin of the packages.
        absent: Production files that were not available.
        jobs: Number of jobs in the archive.
        taken_over: Records of the jobs that were not run.
        comparison: Comparison of products and records.
        seconds: Wall time by step, in seconds.
    """

    archive: Archive
    environment: str
    absent: tuple[str, ...]
    jobs: int
    taken_over: tuple[str, ...]
    comparison: Comparison
    seconds: Mapping[str, float]


def count_kinds(outcomes: Mapping[str, Outcome]) -> dict[str, Counter[str]]:
    """Number of files by kind of product and status."""
    return {
        kind: Counter(outcome.status for outcome in found)
        for kind, found in outcomes_by_kind(outcomes).items()
    }


def _table(outcomes: Mapping[str, Outcome]) -> list[str]:
    counts = count_kinds(outcomes)
    total = sum(counts.values(), Counter())
    columns = [status for status in STATUSES if total[status] or status != TAKEN_OVER]
    width = max(map(len, [*counts, "all"]))
    rows = [(kind, counts[kind]) for kind in sorted(counts)] + [("all", total)]
    lines = [f"{'':{width}}" + "".join(f"{status:>12}" for status in columns)]
    return lines + [
        f"{kind:{width}}" + "".join(f"{count[status] or '·':>12}" for status in columns)
        for kind, count in rows
    ]


def _exceptions(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Files that are neither identical nor taken over, the worst first."""
    found = {
        name: outcome
        for name, outcome in outcomes.items()
        if outcome.status not in (IDENTICAL, TAKEN_OVER)
    }
    ordered = sorted(found, key=lambda name: found[name].status == EQUAL)
    lines = [
        f"  {found[name].status:10} {name}  {found[name].text}".rstrip()
        for name in ordered[:_SHOWN]
    ]
    return lines + (
        [f"  ... and {len(ordered) - _SHOWN} more: see the JSON report"]
        if len(ordered) > _SHOWN
        else []
    )


def report_text(done: Reexecution) -> str:
    """The report as text."""
    comparison, run = done.comparison, done.archive.run
    lines = [
        (
            f"{run}: re-executed {done.jobs - len(done.taken_over)} of {done.jobs} jobs, "
            f"environment {done.environment}"
        )
    ]
    if done.absent:
        lines.append(
            f"{len(done.absent)} production files could not be had ({done.absent[0]} ...):"
        )
        lines.append(
            "taken over from the archive instead of made again: the products of "
            f"{len(done.taken_over)} jobs"
        )
    lines += ["", *_table(comparison.outcomes)]
    if exceptions := _exceptions(comparison.outcomes):
        lines += ["", "not identical (archived → now):", *exceptions]
    lines += ["", *(f"environment differs: {text}" for text in comparison.environment)]
    lines += [
        f"time: {', '.join(f'{step} {seconds:.1f} s' for step, seconds in done.seconds.items())}"
    ]
    verdict = (
        "every product is identical or equal"
        if comparison.agrees
        else "there are products that differ or are missing"
    )
    return (
        "\n".join(
            [
                *lines,
                (
                    f"{run}: "
                    f"{verdict}{' or taken over' if comparison.agrees and done.taken_over else ''}"
                ),
            ]
        )
        + "\n"
    )


def report_json(done: Reexecution) -> dict[str, Any]:
    """The report as values, with the tolerances."""
    outcomes = done.comparison.outcomes
    return {
        "schema": SCHEMA,
        "archive": dict(done.archive.description),
        "agrees": done.comparison.agrees,
        "environment": {
            "origin": done.environment,
            "differences": list(done.comparison.environment),
        },
        "jobs": {"all": done.jobs, "taken_over": list(done.taken_over)},
        "production_files_not_available": list(done.absent),
        "counts": {kind: dict(count) for kind, count in count_kinds(outcomes).items()},
        "files": {
            name: {"status": outcome.status, "text": outcome.text}
            for name, outcome in outcomes.items()
        },
        "tolerances": [
            {
                "files": item.files,
                "path": item.path,
                "relative": item.relative if item.relative < 1 else None,
                "absolute": item.absolute,
                "reason": item.reason,
            }
            for item in TOLERANCES
        ],
        "event_tolerances": EVENT_TOLERANCES,
        "seconds": {step: round(seconds, 1) for step, seconds in done.seconds.items()},
    }
