"""Confidence intervals of Feldman and Cousins as text."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from wollemi.base.rounding import significant, with_error
from wollemi.results.confidence_intervals import (
    BriefBelt,
    BriefIntervals,
    ConfidenceInterval,
    Outcome,
)
from wollemi.results.marks import BLINDED
from wollemi.results.parameter_text import NOTHING
from wollemi.results.scan_text import interval_text

METHOD = (
    "Feldman–Cousins intervals by toys: ordered by the likelihood ratio within the bounds, all "
    "other parameters profiled (arXiv:physics/9711021). Errors are from the number of toys; "
    "asymptotic: where −2 ln L has risen by 1 and 3.84"
)


class IntervalRow(NamedTuple):
    """The intervals of one parameter for one set of data.

    Attributes:
        signal: Signal of the model.
        parameter: Name of the parameter.
        kind: Kind of data: `observed` or `expected`.
        outcome: Intervals with the estimate; None if blinded.
    """

    signal: str
    parameter: str
    kind: str
    outcome: Outcome | None


def interval_rows(found: BriefIntervals) -> Iterator[IntervalRow]:
    """All intervals, signal by signal."""
    for signal, belts in found.intervals.items():
        yield from _rows(signal, belts)


def _rows(signal: str, belts: Mapping[str, BriefBelt]) -> Iterator[IntervalRow]:
    for name, belt in belts.items():
        yield IntervalRow(signal, name, "observed", belt.observed)
        yield IntervalRow(signal, name, "expected", belt.expected)


def confidence_text(found: ConfidenceInterval) -> str:
    """Text such as `[0.12 ± 0.03, 1.98 ± 0.02]`; an end at a bound has no error, an end beyond the
    tested values is a dash.
    """
    ends = ((found.lower, found.lower_error), (found.upper, found.upper_error))
    return f"[{', '.join(_end(*end) for end in ends)}]"


def _end(value: float | None, error: float | None) -> str:
    if value is None:
        return NOTHING
    return with_error(value, error) if error else significant(value)


def outcome_texts(outcome: Outcome | None) -> dict[str, str]:
    """Title of a column → best fit, and the intervals from toys and from the asymptotic formula."""
    if outcome is None:
        return {"best fit": BLINDED}
    texts = {"best fit": significant(outcome.estimate)}
    for level, item in outcome.intervals.items():
        texts[f"{level} %"] = confidence_text(item)
        texts[f"{level} % asymptotic"] = interval_text(item.asymptotic)
    return texts


def interval_lines(found: BriefIntervals) -> Iterator[str]:
    """The intervals, one per line."""
    for row in interval_rows(found):
        texts = outcome_texts(row.outcome)
        best = texts.pop("best fit")
        bounds = "; ".join(f"{title} {text}" for title, text in texts.items())
        name = f"{row.signal}: {row.parameter}"
        yield f"{name}: {row.kind} {best}" + (f", Feldman–Cousins {bounds}" if bounds else "")
    for signal, reasons in found.left_out.items():
        for name, reason in reasons.items():
            yield f"{signal}: {name}: no interval: {reason}"
