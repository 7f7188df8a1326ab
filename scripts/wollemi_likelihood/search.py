"""Search for a minimum: starting points, Newton, and MIGRAD if Newton does not converge."""

import contextlib
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.matrices import product
from wollemi_likelihood.minuit import migrad
from wollemi_likelihood.newton import Minimum, Point, minimize
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.pieces import minimize_along_walls, minimize_in_pieces

# Difference in -ln L due to rounding and ends of searches, which must not select a minimum.
SAME_MINIMUM = 1e-6
# A systematic may have a second minimum if its bends reduce the second derivative by more. In 55
# random fits, the smallest contribution was 0.38 where a search had missed the lower minimum.
BENT = 0.25
# Above it a likelihood is wild: systematics may have second minima, and random starts pay off.
WILD = 0.7
# -2 ln L per bin above which a fit is so poor that contributions may change their sign elsewhere.
POOR = 4.0
# Minimum number of expected events with which a bin counts.
FEWEST = 0.1
# Standard deviations at which a search on the other side of a systematic starts.
MIRRORED = 1.5
# Number of random points of a wild likelihood, and number of searches that start from the best.
SCATTERED, SEARCHED = 100, 6
# Factors on normalizations in random points.
SCALES = np.array([0.0, 0.5, 1.0, 2.0, 5.0])
# Difference in -ln L: searches above their goal confirm a minimum if they end closer than this.
CONFIRMED = 1e-3
# Gain in -ln L below which a search at the floor of a bin ends, and maximum number of turns.
AT_FLOOR, MOST_CORNERS = 1e-5, 10
# Maximum number of couplings whose signs are turned: 15 searches.
MOST_TURNED = 4


class ImpossibleDataError(WollemiError):
    """A bin has events but no expectation, so that -2 ln L is infinite."""


def find_minimum(
    objective: Objective,
    fixed: Mapping[str, float],
    start: np.ndarray | None = None,
    thorough: bool = False,
) -> Minimum:
    """Find a minimum without errors and covariance, for scans and limits.

    Args:
        objective: Objective of the likelihood with data.
        fixed: Parameters fixed to a value, in addition to the parameters that the model fixes.
        start: Starting point, shape (parameters,); the initial values by default.
        thorough: Whether to search for a second minimum, as always without a start.

    Returns:
        Minimum of the objective.

    Raises:
        WollemiError: Neither Newton nor iminuit found a minimum, a bin has events but no
            expectation, or a fixed parameter is unknown.
    """
    minimum, movable = newton_minimum(objective, fixed, start)
    if not minimum.converged:
        minimum = confirmed_minimum(objective, minimum, movable)
    minimum = turned_minimum(objective, fixed, minimum, thorough or start is None)
    if not minimum.converged:
        remedy = "look for degenerate parameters and for bins with a negative expectation"
        raise WollemiError(f"fit{_at(fixed)}", minimum.message, remedy)
    return minimum


def confirmed_minimum(objective: Objective, found: Minimum, movable: np.ndarray) -> Minimum:
    """Find the minimum with MIGRAD; if its EDM is above the goal, it counts if a second search from
    elsewhere ends at the same likelihood.

    Args:
        objective: Objective of the likelihood with data.
        found: End of Newton's search.
        movable: Whether each parameter may change, shape (parameters,).
    """
    steps = np.array([parameter.width for parameter in objective.likelihood.parameters])
    first = migrad(objective, found.point.values, movable, steps)
    if first.converged:
        return first
    start = np.where(
        movable, 0.5 * (objective.likelihood.inits + first.point.values), found.point.values
    )
    second = migrad(objective, start, movable, steps)
    lower = min(first, second, key=lambda minimum: minimum.point.objective)
    if lower is second and second.converged:
        return second
    if not abs(first.point.objective - second.point.objective) < CONFIRMED > lower.distance:
        return lower
    return replace(lower, converged=True, message=f"{lower.message}, confirmed by a second search")


def newton_minimum(
    objective: Objective, fixed: Mapping[str, float], start: np.ndarray | None
) -> tuple[Minimum, np.ndarray]:
    """Find the end of Newton's search, converged or not, and the parameters that could move.

    Raises:
        WollemiError: A bin has events but no expectation, or a fixed parameter is unknown.
    """
    (values, movable), bounds = held_values(objective, fixed), objective.likelihood.bounds
    for begin in ([] if start is None else [np.where(movable, start, values)]) + [values]:
        minimum = _minimize(objective, begin, movable, bounds)
        if math.isfinite(minimum.point.objective):
            return minimum, movable
    if elsewhere := _scattered_starts(objective, values, movable):
        return _minimize(objective, elsewhere[0], movable, bounds), movable
    _check_expectation(objective, values, fixed)
    return minimum, movable


