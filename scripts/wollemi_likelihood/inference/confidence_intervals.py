"""Construct confidence intervals of one parameter from toys, with the ordering of G. J. Feldman and
R. D. Cousins (arXiv:physics/9711021).

The test statistic of a value is -2 ln L with the parameter fixed, relative to the best fit within
its bounds: the ordering uses the likelihood ratio. Toys have all other parameters as fitted to the
data at the fixed value, with main and auxiliary data both random (the profile construction, as
Combine's `HybridNew --LHCmode LHC-feldman-cousins`).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.fit import minos
from wollemi_likelihood.inference.interval_ends import LEVELS, RISES
from wollemi_likelihood.inference.profile_scans import (
    Interval,
    Range,
    asimov_data,
    best_fit,
    check_scanned,
)
from wollemi_likelihood.likelihood import Data, Likelihood, toy_values
from wollemi_likelihood.newton import Point
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import Fit
from wollemi_likelihood.scan import ProfileScan
from wollemi_likelihood.toys import require_fits, share_above
from wollemi_likelihood.workspaces import Workspace

LOGGER = logging.getLogger("wollemi")
# Default range of tested values in standard deviations of the profile. With Poisson statistics, 95
# % intervals extend to 2.5: 3.09 events if none is observed, where -2 ln L has risen by 6.18.
REACH = 3.0


@dataclass(frozen=True)
class ToyShare:
    """Test of a value with toys.

    Attributes:
        statistic: -2 ln L with the parameter fixed, relative to the best fit within the bounds.
        p_value: Fraction of toys with the same or a larger one.
        p_value_error: Binomial error of the p-value, at least one toy.
    """

    statistic: float
    p_value: float
    p_value_error: float


@dataclass(frozen=True)
class BeltPoint:
    """Toys of one value of a parameter.

    Attributes:
        value: Value of the parameter.
        observed: Test of the data; None if blinded.
        expected: Test of Asimov data.
        critical: Key of `LEVELS` → the value is in the interval up to this statistic.
        critical_errors: Standard deviations of the critical values.
        failed: Number of toys without a fit.
    """

    value: float
    observed: ToyShare | None
    expected: ToyShare
    critical: Mapping[str, float]
    critical_errors: Mapping[str, float]
    failed: int


@dataclass(frozen=True)
class Estimate:
    """Best fit to a data set.

    Attributes:
        estimate: Best fit of the parameter within its bounds.
        asymptotic: Key of `RISES` → interval with this rise of -2 ln L; None without a fit.
    """

    estimate: float
    asymptotic: Mapping[str, Interval | None]


@dataclass(frozen=True)
class BeltPart:
    """Some tested values of a parameter.

    Attributes:
        bounds: Bounds of the parameter in all fits.
        observed: Estimate from the data; None if blinded.
        expected: Estimate from Asimov data.
        points: Number of the value → its toys.
    """

    bounds: Range
    observed: Estimate | None
    expected: Estimate
    points: Mapping[str, BeltPoint]


def within(likelihood: Likelihood, name: str, bounds: Range | None) -> Likelihood:
    """Copy of the model with a parameter restricted to part of its range, its physical region.

    Args:
        likelihood: Likelihood of the model.
        name: Name of the parameter.
        bounds: New bounds of the parameter; None keeps the bounds of the model.

    Raises:
        WollemiError: The new bounds exceed the bounds of the model.
    """
    if bounds is None or name not in likelihood.index:
        return likelihood
    parameters, place = list(likelihood.parameters), likelihood.index[name]
    lower, upper = parameters[place].bounds
    if bounds[0] < lower or bounds[1] > upper:
        problem = f"{list(bounds)} reach beyond those of the model, {[lower, upper]}"
        raise WollemiError(
            f"bounds of {name}", problem, "narrow them, or widen the bounds in the model"
        )
    start = float(np.clip(parameters[place].init, *bounds))
    parameters[place] = replace(parameters[place], bounds=bounds, init=start)
    return replace(likelihood, parameters=tuple(parameters))


@dataclass(frozen=True)
class ScannedParameter:
    """A parameter of a model that is fitted to its data.

    Attributes:
        likelihood: Likelihood of the model with the bounds of the parameter.
        name: Name of the parameter.
        data: Data sets by kind: `observed`, unless blinded, and `expected`.
        fits: Fits to the data by kind.
    """

    likelihood: Likelihood
    name: str
    data: Mapping[str, Data]
    fits: Mapping[str, Fit]

    @property
    def bounds(self) -> Range:
        """Bounds of the parameter."""
        lower, upper = self.likelihood.parameters[self.likelihood.index[self.name]].bounds
        return float(lower), float(upper)

    def estimate(self, kind: str) -> float:
        """Best fit to a data set."""
        result = self.fits[kind]
        return float(result.values[result.names.index(self.name)])


def scanned_parameter(workspace: Workspace, name: str, bounds: Range | None) -> ScannedParameter:
    """Fit a model to its data and to Asimov data with a parameter restricted to its bounds.

    Raises:
        WollemiError: The parameter cannot be tested, or the fit failed.
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
        test: Parameter with its fits.
        between: First and last value; by default where the profiles of all data have risen by 9, or
            the bounds.
        points: Number of values.

    Raises:
        WollemiError: The range is outside the bounds.
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
    """Interval in which the profile of a data set rises by less than the given amount.

    Raises:
        WollemiError: A fit along the way failed.
    """
    likelihood, data, result = test.likelihood, test.data[kind], test.fits[kind]
    error = minos(likelihood, result, [test.name], data, rise)[test.name]
    estimate = test.estimate(kind)
    lower, upper = (None if side is None else estimate + side for side in error)
    return Interval(lower=lower, upper=upper)


