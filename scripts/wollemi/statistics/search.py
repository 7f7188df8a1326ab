"""One search for a minimum: where it starts, Newton, MIGRAD where Newton does not converge."""

import contextlib
import itertools
import math
from collections.abc import Iterator, Mapping

import numpy as np

from wollemi.base.errors import WollemiError
from wollemi.statistics.minuit import migrad
from wollemi.statistics.newton import Minimum, minimize
from wollemi.statistics.objective import Objective
from wollemi.statistics.pieces import minimize_in_pieces

# Of -ln L: rounding and the ends of searches, so that these choose no minimum.
SAME_MINIMUM = 1e-6
# Couplings whose signs are turned: 15 searches.
MOST_TURNED = 4


def find_minimum(
    objective: Objective, fixed: Mapping[str, float], start: np.ndarray | None = None
) -> Minimum:
    """Find a minimum without errors and covariance, for scans and limits.

    Args:
        objective: the likelihood with data.
        fixed: parameters to hold at a value, besides those that the model fixes.
        start: where to begin, shape (parameters,); the initial values by default.

    Returns:
        The minimum.

    Raises:
        WollemiError: neither Newton nor iminuit found a minimum, a bin has events and no
            expectation, or a fixed parameter is unknown.
    """
    minimum, movable = newton_minimum(objective, fixed, start)
    if not minimum.converged:
        steps = np.array([parameter.width for parameter in objective.likelihood.parameters])
        minimum = migrad(objective, minimum.point.values, movable, steps)
    minimum = turned_minimum(objective, fixed, minimum)
    if not minimum.converged:
        remedy = "look for degenerate parameters and for bins with a negative expectation"
        raise WollemiError(f"fit{_at(fixed)}", minimum.message, remedy)
    return minimum


def newton_minimum(
    objective: Objective, fixed: Mapping[str, float], start: np.ndarray | None
) -> tuple[Minimum, np.ndarray]:
    """Where Newton's search ends, converged or not, and which parameters could move.

    Raises:
        WollemiError: a bin has events and no expectation, or a fixed parameter is unknown.
    """
    values, movable = _held(objective, fixed)
    bounds = objective.likelihood.bounds
    if start is not None:
        minimum = _minimize(objective, np.where(movable, start, values), movable, bounds)
        if math.isfinite(minimum.point.objective):
            return minimum, movable
    minimum = _minimize(objective, values, movable, bounds)
    if not math.isfinite(minimum.point.objective):
        _check_expectation(objective, values, fixed)
    return minimum, movable


def _minimize(
    objective: Objective, start: np.ndarray, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """A search; it goes on at a kink where it is held there."""
    found = minimize(objective, start, movable, bounds)
    if found.converged or not objective.likelihood.kinks:
        return found
    return minimize_in_pieces(objective, found, movable, bounds)


def lower_minimum(
    objective: Objective, fixed: Mapping[str, float], found: Minimum, start: np.ndarray | None
) -> Minimum:
    """The lower one of a minimum and of that where another search ends: a likelihood with
    non-linear expectations can have two.

    Args:
        objective: the likelihood with data.
        fixed: parameters to hold at a value, besides those that the model fixes.
        found: the end of the first search, converged or not.
        start: where the other one begins, shape (parameters,); the initial values by default.
    """
    with contextlib.suppress(WollemiError):
        other, _ = newton_minimum(objective, fixed, start)
        highest = found.point.objective - SAME_MINIMUM if found.converged else math.inf
        if other.converged and other.point.objective < highest:
            return other
    return found


def turned_minimum(objective: Objective, fixed: Mapping[str, float], found: Minimum) -> Minimum:
    """The lowest of a minimum and of those where searches from other couplings end.

    Args:
        objective: the likelihood with data.
        fixed: parameters to hold at a value, besides those that the model fixes.
        found: the end of the first search, converged or not.
    """
    for start in turned_starts(objective, fixed, found.point.values):
        found = lower_minimum(objective, fixed, found, start)
    return found


def turned_starts(
    objective: Objective, fixed: Mapping[str, float], values: np.ndarray
) -> Iterator[np.ndarray]:
    """Where couplings, in which a likelihood may have several minima, have other signs, and halfway
    from 0, or what is nearest to it, to their bounds: for where a coupling of 0 is no minimum but
    flat, and for the peaks of morphing.

    Args:
        objective: the likelihood with data.
        fixed: parameters that are held.
        values: of all parameters, shape (parameters,).
    """
    likelihood = objective.likelihood
    places = [
        likelihood.index[name]
        for name in likelihood.couplings
        if name not in fixed and not likelihood.fixed[likelihood.index[name]]
    ][:MOST_TURNED]
    for signs in itertools.product((1.0, -1.0), repeat=len(places)):
        if min(signs, default=1.0) < 0:
            start = values.copy()
            start[places] *= signs
            yield np.clip(start, *likelihood.bounds)
    for place in places:
        lower, upper = likelihood.bounds[:, place]
        for bound in (lower, upper):
            start = values.copy()
            start[place] = 0.5 * (bound + min(max(0.0, lower), upper))
            yield np.clip(start, *likelihood.bounds)


def starting_point(
    objective: Objective, fixed: Mapping[str, float], start: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Where a fit begins and which parameters may move, each of shape (parameters,).

    Raises:
        WollemiError: a bin has events and no expectation, or a fixed parameter is unknown.
    """
    values, movable = _held(objective, fixed)
    if start is not None:
        warm = np.where(movable, np.clip(start, *objective.likelihood.bounds), values)
        if np.isfinite(objective(warm).objective):
            return warm, movable
    _check_expectation(objective, values, fixed)
    return values, movable


def _held(objective: Objective, fixed: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Initial values with some parameters fixed, and which ones may move."""
    likelihood = objective.likelihood
    movable, values = ~likelihood.fixed, likelihood.inits.copy()
    for name, value in fixed.items():
        if name not in likelihood.index:
            problem = f"the model has no parameter {name!r}"
            raise WollemiError("fixed parameters", problem, "use a name of the workspace")
        values[likelihood.index[name]] = value
        movable[likelihood.index[name]] = False
    return values, movable


def _check_expectation(
    objective: Objective, values: np.ndarray, fixed: Mapping[str, float]
) -> None:
    if np.isfinite(objective(values).objective):
        return
    likelihood, data = objective.likelihood, objective.data
    impossible = np.flatnonzero((data.main > 0) & (likelihood.expected(values) <= 0))
    places = [
        f"{channel}[{index - bins.start}]"
        for channel, bins in likelihood.channels.items()
        for index in impossible
        if bins.start <= index < bins.stop
    ]
    raise WollemiError(
        f"bins {', '.join(places)}",
        f"there are events where none are expected at the initial parameters{_at(fixed)}",
        "merge these bins with their neighbors, or correct the background that is missing there",
    )


def _at(fixed: Mapping[str, float]) -> str:
    return "".join(f" with {name} = {value:g}" for name, value in fixed.items())
