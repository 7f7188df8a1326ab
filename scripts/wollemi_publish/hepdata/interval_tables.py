"""The HEPData table of confidence intervals."""

from wollemi.results.confidence_interval_text import interval_rows
from wollemi.results.confidence_intervals import LEVELS, ConfidenceInterval, Intervals
from wollemi.results.marks import BLINDED
from wollemi_publish.hepdata.columns import (
    NONE,
    STATISTICAL,
    Column,
    Content,
    Value,
    published,
    symmetric,
)


def interval_table(content: Intervals) -> Content:
    """Ends of the intervals, observed and expected: one row per signal, parameter and level.

    Args:
        content: Content of `intervals.json`.
    """
    rows = [(row, level) for row in interval_rows(content.brief) for level in LEVELS]
    axis = [(row, level) for row, level in rows if row.kind == "observed"]
    columns = []
    for kind in ("observed", "expected"):
        found = [
            None if row.outcome is None else row.outcome.intervals[level]
            for row, level in rows
            if row.kind == kind
        ]
        for end in ("lower", "upper"):
            values = [_value(item, end) for item in found]
            sizes = [None if item is None else getattr(item, f"{end}_error") for item in found]
            title = f"{kind.capitalize()} {end} end"
            columns.append(Column(title, values, errors=[symmetric(STATISTICAL, sizes)]))
    return Content(
        [
            Column("Signal", [row.signal for row, _ in axis]),
            Column("Parameter", [row.parameter for row, _ in axis]),
            Column("Confidence level", [100 * LEVELS[level] for _, level in axis], "PCT"),
        ],
        columns,
    )


def _value(item: ConfidenceInterval | None, end: str) -> Value:
    if item is None:
        return BLINDED
    value = getattr(item, end)
    return NONE if value is None else published(value)
