"""Limits between generated signals, in words."""

from collections.abc import Iterator

from wollemi.base.rounding import percent
from wollemi.results.limits import ClosureTest, Interpolation

METHOD = (
    "Yields are interpolated by their logarithm, templates by their quantiles (A. L. Read, "
    "Nucl. Instrum. Meth. A 425 (1999) 357)"
)


def closure_text(found: ClosureTest) -> str:
    """Errors of the interpolation for a generated signal, twice as far from its neighbors."""
    events, limit = (percent(shift, sign=True) for shift in (found.events_shift, found.limit_shift))
    return f"events {events}, expected limit {limit}"


def interpolation_texts(found: Interpolation) -> Iterator[str]:
    """Accuracy of the interpolation, and pairs of signals without it, one per line."""
    for signal, item in found.closure.items():
        yield f"{signal} interpolated between {' and '.join(item.between)}: {closure_text(item)}"
    for pair, problem in found.left_out.items():
        yield f"nothing is interpolated between {pair}: they {problem}"
