"""Limits between generated signals, in words."""

from collections.abc import Iterator

from wollemi.base.rounding import percent, significant
from wollemi.results.limit_floor import WORDS
from wollemi.results.limits import MEDIAN, ClosureTest, Interpolation
from wollemi.results.marks import BLINDED

METHOD = (
    "Yields are interpolated by their logarithm, templates by their quantiles (A. L. Read, "
    "Nucl. Instrum. Meth. A 425 (1999) 357)"
)


def closure_text(found: ClosureTest) -> str:
    """How far the interpolation is off for a generated signal, twice as far from its neighbors."""
    events, limit = (percent(shift, sign=True) for shift in (found.events_shift, found.limit_shift))
    return f"events {events}, expected limit {limit}"


def interpolation_rows(found: Interpolation) -> dict[str, dict[str, str]]:
    """Place on the axis of the limit plot → column → cell, of the interpolated signals."""
    return {
        f"{item.point:g}": {
            "between": " and ".join(item.between),
            "events": significant(item.signal_events),
            "observed": BLINDED if item.observed is None else significant(item.observed),
            "expected": significant(item.expected[MEDIAN]),
            "no limits": ", ".join(WORDS[edge] for edge in item.too_low),
        }
        for item in found.limits
    }


def interpolation_texts(found: Interpolation) -> Iterator[str]:
    """How well signals are interpolated, and where they are not, a line each."""
    for signal, item in found.closure.items():
        yield f"{signal} interpolated between {' and '.join(item.between)}: {closure_text(item)}"
    for pair, problem in found.left_out.items():
        yield f"nothing is interpolated between {pair}: they {problem}"
