"""Maximum-likelihood fits, with Newton's method first and iminuit if it does not converge."""

import contextlib
import logging
from collections.abc import Mapping, Sequence

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.minuit import migrad, minos_errors
from wollemi_likelihood.newton import Minimum
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import AsymmetricError, Fit, summarize_minimum
from wollemi_likelihood.root_finding import crossing
from wollemi_likelihood.scan import ProfileScan
from wollemi_likelihood.search import (
    ImpossibleDataError,
    confirmed_minimum,
    lower_minimum,
    mirrored_starts,
    newton_minimum,
    starting_point,
    turned_minimum,
    turned_starts,
)

# Relative accuracy of MINOS errors.
MINOS_ACCURACY = 1e-4
# Relative difference to MINOS errors above which a symmetric error is not quoted.
FAR = 0.2
# Rise of the profile at one error that needs no MINOS. For errors 20 % too large or too small the
# rise is 1.56 or 0.69.
PARABOLA = (0.92, 1.1)
# Events by which MINOS may pass a wall, and relative step of numeric derivatives there.
THICKNESS, STEP = 1e-4, 1e-6
# Rises of -2 ln L: minima above the first value are ignored; below the second, a minimum may belong
# to a valley where the profile is lower at one error.
FARTHEST, VALLEY = 9.0, 1.5
# Minimum distance of two minima in a parameter without an error.
NEAR = 1e-3
# Regimes in which the second derivatives do not give an error.
NO_ERROR = ("wall", "flat", "quartic")
LOGGER = logging.getLogger("wollemi")


