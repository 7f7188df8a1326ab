"""Confidence intervals of Feldman and Cousins, from the values that all batches have tested."""

import logging
import sys
from collections.abc import Mapping, Sequence

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.confidence_interval_text import interval_lines
from wollemi.results.confidence_intervals import (
    Belt,
    BeltPart,
    ConfidenceInterval,
    Estimate,
    IntervalBatch,
    Intervals,
    Outcome,
    ToyShare,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.interval_ends import LEVELS, confidence_interval

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("intervals",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"batches": "values that the batches have tested, in order"},
    outputs={"intervals": "confidence intervals"},
    sections=SECTIONS,
)


def merged_intervals(batches: Sequence[IntervalBatch], seed: int, toys: int) -> Intervals:
    """Merge the values tested by all jobs into intervals.

    Args:
        batches: Batches, at least one.
        seed: Seed of the random numbers.
        toys: Number of toys per value.

    Raises:
        WollemiError: None of the models has an interval.
    """
    left_out: dict[str, dict[str, str]] = {}
    for batch in batches:
        for signal, reasons in batch.left_out.items():
            left_out.setdefault(signal, {}).update(reasons)
    parts: dict[str, dict[str, list[BeltPart]]] = {}
    for batch in batches:
        for signal, belts in batch.belts.items():
            for name, part in belts.items():
                if name not in left_out.get(signal, {}):
                    parts.setdefault(signal, {}).setdefault(name, []).append(part)
    if not parts:
        signal, reasons = next(iter(left_out.items()))
        name, reason = next(iter(reasons.items()))
        raise WollemiError(
            "intervals", f"no model has one; {signal}, {name}: {reason}", "correct this section"
        )
    made = {
        signal: {name: belt(found, toys) for name, found in belts.items()}
        for signal, belts in parts.items()
    }
    merged = Intervals(measurement=batches[0].measurement, seed=seed, toys=toys, intervals=made)
    return merged.noting(left_out=left_out) if left_out else merged


def belt(parts: Sequence[BeltPart], toys: int) -> Belt:
    """Merge the intervals of a parameter of a model."""
    first = parts[0]
    numbered = {int(number): point for part in parts for number, point in part.points.items()}
    points = tuple(numbered[number] for number in sorted(numbered))
    seen = {point.value: point.observed for point in points if point.observed is not None}
    expected = {point.value: point.expected for point in points}
    return Belt(
        bounds=first.bounds,
        observed=outcome(first.observed, seen, first.bounds, toys) if first.observed else None,
        expected=outcome(first.expected, expected, first.bounds, toys),
        points=points,
    )


def outcome(
    found: Estimate, tests: Mapping[float, ToyShare], bounds: tuple[float, float], toys: int
) -> Outcome:
    """Compute the intervals of a data set from the tests of its values."""
    p_values = {value: (item.p_value, item.p_value_error) for value, item in tests.items()}
    intervals = {
        key: ConfidenceInterval.of(
            confidence_interval(p_values, found.estimate, level, bounds, toys),
            asymptotic=found.asymptotic[key],
        )
        for key, level in LEVELS.items()
    }
    return Outcome(estimate=found.estimate, intervals=intervals)


@with_model(write_absence)
def main(job: Job) -> None:
    """Merge the batches."""
    settings = job.settings.intervals
    batches = [IntervalBatch.read(path) for path in job.inputs("batches")]
    found = merged_intervals(batches, settings.seed, settings.toys)
    for line in interval_lines(found.brief):
        LOGGER.info("%s", line)
    job.write_json("intervals", found.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
