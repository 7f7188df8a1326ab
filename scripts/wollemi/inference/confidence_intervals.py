"""Confidence intervals of one parameter by toys, with the ordering of G. J. Feldman and R. D.
Cousins (arXiv:physics/9711021).

The test statistic of a value is -2 ln L with the parameter held, above that of the best fit within
its bounds, so that the ordering is by the likelihood ratio. Toys are thrown with all other
parameters as fitted to the data with the value held, main and auxiliary data both random: Combine's
`HybridNew --LHCmode LHC-feldman-cousins`, the profile construction.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wollemi.analysis.models.toys import Intervals
from wollemi.inference.profile_scans import Range, asimov_data, best_fit, check_scanned
from wollemi.inference.toy_goodness import batch_numbers
from wollemi.results.confidence_intervals import (
    LEVELS,
    RISES,
    BeltPart,
    BeltPoint,
    Estimate,
    IntervalBatch,
    ToyShare,
)
from wollemi.results.scans import Interval
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.fit import minos
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.newton import Point
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import Fit
from wollemi_likelihood.scan import ProfileScan
from wollemi_likelihood.toys import MOST_FAILED, share_above
from wollemi_likelihood.workspaces import Workspace

LOGGER = logging.getLogger("wollemi")
# By default values are tested up to here, in standard deviations of the profile. With Poisson
# statistics 95 % intervals reach to 2.5 of them: 3.09 events where none is seen, where -2 ln L has
# risen by 6.18.
REACH = 3.0


def within(likelihood: Likelihood, name: str, bounds: Range | None) -> Likelihood:
    """The model with a parameter confined to a part of its range, its physical region.

    Args:
        likelihood: the model.
        name: the parameter.
        bounds: the new ones; None for those of the model.

    Raises:
        WollemiError: they reach beyond those of the model.
    """
    if bounds is None or name not in likelihood.index:
        return likelihood
    parameters, place = list(likelihood.parameters), likelihood.index[name]
    lower, upper = parameters[place].bounds
    if bounds[0] < lower or bounds[1] > upper:
        problem = f"{list(bounds)} reach beyond those of the model, {[lower, upper]}"
        raise WollemiError(f"bounds of {name}", problem, "narrow them, or widen those of the model")
    start = float(np.clip(parameters[place].init, *bounds))
    parameters[place] = replace(parameters[place], bounds=bounds, init=start)
    return replace(likelihood, parameters=tuple(parameters))


@dataclass(frozen=True)
class ScannedParameter:
    """A parameter of a model with its data, fitted.

    Attributes:
        likelihood: the model, with the bounds of the parameter.
        name: the parameter.
        data: `observed`, unless blinded, and `expected` → data.
        fits: the same → their fits.
    """

    likelihood: Likelihood
    name: str
    data: Mapping[str, Data]
    fits: Mapping[str, Fit]

    @property
    def bounds(self) -> Range:
        """Of the parameter."""
        lower, upper = self.likelihood.parameters[self.likelihood.index[self.name]].bounds
        return float(lower), float(upper)

    def estimate(self, kind: str) -> float:
        """Best fit to one set of data."""
        result = self.fits[kind]
        return float(result.values[result.names.index(self.name)])


def scanned_parameter(workspace: Workspace, name: str, bounds: Range | None) -> ScannedParameter:
    """Fit a model to its data and to Asimov data, with a parameter confined to its bounds.

    Raises:
        WollemiError: the parameter cannot be tested, or there is no fit.
    """
    likelihood = within(workspace.likelihood, name, bounds)
    data = {"expected": asimov_data(likelihood)}
    if not workspace.blinded:
        data = {"observed": likelihood.data, **data}
    fits = {kind: best_fit(likelihood, item) for kind, item in data.items()}
    check_scanned(likelihood, fits["expected"], name)
    return ScannedParameter(likelihood, name, data, fits)


def belt_values(test: ScannedParameter, between: Range | None, points: int) -> Floats:
    """Values to test, ascending, shape (points,).

    Args:
        test: the parameter.
        between: first and last value; by default where the profiles of all data have risen by 9,
            or the bounds.
        points: how many.

    Raises:
        WollemiError: the range is outside the bounds.
    """
    lower, upper = test.bounds
    if between is None:
        ends = [_asymptotic(test, kind, REACH**2) for kind in test.data]
        firsts = [lower if end.lower is None else end.lower for end in ends]
        lasts = [upper if end.upper is None else end.upper for end in ends]
        between = (min(firsts), max(lasts))
    if between[0] < lower or between[1] > upper:
        problem = f"{list(between)} is outside its bounds {[lower, upper]}"
        raise WollemiError(f"range of {test.name}", problem, "narrow it, or widen the bounds")
    return np.linspace(*between, points)


def _asymptotic(test: ScannedParameter, kind: str, rise: float) -> Interval:
    """Where the profile of one set of data has risen so far.

    Raises:
        WollemiError: a fit along the way failed.
    """
    likelihood, data, result = test.likelihood, test.data[kind], test.fits[kind]
    error = minos(likelihood, result, [test.name], data, rise)[test.name]
    estimate = test.estimate(kind)
    lower, upper = (None if side is None else estimate + side for side in error)
    return Interval(lower=lower, upper=upper)


def estimate_of(test: ScannedParameter, kind: str) -> Estimate:
    """The best fit to one set of data with its asymptotic intervals."""
    found: dict[str, Interval | None] = {}
    for level, rise in RISES.items():
        try:
            found[level] = _asymptotic(test, kind, rise)
        except WollemiError as error:
            LOGGER.warning("%s: no interval: %s: %s", test.name, error.where, error.problem)
            found[level] = None
    return Estimate(estimate=test.estimate(kind), asymptotic=found)


@one_thread()
def toy_statistics(
    likelihood: Likelihood, name: str, parameters: Floats, number: int, seed: Sequence[int]
) -> Floats:
    """Test statistics of random data at the true value of a parameter, ascending.

    Args:
        likelihood: the model.
        name: the parameter that is tested.
        parameters: where toys are thrown, shape (parameters,).
        number: of toys.
        seed: of the random numbers.

    Returns:
        Shape (toys with a fit,).

    Raises:
        WollemiError: more than 1 % of the toys have no fit.
    """
    value, found = float(parameters[likelihood.index[name]]), []
    for toy in likelihood.toys(parameters, np.random.default_rng(seed), number):
        try:
            found.append(_statistic(likelihood, toy, name, value, parameters))
        except WollemiError as error:
            LOGGER.debug("a toy has no fit: %s: %s", error.where, error.problem)
    failed = number - len(found)
    if failed > MOST_FAILED * number:
        problem = f"{failed} of {number} toys have no fit at {name} = {value:g}"
        remedy = "look for degenerate parameters and for bins with a negative expectation"
        raise WollemiError("interval from toys", problem, remedy)
    return np.sort(found)


def _statistic(likelihood: Likelihood, data: Data, name: str, value: float, start: Floats) -> float:
    scan = ProfileScan(Objective(likelihood, data), name, start)
    held = scan.fixed(value).point.objective
    return 2 * max(0.0, held - scan.free().point.objective)


def critical_value(statistics: Floats, level: float) -> tuple[float, float]:
    """The smallest statistic below or at which there are enough toys, and its standard deviation
    from the order of the toys around it.

    Args:
        statistics: of toys, ascending.
        level: confidence level.
    """
    count = len(statistics)
    spread = float(np.sqrt(level * (1 - level) / count))
    shares = np.clip([level, level - spread, level + spread], 0.0, 1.0)
    value, low, high = np.quantile(statistics, shares, method="inverted_cdf").tolist()
    return value, (high - low) / 2


@one_thread()
def belt_point(test: ScannedParameter, value: float, number: int, seed: Sequence[int]) -> BeltPoint:
    """Compare data with toys of one value of the parameter.

    Args:
        test: the parameter.
        value: of it.
        number: of toys.
        seed: of the random numbers.

    Raises:
        WollemiError: the data, or more than 1 % of the toys, have no fit.
    """
    likelihood = test.likelihood
    start = _held(test, likelihood.data, value, test.fits.get("observed")).values
    toys = toy_statistics(likelihood, test.name, start, number, seed)
    shares = {}
    for kind, data in test.data.items():
        result = test.fits[kind]
        rise = 2 * _held(test, data, value, result).objective - result.deviance
        share = share_above(max(0.0, rise), toys)
        shares[kind] = ToyShare(
            statistic=max(0.0, rise), p_value=share.value, p_value_error=share.error
        )
    critical = {key: critical_value(toys, level) for key, level in LEVELS.items()}
    return BeltPoint(
        value=value,
        observed=shares.get("observed"),
        expected=shares["expected"],
        critical={key: found for key, (found, _) in critical.items()},
        critical_errors={key: error for key, (_, error) in critical.items()},
        failed=number - len(toys),
    )


def _held(test: ScannedParameter, data: Data, value: float, near: Fit | None) -> Point:
    """The fit with the parameter held at a value."""
    start = None if near is None else near.values
    return ProfileScan(Objective(test.likelihood, data), test.name, start).fixed(value).point


def check_parameters(settings: Intervals, workspaces: Sequence[Workspace]) -> None:
    """Each parameter must be one of some signal.

    Raises:
        WollemiError: it is none of any.
    """
    known = {name for workspace in workspaces for name in workspace.likelihood.index}
    for name in settings.parameters:
        if name not in known:
            problem = f"no model has a parameter '{name}'{did_you_mean(name, known)}"
            remedy = "take one of those in fit.json; model.prune_below may have dropped it"
            raise WollemiError("intervals.parameters", problem, remedy)


def describe_batch(
    workspaces: Sequence[Workspace], settings: Intervals, batch: int
) -> IntervalBatch:
    """The values that one job tests, as written to the product.

    All values of all parameters and models are numbered; a job takes consecutive ones. The toys of
    each value have the same random numbers, so that the belt is smooth.

    Args:
        workspaces: the models of all signals.
        settings: the section `intervals`.
        batch: number of the job, from 0.
    """
    pairs = [
        (workspace, name)
        for workspace in workspaces
        for name in settings.parameters or workspace.likelihood.pois
    ]
    mine = batch_numbers(len(pairs) * settings.points, settings.jobs, batch)
    belts: dict[str, dict[str, BeltPart]] = {}
    left_out: dict[str, dict[str, str]] = {}
    for number, (workspace, name) in enumerate(pairs):
        first = number * settings.points
        places = [place for place in range(settings.points) if first + place in mine]
        if not places:
            continue
        try:
            part = _belt_part(workspace, name, settings, places)
            belts.setdefault(workspace.signal, {})[name] = part
        except WollemiError as error:
            reason = f"{error.where}: {error.problem}"
            LOGGER.warning("%s: no interval of %s: %s", workspace.signal, name, reason)
            left_out.setdefault(workspace.signal, {})[name] = reason
    return IntervalBatch(
        measurement=workspaces[0].measurement,
        belts=belts,
        **({"left_out": left_out} if left_out else {}),
    )


def _belt_part(
    workspace: Workspace, name: str, settings: Intervals, places: Sequence[int]
) -> BeltPart:
    """Some values of one parameter of one model."""
    test = scanned_parameter(workspace, name, settings.bounds.get(name))
    values = belt_values(test, settings.ranges.get(name), settings.points).tolist()
    points = {}
    for place in places:
        point = belt_point(test, values[place], settings.toys, [settings.seed])
        LOGGER.info("%s: %s = %.4g is done", workspace.signal, name, values[place])
        points[str(place)] = point
    return BeltPart(
        bounds=test.bounds,
        observed=estimate_of(test, "observed") if "observed" in test.data else None,
        expected=estimate_of(test, "expected"),
        points=points,
    )
