"""Maximum-likelihood fits: Newton first, iminuit where it does not converge."""

import contextlib
import math
from collections.abc import Mapping, Sequence

import numpy as np

from wollemi.base.errors import WollemiError
from wollemi.statistics.likelihood import Data, Likelihood
from wollemi.statistics.minuit import migrad, minos_errors
from wollemi.statistics.newton import Minimum, Point
from wollemi.statistics.objective import Objective
from wollemi.statistics.results import AsymmetricError, Fit, summarize_minimum
from wollemi.statistics.root_finding import find_root
from wollemi.statistics.scan import ProfileScan
from wollemi.statistics.search import (
    confirmed_minimum,
    lower_minimum,
    newton_minimum,
    starting_point,
    turned_minimum,
)

# Accuracy of MINOS errors, relative.
MINOS_ACCURACY = 1e-4


def fit(
    likelihood: Likelihood,
    data: Data | None = None,
    fixed: Mapping[str, float] | None = None,
    start: np.ndarray | None = None,
) -> Fit:
    """Maximize the likelihood within the bounds of its parameters.

    Without `start` two searches begin, at the initial values and at the fit without signal, and the
    lower minimum counts, as in limits and significances.

    Args:
        likelihood: the model.
        data: replaces the observed data.
        fixed: parameters to hold at a value, besides those that the model fixes.
        start: where to begin, shape (parameters,); the initial values by default.

    Returns:
        The fit; ``status.converged`` says whether it found a minimum.

    Raises:
        WollemiError: a bin has events and no expectation, or a fixed parameter is unknown.
    """
    objective = Objective(likelihood, data or likelihood.data)
    minimum, movable = newton_minimum(objective, fixed or {}, start)
    if start is None:
        minimum = _also_from_no_signal(objective, fixed or {}, minimum)
    minimum = turned_minimum(objective, fixed or {}, minimum, thorough=start is None)
    if minimum.converged:
        return summarize_minimum(objective, minimum, movable, "newton")
    minimum = confirmed_minimum(objective, minimum, movable)
    return summarize_minimum(objective, minimum, movable, "iminuit")


def _also_from_no_signal(
    objective: Objective, fixed: Mapping[str, float], found: Minimum
) -> Minimum:
    """The lower one of a minimum and of that near the fit without signal, where there is one."""
    likelihood = objective.likelihood
    if likelihood.poi not in likelihood.index or likelihood.poi in fixed:
        return found
    poi = likelihood.parameters[likelihood.index[likelihood.poi]]
    if poi.fixed or not poi.bounds[0] <= 0 <= poi.bounds[1]:
        return found
    with contextlib.suppress(WollemiError):  # a bin may have events and no background
        background, _ = newton_minimum(objective, {**fixed, likelihood.poi: 0.0}, None)
        return lower_minimum(objective, fixed, found, background.point.values)
    return found


def fit_iminuit(
    likelihood: Likelihood,
    data: Data | None = None,
    fixed: Mapping[str, float] | None = None,
    start: np.ndarray | None = None,
) -> Fit:
    """Like ``fit``, with MIGRAD of iminuit; the errors come from the same second derivatives."""
    objective = Objective(likelihood, data or likelihood.data)
    values, movable = starting_point(objective, fixed or {}, start)
    steps = np.array([parameter.width for parameter in likelihood.parameters])
    minimum = migrad(objective, values, movable, steps)
    return summarize_minimum(objective, minimum, movable, "iminuit")


def minos(
    likelihood: Likelihood,
    result: Fit,
    names: Sequence[str],
    data: Data | None = None,
    rise: float = 1.0,
    accuracy: float = MINOS_ACCURACY,
) -> dict[str, AsymmetricError]:
    """Asymmetric errors: where -2 ln L, minimized over the other parameters, has risen by `rise`.

    The definition of MINOS (F. James, M. Roos, Computer Physics Communications 10 (1975) 343),
    followed with Newton fits. It takes a fraction of the time of iminuit, with which the tests
    compare it.

    Args:
        likelihood: the model.
        result: a converged fit of it to the same data.
        names: the parameters wanted, each of them free in the fit.
        data: the data that were fitted, if not the observed ones.
        rise: of -2 ln L; Z² for an interval of Z standard deviations.
        accuracy: of the errors, relative.

    Returns:
        The errors by name; None where the rise is not reached within the bounds.

    Raises:
        WollemiError: a fit along the way failed.
    """
    objective = Objective(likelihood, data or likelihood.data)
    held = {
        name: float(value)
        for name, value in zip(result.names, result.values, strict=True)
        if name in result.fixed
    }
    errors = {}
    for name in names:
        scan = ProfileScan(objective, name, result.values, held)
        errors[name] = AsymmetricError(
            _crossing(scan, result, -1, rise, accuracy), _crossing(scan, result, 1, rise, accuracy)
        )
    return errors


def minos_iminuit(
    likelihood: Likelihood, result: Fit, names: Sequence[str], data: Data | None = None
) -> dict[str, AsymmetricError]:
    """Like ``minos``, with MINOS of iminuit."""
    objective = Objective(likelihood, data or likelihood.data)
    movable = np.array([name not in result.fixed for name in result.names])
    return minos_errors(objective, result.values, movable, result.errors, names)


def _crossing(
    scan: ProfileScan, result: Fit, direction: int, rise: float, accuracy: float
) -> float | None:
    """Signed distance from the estimate to where the profile has risen so far; None if the bound is
    reached first.
    """
    index = result.names.index(scan.name)
    start = scan.objective(result.values)
    best, lowest = float(result.values[index]), start.objective
    bound = abs(float(scan.objective.likelihood.bounds[int(direction > 0), index]) - best)

    def excess(distance: float) -> float:
        return 2 * (scan.fixed(best + direction * distance).point.objective - lowest) - rise

    step = float(result.errors[index]) or _first_step(scan.objective, start, index)
    low, high = 0.0, min(math.sqrt(rise) * step, bound)
    while excess(high) < 0:
        if high >= bound:
            return None
        low, high = high, min(2 * high, bound)
    found = find_root(excess, low, high, accuracy * high)
    if not scan.verified(best + direction * found):  # beyond a second minimum
        return _crossing(scan, result, direction, rise, accuracy)
    return direction * found


def _first_step(objective: Objective, point: Point, index: int) -> float:
    """Where -2 ln L would rise by 1, given its slope and curvature at a bound, with the other
    parameters fixed: never too far.
    """
    slope = abs(float(point.gradient[index]))
    curvature = float(objective.information(point)[index, index])
    return 1 / (slope + math.sqrt(slope**2 + curvature)) if slope or curvature else 1.0
