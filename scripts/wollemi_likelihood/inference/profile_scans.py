"""Profile likelihood scans of one and two parameters, for data and Asimov data."""

import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.fit import fit, minos, with_minimum
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.newton import Point
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import AsymmetricError, Fit
from wollemi_likelihood.scan import signal_parameters
from wollemi_likelihood.search import find_minimum
from wollemi_likelihood.workspaces import Workspace

LOGGER = logging.getLogger("wollemi")
# Standard deviations on each side of an estimate that a scan covers by default.
REACH = 3.0
# Signal strength of the Asimov data, as for the expected significance.
STRENGTH = 1.0
# Rise of -2 ln L at one and two standard deviations of one parameter.
ONE_SIGMA, TWO_SIGMA = 1.0, 4.0
# Distance in -2 ln L below the best fit at which a point shows another minimum.
DEEPER = 1e-4
Range = tuple[float, float]


@dataclass(frozen=True)
class Interval:
    """Interval in which a profile has risen by less than some amount.

    Attributes:
        lower: Lower end; None if the bound comes first.
        upper: Upper end; None if the bound comes first.
    """

    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Profile:
    """Profile likelihood of a data set.

    Attributes:
        estimates: Best fit of the scanned parameters.
        one_sigma: Interval with a rise of at most 1; None for two parameters, or without a fit.
        two_sigma: Interval with a rise of at most 4; None for two parameters, or without a fit.
        rise: -2 ln L relative to the best fit at each point, the second parameter varying fastest;
            None without a fit.
    """

    estimates: tuple[float, ...]
    one_sigma: Interval | None
    two_sigma: Interval | None
    rise: tuple[float | None, ...]


@dataclass(frozen=True)
class Scan:
    """Scan of one or two parameters.

    Attributes:
        parameters: Names of the parameters.
        values: Values of each parameter, ascending.
        observed: Profile of the data; None if blinded.
        expected: Profile of Asimov data.
        asimov: Parameter → value in the Asimov data, unless there is one signal of strength 1.
    """

    parameters: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    observed: Profile | None
    expected: Profile
    asimov: Mapping[str, float] | None = None


def asimov_data(likelihood: Likelihood) -> Data:
    """Asimov data with each signal at a strength of 1, or at its assumed value, and all other
    parameters fitted to the data.

    Args:
        likelihood: Likelihood of the model with the data.

    Raises:
        WollemiError: The fit failed.
    """
    return likelihood.asimov(signal_parameters(likelihood, likelihood.data, STRENGTH))


@one_thread()
def best_fit(likelihood: Likelihood, data: Data, start: np.ndarray | None = None) -> Fit:
    """Compute the fit that a scan is relative to.

    Raises:
        WollemiError: The fit did not converge.
    """
    return with_minimum(fit(likelihood, data, start=start))


def scanned_values(
    likelihood: Likelihood,
    fits: Sequence[tuple[Data, Fit]],
    name: str,
    between: Range | None,
    points: int,
) -> np.ndarray:
    """Values of a parameter, ascending, shape (points,).

    Args:
        likelihood: Likelihood of the model.
        fits: Data with their fits.
        name: Name of the parameter.
        between: First and last value; by default three standard deviations (MINOS) around the
            estimates of all fits, within its bounds.
        points: Number of values.

    Raises:
        WollemiError: The parameter cannot be scanned, or not over this range.
    """
    check_scanned(likelihood, fits[0][1], name)
    lower, upper = likelihood.parameters[likelihood.index[name]].bounds
    if between is None:
        ends = np.array(
            [_reach(likelihood, data, result, name, (lower, upper)) for data, result in fits]
        )
        between = (max(lower, float(ends[:, 0].min())), min(upper, float(ends[:, 1].max())))
    if between[0] < lower or between[1] > upper:
        problem = f"[{between[0]:g}, {between[1]:g}] is outside its bounds [{lower:g}, {upper:g}]"
        raise WollemiError(f"range of {name}", problem, "scan it within its bounds, or widen these")
    return np.linspace(*between, points)


def check_scanned(likelihood: Likelihood, result: Fit, name: str) -> None:
    """Check that a parameter can be scanned.

    Raises:
        WollemiError: The parameter is unknown, fixed, or without influence.
    """
    where = f"parameter {name}"
    if name not in likelihood.index:
        raise WollemiError(where, "the model has no such parameter", "scan another one")
    if name in result.fixed:
        raise WollemiError(where, "the model fixes it", "let it float, or scan another one")
    if name in result.status.undetermined:
        problem = "it has no influence on the likelihood"
        raise WollemiError(where, problem, "scan another one")


def _reach(likelihood: Likelihood, data: Data, result: Fit, name: str, bounds: Range) -> Range:
    """Ends of the range around an estimate; the bound if it comes before one standard deviation."""
    estimate = float(result.values[result.names.index(name)])
    lower, upper = minos(likelihood, result, [name], data)[name]
    return (
        bounds[0] if lower is None else estimate + REACH * lower,
        bounds[1] if upper is None else estimate + REACH * upper,
    )


