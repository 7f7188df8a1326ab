"""Merge the values tested by all jobs into confidence intervals."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from wollemi.results.confidence_intervals import (
    LEVELS,
    Belt,
    BeltPart,
    BeltPoint,
    ConfidenceInterval,
    Estimate,
    IntervalBatch,
    Intervals,
    Outcome,
    ToyShare,
)
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

Range = tuple[float, float]


def interval(
    values: Floats, p_values: Floats, level: float, bounds: Range
) -> tuple[float | None, float | None]:
    """Ends of the values whose p-value is above 1 - level; the outermost ones if there are gaps, as
    in the tables of Feldman and Cousins.

    The significance of the p-value is linear between values, as with Gaussian statistics.

    Args:
        values: Tested values, ascending.
        p_values: P-value of each; never 0.
        level: Confidence level.
        bounds: Bounds of the parameter.

    Returns:
        Both ends; None if the interval extends beyond the values, or the bound if it is reached.
    """
    normal = NormalDist()
    heights = np.array([-normal.inv_cdf(min(p, 1.0) / 2) for p in p_values.tolist()])
    wanted = -normal.inv_cdf((1 - level) / 2)
    inside = np.flatnonzero(heights < wanted)
    first, last = int(inside[0]), int(inside[-1])
    lower, upper = (
        _crossing(values, heights, wanted, place, place + step)
        for place, step in ((first, -1), (last, 1))
    )
    if lower is None and values[0] <= bounds[0]:
        lower = bounds[0]
    if upper is None and values[-1] >= bounds[1]:
        upper = bounds[1]
    return lower, upper


def _crossing(
    values: Floats, heights: Floats, wanted: float, inside: int, outside: int
) -> float | None:
    """Position at which a line between two neighbors has a height; None without a neighbor."""
    if not 0 <= outside < len(values):
        return None
    share = (wanted - heights[inside]) / (heights[outside] - heights[inside])
    return float(values[inside] + share * (values[outside] - values[inside]))


def confidence_interval(
    points: Sequence[tuple[float, ToyShare]],
    estimate: Estimate,
    key: str,
    bounds: Range,
    toys: int,
) -> ConfidenceInterval:
    """Compute the interval at a confidence level, with the error due to the number of toys.

    Args:
        points: Tested values, ascending, with their tests.
        estimate: Best fit to the data, which is always inside.
        key: Key of the confidence level.
        bounds: Bounds of the parameter.
        toys: Number of toys per value.
    """
    shares = {value: (share.p_value, share.p_value_error) for value, share in points}
    shares |= {estimate.estimate: (1.0, 0.0)}
    values = np.array(sorted(shares))
    found, errors = np.array([shares[value] for value in values.tolist()]).T
    # Less than half a toy is indistinguishable from no toy.
    ends, low, high = (
        interval(values, np.clip(found + side * errors, 0.5 / toys, 1.0), LEVELS[key], bounds)
        for side in (0, -1, 1)
    )
    lower, upper = ends
    lower_error, upper_error = (
        _error(end, bound, (low[side], high[side]), float(values[-side]))
        for side, (end, bound) in enumerate(zip(ends, bounds, strict=True))
    )
    return ConfidenceInterval(
        lower=lower,
        lower_error=lower_error,
        upper=upper,
        upper_error=upper_error,
        asymptotic=estimate.asymptotic[key],
    )


def _error(
    end: float | None, bound: float, shifted: tuple[float | None, float | None], last: float
) -> float | None:
    """Half the shift of an end if all p-values change by their errors; None at a bound.

    With few toys, the slope at the end is uninformative.
    """
    if end is None or end == bound:
        return None
    low, high = (last if value is None else value for value in shifted)
    return abs(high - low) / 2


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
        signal: {name: _belt(found, toys) for name, found in belts.items()}
        for signal, belts in parts.items()
    }
    return Intervals(
        measurement=batches[0].measurement,
        seed=seed,
        toys=toys,
        intervals=made,
        **({"left_out": left_out} if left_out else {}),
    )


def _belt(parts: Sequence[BeltPart], toys: int) -> Belt:
    """Merge the intervals of a parameter of a model."""
    first = parts[0]
    numbered = {int(number): point for part in parts for number, point in part.points.items()}
    points = [numbered[number] for number in sorted(numbered)]
    observed = None if first.observed is None else _outcome(first.observed, points, first, toys)
    return Belt(
        bounds=first.bounds,
        observed=observed,
        expected=_outcome(first.expected, points, first, toys),
        points=tuple(points),
    )


def _outcome(estimate: Estimate, points: Sequence[BeltPoint], part: BeltPart, toys: int) -> Outcome:
    kind = "observed" if estimate is part.observed else "expected"
    tests = [(point.value, getattr(point, kind)) for point in points]
    return Outcome(
        estimate=estimate.estimate,
        intervals={
            key: confidence_interval(tests, estimate, key, part.bounds, toys) for key in LEVELS
        },
    )
