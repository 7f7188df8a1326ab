"""Ends of confidence intervals from the p-values of tested values."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from wollemi_likelihood.base.arrays import Floats

Range = tuple[float, float]
# Key of an interval → confidence level, as in the tables of G. J. Feldman and R. D. Cousins
# (arXiv:physics/9711021), and the rise of -2 ln L there, the quantile of a χ² distribution with one
# degree of freedom (PDG, Statistics, table 40.2).
LEVELS = {"68": 0.6827, "95": 0.95}
RISES = {"68": 1.0, "95": 3.8415}


@dataclass(frozen=True)
class ConfidenceInterval:
    """The values that are not excluded, with errors from the number of toys.

    Attributes:
        lower: Lower end; None if it is below the first tested value.
        lower_error: Standard deviation of the lower end; None at a bound.
        upper: Upper end; None if it is above the last tested value.
        upper_error: Standard deviation of the upper end; None at a bound.
    """

    lower: float | None
    lower_error: float | None
    upper: float | None
    upper_error: float | None


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
    p_values: Mapping[float, tuple[float, float]],
    estimate: float,
    level: float,
    bounds: Range,
    toys: int,
) -> ConfidenceInterval:
    """Compute the interval at a confidence level, with the error due to the number of toys.

    Args:
        p_values: Tested value → p-value and its error.
        estimate: Best fit to the data, which is always inside.
        level: Confidence level.
        bounds: Bounds of the parameter.
        toys: Number of toys per value.
    """
    shares = {**p_values, estimate: (1.0, 0.0)}
    values = np.array(sorted(shares))
    found, errors = np.array([shares[value] for value in values.tolist()]).T
    # Less than half a toy is indistinguishable from no toy.
    ends, low, high = (
        interval(values, np.clip(found + side * errors, 0.5 / toys, 1.0), level, bounds)
        for side in (0, -1, 1)
    )
    lower, upper = ends
    lower_error, upper_error = (
        _error(end, bound, (low[side], high[side]), float(values[-side]))
        for side, (end, bound) in enumerate(zip(ends, bounds, strict=True))
    )
    return ConfidenceInterval(
        lower=lower, lower_error=lower_error, upper=upper, upper_error=upper_error
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
