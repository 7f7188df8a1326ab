"""Relative widths of the factors of single bins; the meaning of their `vals` depends on the writer.

ROOT 6.40 writes relative widths, pyhs3 0.4 absolute widths (in events), earlier versions of ROOT
effective events of a Poisson constraint; the text of HS3 0.2 describes their square roots.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wollemi_convert.hs3.document import Document
from wollemi_likelihood.base.errors import WollemiError

Json = Mapping[str, Any]
_Reading = Callable[[float, float], float]

EVENTS = "uncertainties in events"
RELATIVE = "relative uncertainties"
POISSON_ONLY = {
    "numbers of effective events": lambda value, events: 1 / math.sqrt(value),
    "square roots of effective events": lambda value, events: 1 / value,
}
READINGS: dict[str, _Reading] = {
    RELATIVE: lambda value, events: value,
    EVENTS: lambda value, events: value / events,
}
_SAME = 1e-6  # relative; ROOT writes some numbers in seven digits


def widths_of(
    document: Document,
    where: str,
    modifier: Json,
    events: Sequence[float],
    *,
    is_poisson: bool,
) -> tuple[str, list[float]]:
    """Meaning of the `vals` of a modifier and its relative widths, shape (bins,).

    It follows from the writer, the auxiliary data, and the ranges of the parameters, which ROOT
    sets to five standard deviations.

    Args:
        document: The document.
        where: Place of the modifier, for errors.
        modifier: Modifier with the `vals`.
        events: Expected events of its sample, shape (bins,).
        is_poisson: Whether its constraint is a Poisson distribution.

    Raises:
        WollemiError: Writer and parameters contradict each other, or do not determine the meaning.
    """
    values = [float(value) for value in (modifier.get("data") or {}).get("vals") or ()]
    readings = READINGS | (POISSON_ONLY if is_poisson else {})
    widths = {
        name: [
            reading(value, count) if value > 0 and (count > 0 or name != EVENTS) else 0.0
            for value, count in zip(values, events, strict=True)
        ]
        for name, reading in readings.items()
    }
    members = modifier.get("parameters") or ()
    known = [_known(document, member, is_poisson=is_poisson) for member in members]
    shown = [name for name, found in widths.items() if any(found) and _agree(found, known)]
    declared = RELATIVE if "constraint_type" in modifier else _BY_WRITER.get(document.writer or "")
    if declared is not None:
        if shown and not any(_equal(widths[declared], widths[name]) for name in shown):
            raise _contradiction(where, document.writer or "ROOT", declared, shown[0])
        return declared, widths[declared]
    possible = shown or list(widths)
    if not all(_equal(widths[possible[0]], widths[name]) for name in possible):
        problem = f"its vals may be {' or '.join(possible)}: neither metadata.packages nor the "
        problem += "ranges of its parameters decide"
        raise WollemiError(where, problem, "add the program that wrote it to metadata.packages")
    return possible[0], widths[possible[0]]


_BY_WRITER = {"pyhs3": EVENTS, "wollemi": RELATIVE}


def _known(document: Document, member: str, *, is_poisson: bool) -> list[float]:
    """Relative widths of a parameter from its auxiliary data or else its ranges."""
    nominal = f"nom_{member}"
    values = [point[nominal][0] for point in document.points.values() if nominal in point]
    if is_poisson and any(value > 0 for value in values):
        return [1 / math.sqrt(value) for value in values if value > 0]
    ranges = [domain[member] for domain in document.domains.values() if member in domain]
    return [(high - 1) / 5 for low, high in ranges if low == 0]


def _agree(widths: Sequence[float], known: Sequence[Sequence[float]]) -> bool:
    return all(
        any(math.isclose(width, other, rel_tol=_SAME) for other in others)
        for width, others in zip(widths, known, strict=True)
        if width
    )


def _equal(first: Sequence[float], second: Sequence[float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-12) for a, b in zip(first, second, strict=True))


def _contradiction(where: str, writer: str, declared: str, shown: str) -> WollemiError:
    problem = f"its vals are {declared} as {writer} writes them, and {shown} by the ranges or the "
    problem += "auxiliary data of its parameters"
    return WollemiError(where, problem, "correct metadata.packages or the ranges in domains")
