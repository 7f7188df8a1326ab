"""HEPData tables of the statistical results: parameters, their correlations and impacts,
significances, limits, CLs.
"""

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from wollemi.base.rounding import significant_float
from wollemi.results.fit import FitResult, FittedParameter, bin_of, is_gamma
from wollemi.results.marks import BLINDED
from wollemi.results.parameter_text import profile_sizes, regime_of
from wollemi.results.ranking import SignalRanking
from wollemi.results.scan_text import asimov_text
from wollemi.results.scans import Scan
from wollemi.results.significances import Significance
from wollemi.results.toy_goodness import STATISTICS, Goodness
from wollemi_likelihood.base.matrices import correlation_matrix
from wollemi_publish.hepdata.columns import (
    NONE,
    STATISTICAL,
    TOTAL,
    WITH_UNIT,
    Column,
    Content,
    Number,
    Value,
    asymmetric,
    poi_columns,
    probability,
    published,
    symmetric,
)

MOST_PARAMETERS = 200  # most rows of a matrix
# Regime of a parameter → reason for an error on one side only, or for one that is not Gaussian.
PLACES = {
    "lower bound": "at a bound",
    "upper bound": "at a bound",
    "wall": "expectation of an empty bin at 0",
    "flat": "undetermined",
    "quartic": "not a parabola",
    "second minimum": "one of two minima",
}
SIDES = {
    "up": "Change by +1 sigma after the fit",
    "down": "Change by -1 sigma after the fit",
    "prefit_up": "Change by +1 sigma before the fit",
    "prefit_down": "Change by -1 sigma before the fit",
}


def signal_axis(
    signals: Sequence[str], points: Mapping[str, float], label: str
) -> tuple[list[str], list[Column]]:
    """The columns that distinguish the signals: values on the axis of the limit plot, or names.

    Args:
        signals: Names of the signals in the order of the analysis.
        points: Value on that axis by signal.
        label: Label of that axis with its unit in brackets.

    Returns:
        Names of the signals in the order of the rows, and the independent columns.
    """
    if not set(signals) <= points.keys():
        return list(signals), [Column("Signal", list(signals))]
    ordered = sorted(signals, key=lambda signal: points[signal])
    return ordered, [_axis_column(label, [points[signal] for signal in ordered])]


def grid_axes(
    signals: Sequence[str], points: Mapping[str, Sequence[float]], labels: Sequence[str]
) -> tuple[list[str], list[Column]]:
    """The columns that distinguish the signals of a grid: their values on both axes.

    Args:
        signals: Names of the signals in the order of the analysis.
        points: Values on the axes by signal, for all signals.
        labels: Labels of the axes with their units in brackets.

    Returns:
        Names of the signals in the order of the rows, and the independent columns.
    """
    ordered = sorted(signals, key=lambda signal: tuple(points[signal]))
    return ordered, [
        _axis_column(label, [points[signal][place] for signal in ordered])
        for place, label in enumerate(labels)
    ]


def _axis_column(label: str, values: Sequence[float]) -> Column:
    match = WITH_UNIT.match(label)
    name, unit = (match["name"], match["unit"]) if match else (label, "")
    return Column(name, [float(value) for value in values], unit)


def observed_values(values: Sequence[Number]) -> list[Value]:
    """Observed numbers, BLINDED where missing."""
    return [BLINDED if value is None else published(value) for value in values]