def fit(
    likelihood: Likelihood,
    data: Data | None = None,
    fixed: Mapping[str, float] | None = None,
    start: np.ndarray | None = None,
) -> Fit:
    """Maximize the likelihood within the bounds of its parameters.

    Without `start`, searches begin at the initial values and at the fit without signal; the lower
    minimum counts, as in limits and significances.

    Args:
        likelihood: Likelihood of the model.
        data: Data to fit instead of the observed data.
        fixed: Parameters fixed to a value, in addition to the parameters that the model fixes.
        start: Starting point, shape (parameters,); the initial values by default.

    Returns:
        The fit; ``status.converged`` says whether it found a minimum.

    Raises:
        WollemiError: A bin has events but no expectation, or a fixed parameter is unknown.
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


def with_minimum(result: Fit) -> Fit:
    """Return a fit that found a minimum.

    Raises:
        WollemiError: The fit did not converge.
    """
    if not result.status.converged:
        remedy = "look for degenerate parameters and for bins with a negative expectation"
        raise WollemiError("fit", f"did not converge: {result.status.message}", remedy)
    return result


def _also_from_no_signal(
    objective: Objective, fixed: Mapping[str, float], found: Minimum
) -> Minimum:
    """The lower of a minimum and of the minimum near the fit without signal, if it exists."""
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
    """Like ``fit``, with MIGRAD of iminuit; the errors use the same second derivatives."""
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
    """Asymmetric errors: where the profile of -2 ln L has risen by `rise`.

    This is the definition of MINOS (F. James, M. Roos, Computer Physics Communications 10 (1975)
    343), evaluated with Newton fits in a fraction of the time of iminuit. Tests compare both.

    Args:
        likelihood: Likelihood of the model.
        result: Converged fit of the model to the same data.
        names: Names of the parameters, each free in the fit.
        data: Fitted data if they are not the observed data.
        rise: Rise of -2 ln L; Z² for an interval of Z standard deviations.
        accuracy: Relative accuracy of the errors.

    Returns:
        Errors by name; None where the rise is not reached within the bounds.

    Raises:
        WollemiError: A fit along the way failed.
    """
    objective = Objective(likelihood, data or likelihood.data)
    errors, held = {}, _held(result)
    for name in names:
        scan = ProfileScan(objective, name, result.values, held)
        errors[name] = AsymmetricError(
            crossing(scan, result, -1, rise, accuracy), crossing(scan, result, 1, rise, accuracy)
        )
    return errors


def regimes(
    likelihood: Likelihood,
    result: Fit,
    known: Mapping[str, AsymmetricError],
    data: Data | None = None,
) -> dict[str, tuple[str, AsymmetricError]]:
    """Parameters inside their bounds whose symmetric error does not describe the profile, with the
    errors that do.

    Two short fits find these parameters: one error up and down, a parabolic profile rises by 1.
    MINOS decides where it does not, or where -2 ln L may have further minima.

    Args:
        likelihood: Likelihood of the model.
        result: Converged fit of the model.
        known: MINOS errors that are already known.
        data: Fitted data if they are not the observed data.

    Returns:
        Name → regime as in `fit.json`, and errors.
    """
    objective = Objective(likelihood, data or likelihood.data)
    slopes = _wall_slopes(objective, result)
    further = [
        (rise, values) for rise, values in further_minima(objective, result) if rise < VALLEY
    ]
    near = {name for rise, values in further if rise < 1 for name in values}
    found: dict[str, tuple[str, AsymmetricError]] = {}
    for place, name in enumerate(result.names):
        if name in (*result.fixed, *result.status.at_bounds):
            continue
        if name in result.status.undetermined:
            found[name] = ("flat", AsymmetricError(None, None))
            continue
        flat, wall = name in result.flat, float(slopes[place])
        asked = flat or wall or further or name in known
        if not asked and _is_parabola(objective, result, place):
            continue
        sides = known[name] if name in known else _minos_or_none(objective, result, name)
        regime, sides = _regime(objective, result, place, wall, sides)
        regime = "flat" if flat else regime
        if regime is None and name in near:
            regime = "second minimum"
        if regime:
            found[name] = (regime, sides)
    return found


def _regime(
    objective: Objective, result: Fit, place: int, wall: float, sides: AsymmetricError
) -> tuple[str | None, AsymmetricError]:
    """The regime of a parameter from its MINOS errors, and the errors not behind a wall."""
    sides = _before_wall(sides, wall)
    rooms = np.abs(objective.likelihood.bounds[:, place] - result.values[place])
    regime = regime_of_errors(float(result.errors[place]), sides, rooms.tolist())
    return ("wall" if regime and wall else regime), sides


def _before_wall(sides: AsymmetricError, wall: float) -> AsymmetricError:
    """Remove MINOS errors behind a wall, where the expectation changes by `wall` with the
    parameter.
    """
    return AsymmetricError(
        *(None if side is None or abs(side) * wall < THICKNESS else side for side in sides)
        if wall
        else sides
    )


def before_walls(
    objective: Objective, result: Fit, name: str, sides: AsymmetricError
) -> AsymmetricError:
    """MINOS errors of a parameter; None behind a wall, where a bin without events has an
    expectation of 0.

    Args:
        objective: Objective of the likelihood with data.
        result: Result of the fit.
        name: Name of the parameter.
        sides: MINOS errors of the parameter.
    """
    place = result.names.index(name)
    return _before_wall(sides, float(_wall_slopes(objective, result)[place]))


def regime_of_errors(error: float, sides: AsymmetricError, rooms: Sequence[float]) -> str | None:
    """Classify a symmetric error by its MINOS errors; None if it is within 20 % of both.

    Args:
        error: Error from the second derivatives.
        sides: Errors from the profile.
        rooms: Distances to the lower and upper bound. A side without an error is within 20 % if its
            bound comes before.
    """
    sizes = [abs(side) for side in sides if side is not None]
    if not sizes:
        return "flat"
    if all(abs(size - error) <= FAR * error for size in sizes):
        ended = [room for side, room in zip(sides, rooms, strict=True) if side is None]
        return "asymmetric" if any(room > (1 + FAR) * error for room in ended) else None
    mean = sum(sizes) / len(sizes)
    if len(sizes) == 1:  # the other side ends at a bound
        return "asymmetric" if error / 2 < mean < 2 * error else "quartic"
    return "asymmetric" if abs(mean - error) <= FAR * error else "quartic"


def _is_parabola(objective: Objective, result: Fit, place: int) -> bool:
    """Whether the profile rises by 1 at one error on both sides, tested with short fits."""
    rises = _rises(objective, result, place)
    return bool(rises) and all(PARABOLA[0] < rise < PARABOLA[1] for rise in rises)


def _rises(objective: Objective, result: Fit, place: int) -> tuple[float, ...]:
    """Rises of the profile one error down and up; empty without a minimum near the fit."""
    if result.degenerate:
        return ()
    step = result.covariance[place] / (result.errors[place] or 1.0)
    movable = np.array([name not in result.fixed for name in result.names])
    lowest, rises = objective(result.values).objective, []
    for side in (-1, 1):
        start = np.clip(result.values + side * step, *objective.likelihood.bounds)
        end = objective.refit(start, place, movable, result.covariance)
        if end is None:
            return ()
        rises.append(2 * (objective(end).objective - lowest))
    return tuple(rises)


def has_error(likelihood: Likelihood, result: Fit, name: str, data: Data) -> bool:
    """Whether the second derivatives give an error of a parameter: it is not at a bound and in none
    of the regimes `NO_ERROR`.

    Args:
        likelihood: Likelihood of the model.
        result: Converged fit of the model.
        name: Name of the parameter.
        data: Fitted data.
    """
    objective, place = Objective(likelihood, data), result.names.index(name)
    if not result.errors[place] or name in (*result.status.undetermined, *result.flat):
        return False
    wall = float(_wall_slopes(objective, result)[place])
    rises = _rises(objective, result, place)
    # With few events, the profile is steeper on one side and shallower on the other.
    if not wall and rises and PARABOLA[0] < sum(rises) / len(rises) < PARABOLA[1]:
        return True
    return (
        _regime(objective, result, place, wall, _minos_or_none(objective, result, name))[0]
        not in NO_ERROR
    )


def further_minima(objective: Objective, result: Fit) -> list[tuple[float, dict[str, float]]]:
    """Find further minima of -2 ln L, the lowest first.

    Args:
        objective: Objective of the likelihood with data.
        result: Result of the fit.

    Returns:
        Rise of -2 ln L above the fit, at most `FARTHEST`, with the values of couplings and of all
        parameters more than one error from the fit.
    """
    held, best = _held(result), result.values
    width = np.maximum(result.errors, NEAR)
    without = (*result.fixed, *result.status.undetermined)
    moves = np.array([name not in without for name in result.names])
    starts = (
        *turned_starts(objective, held, best),
        *mirrored_starts(objective, held, objective(best)),
    )
    found: list[tuple[float, np.ndarray]] = [(0.0, best)]
    for start in starts:
        with contextlib.suppress(ImpossibleDataError):
            minimum, movable = newton_minimum(objective, held, start)
            values, rise = minimum.point.values, 2 * minimum.point.objective - result.deviance
            new = all((np.abs(values - known) > 0.1 * width)[moves].any() for _, known in found)
            another = minimum.converged and rise < FARTHEST and new
            # A search may end on a ridge between two minima.
            if another and objective.curvature(minimum.point, movable).regular:
                found.append((rise, values))
    couplings = np.isin(result.names, objective.likelihood.couplings)
    return [
        (
            max(rise, 0.0),
            {
                result.names[place]: float(values[place])
                for place in np.flatnonzero(
                    moves & (couplings | (np.abs(values - best) > width))
                ).tolist()
            },
        )
        for rise, values in sorted(found[1:], key=lambda item: item[0])
    ]


def _held(result: Fit) -> dict[str, float]:
    """Parameters fixed in a fit, with their values."""
    return {
        name: float(value)
        for name, value in zip(result.names, result.values, strict=True)
        if name in result.fixed
    }


def _wall_slopes(objective: Objective, result: Fit) -> np.ndarray:
    """Largest derivative of the expectations at a wall by each parameter, shape (parameters,)."""
    slopes = np.zeros(len(result.values))
    walls = objective.at_wall(result.values)
    if walls.any():
        there = objective.likelihood.expected(result.values)[walls]
        for place, value in enumerate(result.values.tolist()):
            moved = result.values.copy()
            moved[place] += STEP * max(1.0, abs(value))
            change = objective.likelihood.expected(moved)[walls] - there
            slopes[place] = np.abs(change).max() / (moved[place] - value)
    return slopes


def _minos_or_none(objective: Objective, result: Fit, name: str) -> AsymmetricError:
    try:
        return minos(objective.likelihood, result, [name], objective.data)[name]
    except (WollemiError, RuntimeError) as error:  # the profile is not continuous
        LOGGER.warning("%s: no MINOS error: %s", name, error)
        return AsymmetricError(None, None)


def minos_iminuit(
    likelihood: Likelihood, result: Fit, names: Sequence[str], data: Data | None = None
) -> dict[str, AsymmetricError]:
    """Compute asymmetric errors like ``minos``, with MINOS of iminuit."""
    objective = Objective(likelihood, data or likelihood.data)
    movable = np.array([name not in result.fixed for name in result.names])
    return minos_errors(objective, result.values, movable, result.errors, names)