def _minimize(
    objective: Objective, start: np.ndarray, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """Search for a minimum and continue if a wall or kink stops the search."""
    found = minimize(objective, start, movable, bounds)
    cropped = objective.likelihood.model.model.cropped
    if not found.converged and (objective.data.main == 0).any():
        search = _at_empty_bins if cropped else minimize_along_walls
        found = search(objective, found, movable, bounds)
    if not found.converged and cropped:
        return _at_floors(objective, found, movable, bounds)
    if found.converged or not objective.likelihood.kinks:
        return found
    return minimize_in_pieces(objective, found, movable, bounds)


def _at_empty_bins(
    objective: Objective, found: Minimum, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """Search where a bin without events may be at its floor: the minimum is the one at a wall
    there, because the expectation of the bin does not matter below it.
    """
    ended = minimize_along_walls(objective.with_walls(), found, movable, bounds)
    point = objective(ended.point.values)
    highest = min(ended.point.objective, found.point.objective) + SAME_MINIMUM
    return replace(ended, point=point) if ended.converged and point.objective < highest else found


def _at_floors(
    objective: Objective, found: Minimum, movable: np.ndarray, bounds: np.ndarray
) -> Minimum:
    """Continue a search that is stopped at a corner: a bin that reaches its floor has a kink there
    in all parameters together, and the minimum may be at the kink.

    Returns:
        Minimum, which counts as converged if both searches gain less than `AT_FLOOR`.
    """
    steps = np.array([parameter.width for parameter in objective.likelihood.parameters])
    for _ in range(MOST_CORNERS):
        before = found.point.objective
        if not math.isfinite(before):
            return found
        for search in (
            migrad(objective, found.point.values, movable, steps),
            minimize(objective, found.point.values, movable, bounds),
        ):
            if search.point.objective < found.point.objective or search.converged:
                found = search
        gain = before - found.point.objective
        if found.converged or gain < AT_FLOOR:
            message = "converged" if found.converged else "converged, at the floor of a bin"
            return replace(found, converged=True, distance=max(gain, 0.0), message=message)
    return found


def lower_minimum(
    objective: Objective, fixed: Mapping[str, float], found: Minimum, start: np.ndarray | None
) -> Minimum:
    """The lower of a minimum and of the end of another search: a likelihood with nonlinear
    expectations can have two minima.

    Args:
        objective: Objective of the likelihood with data.
        fixed: Parameters fixed to a value, in addition to the parameters that the model fixes.
        found: End of the first search, converged or not.
        start: Starting point of the other search, shape (parameters,); initial values by default.
    """
    with contextlib.suppress(WollemiError):
        other, _ = newton_minimum(objective, fixed, start)
        highest = found.point.objective - SAME_MINIMUM if found.converged else math.inf
        if other.converged and other.point.objective < highest:
            return other
    return found


def turned_minimum(
    objective: Objective, fixed: Mapping[str, float], found: Minimum, thorough: bool
) -> Minimum:
    """Find the lowest minimum of a search and of searches from the other side of couplings and of
    other parameters that may have a second minimum.

    Args:
        objective: Objective of the likelihood with data.
        fixed: Parameters fixed to a value, in addition to the parameters that the model fixes.
        found: End of the first search, converged or not.
        thorough: Whether to turn parameters other than couplings as well.
    """
    for start in turned_starts(objective, fixed, found.point.values):
        found = lower_minimum(objective, fixed, found, start)
    before = None
    while thorough and found is not before:
        before = found
        for start in mirrored_starts(objective, fixed, before.point):
            found = lower_minimum(objective, fixed, found, start)
    return found


def mirrored_starts(
    objective: Objective, fixed: Mapping[str, float], point: Point
) -> Iterator[np.ndarray]:
    """Starting points beyond a possible ridge: on the other side of systematics, where another
    normalization provides the events, and at random points in a wild likelihood.

    The constraint of a systematic contributes 1 to the second derivative of -ln L, and an
    expectation λ(α) contributes Σ (1 - n / λ) λ''(α): below -1 there are two minima.

    Args:
        objective: Objective of the likelihood with data.
        fixed: Fixed parameters.
        point: Minimum of the objective.
    """
    likelihood, values = objective.likelihood, point.values
    movable = ~likelihood.fixed
    movable[[likelihood.index[name] for name in fixed]] = False
    free = likelihood.unconstrained & movable
    misfit = objective.data.main / np.maximum(point.expected, FEWEST) - 1
    bent = product(likelihood.bends, misfit)
    at_bound = (free & (values == likelihood.bounds)).any(axis=0)
    if not ((np.abs(bent) > BENT).any() or at_bound.any()):  # most models: save the time
        return
    # Fits start with and without signal in any case.
    at_bound[[likelihood.index[name] for name in likelihood.pois if name]] = False
    bent = _confirmed_bends(objective, point, bent * movable, misfit, free)
    wild = bent.max() > WILD or (at_bound.any() and likelihood.bends.any())
    nonlinear = likelihood.unconstrained | likelihood.bends.any(axis=1)
    turned = nonlinear & movable if wild else bent > BENT
    # A normalization at its bound may have to leave it together with a systematic.
    back = np.where(at_bound, likelihood.inits, values)
    bases = (values, likelihood.inits, back)[: 2 + at_bound.any()]
    for place in np.flatnonzero(turned):
        for side, base in itertools.product((-MIRRORED, MIRRORED), bases):
            if side * values[place] < MIRRORED**2 / 2:
                start = base.copy()
                start[place] = side
                yield np.clip(start, *likelihood.bounds)
    # A normalization at its bound may have lost its events to another one.
    for place in np.flatnonzero(at_bound):
        start = np.where(free, np.clip(0.0, *likelihood.bounds), values)
        start[place] = likelihood.inits[place]
        yield start
    if wild:
        yield from _scattered_starts(objective, values, movable)
    if (likelihood.bounds[0, free] < 0).any():
        yield from _far_minima(objective, fixed, values, np.flatnonzero(free))


def _far_minima(
    objective: Objective, fixed: Mapping[str, float], values: np.ndarray, places: np.ndarray
) -> Iterator[np.ndarray]:
    """Minima with a normalization held far up: another one, which may turn negative, can cancel it
    along a valley that no start with all others in their places leads to.
    """
    likelihood = objective.likelihood
    for place in places:
        far = SCALES[-1] * max(values[place], likelihood.inits[place])
        held = {likelihood.parameters[place].name: min(far, likelihood.bounds[1, place])}
        with contextlib.suppress(WollemiError):
            yield newton_minimum(objective, {**fixed, **held}, values)[0].point.values


def _confirmed_bends(
    objective: Objective, point: Point, bent: np.ndarray, misfit: np.ndarray, free: np.ndarray
) -> np.ndarray:
    """Maximum reduction of the second derivative by bends, shape (parameters,), with the fitted
    normalizations; negative for an increase. The misfit is n / λ - 1.

    Both signs count if a normalization may turn negative, or in a poor fit: they may change.
    """
    negative = (objective.likelihood.bounds[0, free] < 0).any()
    if negative or 2 * point.objective > POOR * misfit.size:
        return np.asarray(np.abs(bent))
    for place in np.flatnonzero(bent > BENT):
        sides = np.tile(point.values, (3, 1))
        sides[:, place] = -1.0, 0.0, 1.0
        lower, nominal, upper = (objective(side).expected for side in sides)
        bent[place] = product(lower + upper - 2 * nominal, misfit)
    return bent


def _scattered_starts(
    objective: Objective, values: np.ndarray, movable: np.ndarray
) -> list[np.ndarray]:
    """The best of random points: systematics around their nominal values, normalizations around
    their values at a minimum.
    """
    likelihood, random = objective.likelihood, np.random.default_rng(SCATTERED)
    centers = np.array([parameter.nominal for parameter in likelihood.parameters])
    widths = MIRRORED * np.array([parameter.width for parameter in likelihood.parameters])
    drawn, scaled = np.empty((2, SCATTERED, values.size))
    for place in range(SCATTERED):
        drawn[place] = centers + widths * random.standard_normal(values.size)
        scaled[place] = random.choice(SCALES, values.size)
    scaled *= np.maximum(values, likelihood.inits)
    # Use both signs if bounds allow a negative normalization.
    scaled = np.concatenate([scaled, np.where(likelihood.bounds[0] < 0, -scaled, scaled)])
    starts = np.where(likelihood.unconstrained, scaled, np.concatenate([drawn, drawn]))
    starts = np.unique(np.clip(np.where(movable, starts, values), *likelihood.bounds), axis=0)
    found = sorted((objective(start).objective, i) for i, start in enumerate(starts))
    return [starts[i] for value, i in found[:SEARCHED] if math.isfinite(value)]


def turned_starts(
    objective: Objective, fixed: Mapping[str, float], values: np.ndarray
) -> Iterator[np.ndarray]:
    """Starting points for couplings, in which a likelihood may have several minima: with other
    signs, and halfway from 0, or the bound nearest to it, to each bound. The latter help where a
    coupling of 0 is not a minimum but flat, and for the peaks of morphing.

    Args:
        objective: Objective of the likelihood with data.
        fixed: Fixed parameters.
        values: Values of all parameters, shape (parameters,).
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
    """Starting point of a fit and movable parameters, each of shape (parameters,).

    Raises:
        WollemiError: A bin has events but no expectation, or a fixed parameter is unknown.
    """
    values, movable = held_values(objective, fixed)
    if start is not None:
        warm = np.where(movable, np.clip(start, *objective.likelihood.bounds), values)
        if np.isfinite(objective(warm).objective):
            return warm, movable
    _check_expectation(objective, values, fixed)
    return values, movable


def held_values(objective: Objective, fixed: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Initial values with some parameters fixed, and the movable parameters."""
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
    raise ImpossibleDataError(
        f"bins {', '.join(likelihood.bin_names(impossible))}",
        f"there are events where none are expected at the initial parameters{_at(fixed)}",
        "merge these bins with their neighbors, or correct the background that is missing there",
    )


def _at(fixed: Mapping[str, float]) -> str:
    return "".join(f" with {name} = {value:g}" for name, value in fixed.items())