def parameter_table(fit: FitResult, blinded: bool) -> Content:
    """Parameters of a fit: values and uncertainties before and after it. Parameters fixed by the
    model have no uncertainty; factors of bins, and strengths that the fit fixes at 0 without a
    signal, are left out.

    The uncertainty after the fit is from MINOS if available, else from the second derivatives.
    HEPData has no sign for an error that a bound cuts off on one side: the error of the other side
    is in a separate column.

    Args:
        fit: Fit from `fit.json`.
        blinded: Whether the values of parameters of interest come from Asimov data in blinded bins,
            and are left out.
    """
    of_interest = (fit.poi, *fit.pois)
    shown = [item for item in fit.parameters if not item.fixed or _is_held(item, of_interest)]
    hidden = of_interest if blinded else ()
    values = observed_values([None if item.name in hidden else item.value for item in shown])
    sizes = [profile_sizes(item) for item in shown]
    both = [
        None if down is None or up is None or item.fixed else (down, up)
        for (down, up), item in zip(sizes, shown, strict=True)
    ]
    fitted = Column("Value after the fit", values, errors=[asymmetric(TOTAL, both)])
    widths = symmetric(TOTAL, [None if item.fixed else item.prefit_error for item in shown])
    before = Column(
        "Value before the fit",
        [published(item.value if item.fixed else item.prefit) for item in shown],
        errors=[widths],
    )
    kinds = Column("Constraint", ["held" if item.fixed else item.constraint for item in shown])
    return Content(
        [Column("Parameter", [item.name for item in shown])],
        [fitted, before, kinds, *_one_sided(sizes, shown)],
    )


def _is_held(item: FittedParameter, of_interest: Collection[str]) -> bool:
    """Whether the model fixes a parameter, rather than the fit of the backgrounds alone."""
    return item.fixed and item.name not in of_interest and bin_of(item.name) is None


def _one_sided(
    sizes: Sequence[tuple[Number, Number]], parameters: Sequence[FittedParameter]
) -> list[Column]:
    """A column with the single error of parameters whose bound is closer than the other error; no
    column without such parameters.
    """
    texts = [
        NONE
        if down is not None and up is not None and regime_of(item) in (None, "asymmetric")
        else _one_side(down, up, PLACES.get(regime_of(item) or "", "bound within 1 sigma"))
        for (down, up), item in zip(sizes, parameters, strict=True)
    ]
    return (
        [Column("Parameters at or near a bound", texts)]
        if any(text != NONE for text in texts)
        else []
    )


def _one_side(down: Number, up: Number, place: str) -> str:
    known = [
        f"{sign}{significant_float(size):g}"
        for sign, size in (("-", down), ("+", up))
        if size is not None
    ]
    return ", ".join([place, *known])


def matrix_table(fit: FitResult, correlations: bool) -> Content:
    """Covariance or correlations of all pairs of parameters determined by a fit.

    With more than `MOST_PARAMETERS`, the factors of single bins (statistics of the simulation) are
    left out: HEPData accepts no table above 10 MB (300 parameters with long names).

    Args:
        fit: Fit from `fit.json`.
        correlations: Whether the table shows correlations instead of covariances.
    """
    kept = [
        (index, item)
        for index, item in enumerate(fit.parameters)
        if not item.fixed and item.error is not None
    ]
    kept = [pair for pair in kept if not is_gamma(pair[1])] if len(kept) > MOST_PARAMETERS else kept
    free = [(index, item.name) for index, item in kept]
    covariance = np.asarray(fit.covariance, np.float64)
    matrix = correlation_matrix(covariance) if correlations else covariance
    names = [(one, other) for _, one in free for _, other in free]
    values = [significant_float(float(matrix[one, other])) for one, _ in free for other, _ in free]
    axes = [
        Column("First parameter", [one for one, _ in names]),
        Column("Second parameter", [other for _, other in names]),
    ]
    return Content(axes, [Column("Correlation" if correlations else "Covariance", values)])


