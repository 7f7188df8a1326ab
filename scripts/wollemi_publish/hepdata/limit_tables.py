"""Tables of upper limits and of CLs."""

from collections.abc import Sequence

from wollemi.results.cls import Cls
from wollemi.results.limits import BriefLimit, Limits
from wollemi_likelihood.limit_floor import MEDIAN, fewest_signal_events
from wollemi_publish.hepdata.columns import (
    NONE,
    WITH_UNIT,
    Column,
    Content,
    Error,
    asymmetric,
    bands,
    probability,
    published,
    symmetric,
)
from wollemi_publish.hepdata.statistics_tables import observed_values


def limit_table(
    limits: Limits, signals: Sequence[str], axis: Sequence[Column], poi: str
) -> Content:
    """Upper limits on the signal strength; expected limits have bands of ±1 and ±2σ.

    Args:
        limits: Content of `limits.json`.
        signals: Names of the signals, one per row.
        axis: Independent columns that distinguish the signals.
        poi: Name of the signal strength.
    """
    rows = [limits.limits[signal] for signal in signals]
    return Content(
        axis,
        [
            *_limit_columns(rows, f"upper limit on {poi}", "", limits.level),
            *_floor_column(rows, limits.level),
            *_method_column(rows),
            *_strength_column(rows, poi),
        ],
    )


def interpolation_table(limits: Limits, label: str, poi: str) -> Content:
    """Upper limits on the strength of signals between generated signals, which the table names.

    Args:
        limits: Content of `limits.json`.
        label: Label of the axis of the limit plot.
        poi: Name of the signal strength.
    """
    rows = limits.interpolation.limits if limits.interpolation else ()
    match = WITH_UNIT.match(label)
    name, unit = (match["name"], match["unit"]) if match else (label, "")
    return Content(
        [Column(name, [published(row.point) for row in rows], unit)],
        [
            *_limit_columns(rows, f"upper limit on {poi}", "", limits.level),
            *_floor_column(rows, limits.level),
            Column("Interpolated between", [" and ".join(row.between) for row in rows]),
        ],
    )


def _strength_column(rows: Sequence[BriefLimit], poi: str) -> list[Column]:
    """The predicted strength, 1, with its uncertainty; no column without uncertainties."""
    ones = [1.0] * len(rows)
    errors = _theory_errors(rows, ones)
    return [Column(f"Predicted {poi}", ones, errors=errors)] if errors else []


def cross_section_table(
    limits: Limits, signals: Sequence[str], axis: Sequence[Column], quantity: str, theory: str
) -> Content:
    """Upper limits on the cross section in pb, and the predicted one.

    Args:
        limits: Content of `limits.json`.
        signals: Names of the signals, one per row.
        axis: Independent columns that distinguish the signals.
        quantity: Name of the limited quantity, as on the axis of the limit plot.
        theory: Name of the prediction.
    """
    rows = [limits.limits[signal] for signal in signals]
    match = WITH_UNIT.match(quantity)
    name = match["name"] if match else quantity
    columns = [
        *_limit_columns(rows, f"upper limit on {name}", "pb", limits.level),
        *_floor_column(rows, limits.level),
        *_method_column(rows),
    ]
    predicted = [published(row.cross_section_pb) for row in rows]
    scales = [row.cross_section_pb or 0.0 for row in rows]
    errors, prediction = _theory_errors(rows, scales), {"Prediction": theory}
    return Content(
        axis, [*columns, Column(f"Predicted {name}", predicted, "pb", errors, prediction)]
    )


def _theory_errors(rows: Sequence[BriefLimit], predicted: Sequence[float]) -> list[Error]:
    """Uncertainties of predictions; empty without uncertainties.

    Args:
        rows: Limits, one per row.
        predicted: Predicted value of each row.
    """
    sizes = [row.theory_uncertainty for row in rows]
    pairs = [
        (item.down * value, item.up * value) if item else None
        for item, value in zip(sizes, predicted, strict=True)
    ]
    return [asymmetric("theory", pairs)] if any(sizes) else []


def _limit_columns(rows: Sequence[BriefLimit], words: str, unit: str, level: float) -> list[Column]:
    """Observed limits, and expected limits at -2 … +2σ; limits from toys have the error from the
    number of toys.
    """
    quality = {"Confidence level": f"{100 * level:g}%"}
    in_pb = unit == "pb"
    observed = [row.observed_pb if in_pb else row.observed for row in rows]
    expected = [(row.expected_pb or ()) if in_pb else row.expected for row in rows]
    return [
        Column(
            f"Observed {words}",
            observed_values(observed),
            unit,
            _toy_errors(rows, in_pb, "observed"),
            qualifiers=dict(quality),
        ),
        Column(
            f"Expected {words}",
            [published(limits[MEDIAN]) for limits in expected],
            unit,
            [*bands(expected), *_toy_errors(rows, in_pb, "expected")],
            dict(quality),
        ),
    ]


def _toy_errors(rows: Sequence[BriefLimit], in_pb: bool, kind: str) -> list[Error]:
    """Errors of limits from the number of toys; empty if all limits are asymptotic."""
    sizes = [row.toy_error(kind) for row in rows]
    factors = [(row.cross_section_pb or 0.0) if in_pb else 1.0 for row in rows]
    scaled = [size * by if size else None for size, by in zip(sizes, factors, strict=True)]
    return [symmetric("number of toys", scaled)] if any(scaled) else []


def _floor_column(rows: Sequence[BriefLimit], level: float) -> list[Column]:
    """Numbers of each row that are below any possible CLs limit; no column without such numbers."""
    texts = [", ".join(name.replace("_", " ") for name in row.too_low) or NONE for row in rows]
    name = (
        f"No limits: below {fewest_signal_events(level):.1f} signal events, where asymptotic "
        "formulae fail"
    )
    return [Column(name, texts)] if any(text != NONE for text in texts) else []


def _method_column(rows: Sequence[BriefLimit]) -> list[Column]:
    """Method of each limit; no column if all are asymptotic."""
    texts = [
        "asymptotic formulae" if row.toys is None else f"{row.toys.number} toys of each hypothesis"
        for row in rows
    ]
    return [Column("Method", texts)] if any(row.toys for row in rows) else []


def cls_table(cls: Cls, signals: Sequence[str], axis: Sequence[Column]) -> Content:
    """CLs at a signal strength of 1, observed and expected without a signal at -2, -1, 0, +1, +2σ.

    The expected values are columns, not uncertainties: they differ by orders of magnitude, which
    differences cannot express.

    Args:
        cls: Content of `likelihood/cls.json`.
        signals: Names of the signals, one per row.
        axis: Independent columns that distinguish the signals.
    """
    rows = [cls.signals[signal] for signal in signals]
    strength = {"Signal strength": f"{cls.signal_strength:g}"}
    columns = [
        Column(
            "Observed CLs",
            [probability(row.observed) for row in rows],
            qualifiers=dict(strength),
        )
    ]
    for place, words in enumerate(("-2 sigma", "-1 sigma", "median", "+1 sigma", "+2 sigma")):
        expected = [probability(row.expected[place]) for row in rows]
        columns.append(Column(f"Expected CLs ({words})", expected, qualifiers=dict(strength)))
    return Content(axis, columns)
