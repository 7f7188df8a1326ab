"""The content of a HEPData table: columns with units, qualifiers and uncertainties, rounded for
publication.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from wollemi.base.rounding import significant_float
from wollemi.results.intervals import poisson_interval
from wollemi.results.marks import BLINDED

NONE = "-"  # HEPData's sign for a missing value
STATISTICAL, TOTAL = "stat", "total"
Number = float | int | None
Value = float | int | str
# Columns that contain names of parameters.
POI = "Parameter of interest"
OF_PARAMETERS = ("Parameter", "First parameter", "Second parameter", "Source", POI)
# A quantity with its unit in brackets, as on an axis.
WITH_UNIT = re.compile(r"^(?P<name>.*\S)\s*\[(?P<unit>[^\]]+)\]$")


_SMALLEST = 1e-300  # smaller p-values underflow


@dataclass(frozen=True)
class Error:
    """One kind of uncertainty of a column.

    Args:
        label: Name: `stat`, `sys`, `total`, `1 sigma`, ...
        values: Uncertainty of each row: symmetric, or signed distances to the lower end (not above
            0) and to the upper end; None if unknown.
    """

    label: str
    values: Sequence[float | tuple[float, float] | None]


@dataclass(frozen=True)
class Column:
    """A variable of a table.

    Args:
        name: Name shown above the column.
        values: Value of each row; bins as pairs of edges.
        unit: Unit of values and uncertainties.
        errors: Uncertainties of the values.
        qualifiers: Name → value of the qualifiers, which distinguish the column from the others.
    """

    name: str
    values: Sequence[Value | tuple[float, float]]
    unit: str = ""
    errors: Sequence[Error] = ()
    qualifiers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """The columns of a table: independent variables, then the dependent ones."""

    independent: Sequence[Column]
    dependent: Sequence[Column]


def published(value: Number) -> Value:
    """A number as published: counts as integers, other numbers with six significant digits, None
    for a missing value.
    """
    if value is None:
        return NONE
    return value if isinstance(value, int) else significant_float(value)


def probability(value: Number) -> Value:
    """A p-value or CLs as published: BLINDED if missing, an upper bound if it would underflow."""
    if value is None:
        return BLINDED
    return f"<{_SMALLEST:g}" if value < _SMALLEST else published(value)


def counts(values: Sequence[Number]) -> list[Value]:
    """Numbers of events: integers are published with all digits, hidden (None) as BLINDED."""
    whole = (
        int(value) if value is not None and float(value).is_integer() else value for value in values
    )
    return [BLINDED if value is None else published(value) for value in whole]


def symmetric(label: str, values: Sequence[float | None]) -> Error:
    """A symmetric uncertainty.

    Args:
        label: Name of the uncertainty.
        values: Uncertainty of each row; None if unknown.
    """
    return Error(label, [None if value is None else significant_float(value) for value in values])


def asymmetric(label: str, values: Sequence[tuple[float, float] | None]) -> Error:
    """An asymmetric uncertainty.

    Args:
        label: Name of the uncertainty.
        values: Downward and upward size of each row, both positive; None if unknown.
    """
    return Error(
        label,
        [
            None if pair is None else (0.0 - significant_float(pair[0]), significant_float(pair[1]))
            for pair in values
        ],
    )


def poisson_error(observed: Sequence[Number]) -> Error:
    """The central 68.3 % intervals of counted events (F. Garwood, Biometrika 28 (1936) 437), as
    statistical uncertainty.

    Args:
        observed: Observed events; None if hidden.
    """
    events = np.array([np.nan if value is None else value for value in observed], np.float64)
    low, high = poisson_interval(np.nan_to_num(events))
    sizes = zip((events - low).tolist(), (high - events).tolist(), observed, strict=True)
    return asymmetric(
        STATISTICAL, [None if value is None else (down, up) for down, up, value in sizes]
    )


def bands(expected: Sequence[Sequence[float]]) -> list[Error]:
    """Bands around a median expectation.

    Args:
        expected: Expectations of each row at -2, -1, 0, +1, +2σ.
    """
    return [
        asymmetric(
            f"{width} sigma",
            [(row[2] - row[2 - width], row[2 + width] - row[2]) for row in expected],
        )
        for width in (1, 2)
    ]


def with_labels(content: Content, label: Callable[[str], str]) -> Content:
    """A table with labels of parameters instead of their names.

    Args:
        content: Table with names of parameters as values of some columns or qualifiers.
        label: Function from the name of a parameter to its label; other texts are unchanged.
    """
    axes = [
        replace(
            column,
            values=[label(str(value)) for value in column.values]
            if column.name in OF_PARAMETERS
            else column.values,
        )
        for column in content.independent
    ]
    columns = [
        replace(
            column,
            qualifiers={
                name: label(value) if name == POI else value
                for name, value in column.qualifiers.items()
            },
        )
        for column in content.dependent
    ]
    return Content(axes, columns)


def with_qualifiers(
    content: Content, qualifiers: Sequence[dict[str, Any]]
) -> list[tuple[Column, list[dict[str, Any]]]]:
    """Each dependent column with its qualifiers in HEPData's form: own qualifiers, then common
    ones.
    """
    return [
        (
            column,
            [
                *({"name": name, "value": value} for name, value in column.qualifiers.items()),
                *map(dict, qualifiers),
            ],
        )
        for column in content.dependent
    ]


def poi_columns(
    pois: Mapping[str, str], rows: Sequence[str]
) -> tuple[list[Column], dict[str, str]]:
    """Columns that distinguish the rows, and qualifiers of the other columns: the signals of one
    parameter of interest, or the parameters of interest of signals that are fitted together.

    Args:
        pois: Parameter of interest by signal.
        rows: Signal of each row.
    """
    if len(set(pois.values())) > 1:
        return [Column(POI, [pois[name] for name in rows])], {}
    signals = [Column("Signal", [*rows])] if len(pois) > 1 else []
    return signals, {POI: next(iter(pois.values()))}