def ranking_table(
    rankings: Mapping[str, SignalRanking], label: Callable[[str], str] = str
) -> Content:
    """Impacts of the parameters on the parameter of interest, the largest first, per signal.

    Args:
        rankings: Ranking by signal, from `ranking.json`.
        label: Function from the name of a parameter to its label in a text.
    """
    rows = [(signal, item) for signal, ranking in rankings.items() for item in ranking.parameters]
    signals, qualifiers = poi_columns(
        {signal: ranking.poi for signal, ranking in rankings.items()}, [name for name, _ in rows]
    )
    columns = [
        Column(
            text, [published(getattr(item, side)) for _, item in rows], qualifiers=dict(qualifiers)
        )
        for side, text in SIDES.items()
    ]
    given = {signal: ranking.asimov_strength for signal, ranking in rankings.items()}
    strengths = {signal: strength for signal, strength in given.items() if strength is not None}
    data = [
        f"Asimov data of {label(rankings[signal].poi)} = {strengths[signal]:g}"
        if signal in strengths
        else "data"
        for signal, _ in rows
    ]
    noted = [Column("Fit to", data)] if strengths else []
    return Content(
        [*signals, Column("Parameter", [item.name for _, item in rows])], [*columns, *noted]
    )


def significance_table(
    significances: Mapping[str, Significance], signals: Sequence[str], axis: Sequence[Column]
) -> Content:
    """Observed and expected significance of each signal, with p-values.

    Args:
        significances: Significance by signal, from `significances.json`.
        signals: Names of the signals, one per row.
        axis: Independent columns that distinguish the signals.
    """
    rows = [significances[signal] for signal in signals]
    columns = [
        Column(
            "Observed significance",
            observed_values([row.observed for row in rows]),
            "standard deviations",
        ),
        Column(
            "Expected significance",
            [published(row.expected) for row in rows],
            "standard deviations",
        ),
        Column(
            "Observed p-value",
            [probability(row.observed_p_value) for row in rows],
        ),
        Column("Expected p-value", [probability(row.expected_p_value) for row in rows]),
    ]
    return Content(axis, columns)


def scan_table(scans: Mapping[str, Scan], label: Callable[[str], str] = str) -> Content:
    """The points of a profile likelihood scan: rise of -2 ln L above its minimum, observed and
    expected.

    Args:
        scans: Scan by signal, from `scans.json`.
        label: Function from the name of a parameter to its label.
    """
    points = {signal: list(itertools.product(*scan.values)) for signal, scan in scans.items()}
    rows = [values for found in points.values() for values in found]
    names = [signal for signal, found in points.items() for _ in found]
    signals = [Column("Signal", names)] if len(scans) > 1 else []
    axes = [
        Column(label(name), [published(values[axis]) for values in rows])
        for axis, name in enumerate(next(iter(scans.values())).parameters)
    ]
    quantity = "-2 Delta ln L, minimized over all other parameters"
    columns = []
    first = next((scan.asimov for scan in scans.values() if scan.asimov), None)
    asimov = asimov_text(first, label).removeprefix("a ").replace(" of ", " ")
    for kind, title in (("observed", "Observed"), ("expected", f"Expected ({asimov})")):
        rises: list[Value] = []
        for signal, found in points.items():
            profile = scans[signal].profiles.get(kind)
            rises += map(_rise, profile.rise) if profile else [BLINDED] * len(found)
        columns.append(Column(f"{title} {quantity}", rises))
    return Content([*signals, *axes], columns)


def _rise(value: float | None) -> Value:
    """Rounded to six decimals, since the minimum is 0 only up to rounding errors."""
    return NONE if value is None else significant_float(round(value, 6) + 0.0)


def goodness_table(goodness: Goodness) -> Content:
    """Test statistics of the data, and the fraction of toys with values at least as large.

    Args:
        goodness: Content of `goodness.json`.
    """
    tests = goodness.tests or {}
    found = [tests.get(name) for name in STATISTICS]
    hidden = goodness.no_observed or NONE
    values = [hidden if test is None else published(test.observed) for test in found]
    p_values = [hidden if test is None else published(test.p_value) for test in found]
    sizes = [None if test is None else test.p_value_error for test in found]
    errors = symmetric(STATISTICAL, sizes)
    columns = [
        Column("Test statistic of the data", values),
        Column("p-value from toys", p_values, errors=[errors]),
        Column("Toys", [goodness.thrown] * len(found)),
    ]
    return Content([Column("Test", list(STATISTICS.values()))], columns)