def estimate_of(test: ScannedParameter, kind: str) -> Estimate:
    """Best fit to a data set with its asymptotic intervals."""
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
    """Compute test statistics of random data at the true value of a parameter, ascending.

    Args:
        likelihood: Likelihood of the model.
        name: Name of the tested parameter.
        parameters: Parameters at which toys are generated, shape (parameters,).
        number: Number of toys.
        seed: Seed of the random numbers.

    Returns:
        Test statistics, shape (toys with a fit,).

    Raises:
        WollemiError: More than 1 % of the toys do not have a fit.
    """
    value = float(parameters[likelihood.index[name]])
    found, failed = toy_values(
        enumerate(likelihood.toys(parameters, np.random.default_rng(seed), number)),
        lambda toy: _statistic(likelihood, toy, name, value, parameters),
        logging.DEBUG,
    )
    require_fits("interval from toys", failed, number, f" at {name} = {value:g}")
    return np.sort(found)


def _statistic(likelihood: Likelihood, data: Data, name: str, value: float, start: Floats) -> float:
    scan = ProfileScan(Objective(likelihood, data), name, start)
    held = scan.fixed(value).point.objective
    return 2 * max(0.0, held - scan.free().point.objective)


def critical_value(statistics: Floats, level: float) -> tuple[float, float]:
    """Quantile of test statistics at a confidence level, with the standard deviation from the order
    of the toys around it.

    Args:
        statistics: Test statistics of toys, ascending.
        level: Confidence level.
    """
    count = len(statistics)
    spread = float(np.sqrt(level * (1 - level) / count))
    shares = np.clip([level, level - spread, level + spread], 0.0, 1.0)
    value, low, high = np.quantile(statistics, shares, method="inverted_cdf").tolist()
    return value, (high - low) / 2


@one_thread()
def belt_point(test: ScannedParameter, value: float, number: int, seed: Sequence[int]) -> BeltPoint:
    """Compare data with toys generated at one value of the parameter.

    Args:
        test: Parameter with its fits.
        value: Value of the parameter.
        number: Number of toys.
        seed: Seed of the random numbers.

    Raises:
        WollemiError: The data, or more than 1 % of the toys, do not have a fit.
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
    """Fit with the parameter fixed to a value."""
    start = None if near is None else near.values
    return ProfileScan(Objective(test.likelihood, data), test.name, start).fixed(value).point


def belt_part(
    workspace: Workspace,
    name: str,
    places: Sequence[int],
    points: int,
    toys: int,
    seed: int,
    *,
    bounds: Range | None = None,
    between: Range | None = None,
) -> BeltPart:
    """Test some values of a parameter of a model. Toys use the same random numbers for each value,
    so that the belt is smooth.

    Args:
        workspace: Model with its data.
        name: Name of the parameter.
        places: Numbers of the values to test, from 0.
        points: Number of all values.
        toys: Number of toys per value.
        seed: Seed of the random numbers.
        bounds: Physical region of the parameter; the bounds of the model by default.
        between: First and last value; see `belt_values`.
    """
    test = scanned_parameter(workspace, name, bounds)
    values = belt_values(test, between, points).tolist()
    found = {}
    for place in places:
        found[str(place)] = belt_point(test, values[place], toys, [seed])
        LOGGER.info("%s: %s = %.4g is done", workspace.signal, name, values[place])
    return BeltPart(
        bounds=test.bounds,
        observed=estimate_of(test, "observed") if "observed" in test.data else None,
        expected=estimate_of(test, "expected"),
        points=found,
    )