@one_thread()
def profile(
    likelihood: Likelihood, data: Data, best: Fit, grid: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Compute -2 ln L relative to the best fit, minimized over all other parameters.

    Args:
        likelihood: Likelihood of the model.
        data: Observed or Asimov data.
        best: Fit to the data.
        grid: One or two parameters → values, shape (points,) each.

    Returns:
        Rise, shape (points,) or (first points, second points); NaN without a fit.
    """
    found, _ = _profile(likelihood, data, best, grid)
    return found


def _profile(
    likelihood: Likelihood, data: Data, best: Fit, grid: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The rise, and all parameters at its lowest point, shape (parameters,)."""
    objective = Objective(likelihood, data)
    shape = tuple(len(values) for values in grid.values())
    rise, found = np.full(shape, np.nan), dict[tuple[int, ...], np.ndarray]()
    for place in _from_the_estimate(best, grid):
        held = {
            name: float(values[index])
            for index, (name, values) in zip(place, grid.items(), strict=True)
        }
        near = next((found[other] for other in _neighbors(place) if other in found), best.values)
        try:
            point = _lowest(objective, held, near)
        except WollemiError as error:
            LOGGER.warning("%s: %s", error.where, error.problem)
            continue
        found[place], rise[place] = point.values, 2 * point.objective - best.deviance
    lowest = min(found, key=lambda place: rise[place], default=None)
    return rise, best.values if lowest is None else found[lowest]


def _from_the_estimate(best: Fit, grid: Mapping[str, np.ndarray]) -> list[tuple[int, ...]]:
    """Indices of all grid points, the nearest to the estimate first: each fit starts from a
    neighbor.
    """
    order = {
        name: np.argsort(np.abs(values - _estimate(best, name)), kind="stable").tolist()
        for name, values in grid.items()
    }
    return list(itertools.product(*order.values()))


def _neighbors(place: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for axis in reversed(range(len(place))):
        for step in (-1, 1):
            yield (*place[:axis], place[axis] + step, *place[axis + 1 :])


def _lowest(objective: Objective, held: Mapping[str, float], near: np.ndarray) -> Point:
    """The lower of the minima found from a point nearby and from the initial values.

    Interpolation between templates has a kink at the nominal value, which may trap a fit: in a
    model with all modifiers, one of 25 points was 0.05 too high starting from its neighbor alone.

    Raises:
        WollemiError: Neither search found a minimum.
    """
    found, problem = [], None
    for start in (near, None):
        try:
            found.append(find_minimum(objective, held, start).point)
        except WollemiError as error:
            problem = error
    if problem is not None and not found:
        raise problem
    return min(found, key=lambda point: point.objective)


def _estimate(best: Fit, name: str) -> float:
    return float(best.values[best.names.index(name)])


def scanned_profile(
    likelihood: Likelihood, data: Data, best: Fit, grid: Mapping[str, np.ndarray]
) -> Profile:
    """Compute the profile of a data set with its intervals.

    A point below the best fit reveals a lower minimum: the scan is then relative to the fit that
    starts there.

    Args:
        likelihood: Likelihood of the model.
        data: Observed or Asimov data.
        best: Fit to the data.
        grid: One or two parameters → values, shape (points,) each.
    """
    rise, deepest = _profile(likelihood, data, best, grid)
    if np.nanmin(rise, initial=0.0) < -DEEPER:
        best = best_fit(likelihood, data, deepest)
        rise, _ = _profile(likelihood, data, best, grid)
    one, two = (_interval(likelihood, data, best, list(grid), z) for z in (ONE_SIGMA, TWO_SIGMA))
    return Profile(
        estimates=tuple(_estimate(best, name) for name in grid),
        one_sigma=one,
        two_sigma=two,
        rise=tuple(None if np.isnan(value) else value for value in rise.ravel().tolist()),
    )


def _interval(
    likelihood: Likelihood, data: Data, best: Fit, names: Sequence[str], rise: float
) -> Interval | None:
    """Interval of a given rise in one parameter; None for two, or without a fit there."""
    if len(names) > 1:
        return None
    try:
        error: AsymmetricError = minos(likelihood, best, names, data, rise)[names[0]]
    except WollemiError as failed:
        LOGGER.warning("%s: no interval: %s: %s", names[0], failed.where, failed.problem)
        return None
    estimate = _estimate(best, names[0])
    lower, upper = (None if side is None else estimate + side for side in error)
    return Interval(lower=lower, upper=upper)


def scan_workspace(
    workspace: Workspace, parameters: Sequence[str], ranges: Mapping[str, Range], points: int
) -> Scan:
    """Scan the model of a signal, without the observed scan if bins are blinded.

    Args:
        workspace: Model of the signal.
        parameters: Names of one or two parameters.
        ranges: Parameter → first and last value; see `scanned_values`.
        points: Number of points along each parameter.

    Raises:
        WollemiError: A parameter is unknown, the fit failed, or a range is outside the bounds.
    """
    likelihood = workspace.likelihood
    data = {"expected": asimov_data(likelihood)}
    if not workspace.blinded:
        data["observed"] = likelihood.data
    fits = {name: (item, best_fit(likelihood, item)) for name, item in data.items()}
    grid = {
        name: scanned_values(likelihood, list(fits.values()), name, ranges.get(name), points)
        for name in parameters
    }
    found = {
        name: scanned_profile(likelihood, item, best, grid) for name, (item, best) in fits.items()
    }
    asimov = {**dict.fromkeys(likelihood.pois, STRENGTH), **likelihood.assumed}
    lower, upper = likelihood.bounds[:, likelihood.index[likelihood.poi]]
    noted = likelihood.others or likelihood.assumed or not lower <= STRENGTH <= upper
    return Scan(
        parameters=tuple(parameters),
        values=tuple(tuple(values.tolist()) for values in grid.values()),
        observed=found.get("observed"),
        expected=found["expected"],
        asimov=asimov if noted else None,
    )
