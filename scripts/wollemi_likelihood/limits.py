"""Asymptotic limits and significance (Cowan, Cranmer, Gross, Vitells, arXiv:1007.1727).

Test statistics, Asimov data and CLs agree with pyhf 0.7.6, ``hypotest`` with qtilde or q0.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from wollemi_likelihood.asymptotics import BANDS, AsymptoticTest, expected_root, tail
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Data, Likelihood
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.root_finding import find_root
from wollemi_likelihood.scan import ProfileScan, parameter_of_interest, signal_parameters
from wollemi_likelihood.search import find_minimum

Found = TypeVar("Found")
# Relative accuracy of limits.
ACCURACY = 1e-6
# Maximum number of tenfold increases of the upper bound of the parameter of interest, for limits
# above it.
MOST_RAISES = 5
# Standard deviations within which the observed limit is expected.
FAR = 3
# The CLs curve ends at this multiple of the largest limit.
CURVE_END = 1.2
# Smaller CLs values count as this, so that the logarithm is finite.
SMALLEST_CLS = 1e-300


@dataclass(frozen=True)
class CLsCurve:
    """CLs as a function of the parameter of interest.

    Attributes:
        poi: Parameter values, ascending from 0, shape (points,).
        observed: Observed CLs, shape (points,).
        expected: Expected CLs without signal at -2 ... +2 standard deviations, shape (points, 5).
    """

    poi: np.ndarray
    observed: np.ndarray
    expected: np.ndarray


@dataclass(frozen=True)
class Limit:
    """Upper limit on the parameter of interest.

    Attributes:
        poi: Name of the parameter of interest.
        level: Confidence level, such as 0.95.
        observed: Observed limit.
        expected: Expected limits without signal at -2 ... +2 standard deviations.
        best_fit: Best-fit value of the parameter of interest.
        curve: CLs as a function of the parameter of interest.
        outside: Side, `below` or `above`, if the observed limit is outside ±3 standard deviations
            of the expected one.
        raised_to: Raised upper bound of the parameter of interest; None if it was not raised.
    """

    poi: str
    level: float
    observed: float
    expected: tuple[float, ...]
    best_fit: float
    curve: CLsCurve
    outside: str | None = None
    raised_to: float | None = None


@dataclass(frozen=True)
class Significance:
    """Significance of a signal: how strongly a parameter of interest of 0 is rejected.

    Attributes:
        poi: Name of the parameter of interest.
        best_fit: Best-fit value of the parameter of interest.
        observed: Observed significance in standard deviations.
        observed_p_value: Observed one-sided p-value.
        expected: Expected significance in standard deviations, for the value ``expected_at``.
        expected_p_value: Expected one-sided p-value.
        expected_at: Assumed value of the parameter of interest.
    """

    poi: str
    best_fit: float
    observed: float
    observed_p_value: float
    expected: float
    expected_p_value: float
    expected_at: float


def upper_limit(
    likelihood: Likelihood, level: float = 0.95, data: Data | None = None, points: int = 41
) -> Limit:
    """Compute the CLs upper limit with the test statistic qtilde and asymptotic formulae.

    The search runs from 0 to the upper bound of the parameter of interest. If one of the six limits
    is above, the bound is raised tenfold, up to `MOST_RAISES` times, because pyhf refuses to fix a
    parameter outside its bounds.

    Args:
        likelihood: Likelihood of the model.
        level: Confidence level, between 0 and 1.
        data: Data to use instead of the observed data.
        points: Number of points of the CLs curve.

    Returns:
        Observed and expected limits.

    Raises:
        WollemiError: A limit is above every bound that was tried, a fit failed, or the model does
            not have a free parameter of interest whose bounds include 0.
    """
    limit, raised = _within_raised_bounds(
        likelihood, lambda model: _limit_within(model, level, data, points)
    )
    return replace(limit, raised_to=raised)


def expected_limits(likelihood: Likelihood, level: float, data: Data) -> tuple[float, ...]:
    """Expected limits without signal at -2 ... +2 standard deviations, as in `upper_limit`.

    Args:
        likelihood: Likelihood of the model.
        level: Confidence level, between 0 and 1.
        data: Data whose fit without signal sets the parameters of the Asimov data.

    Raises:
        WollemiError: As in `upper_limit`.
    """
    limits, _ = _within_raised_bounds(
        likelihood, lambda model: _expected_limits(AsymptoticTest(model, data), level)
    )
    return limits


def nominal_values(likelihood: Likelihood, strength: float) -> np.ndarray:
    """Nominal values of the auxiliary measurements; initial values of free and fixed parameters,
    shape (parameters,).

    Args:
        likelihood: Likelihood of the model.
        strength: Strength of the signal.
    """
    nominal = np.array([parameter.nominal for parameter in likelihood.parameters])
    nominal[likelihood.fixed] = likelihood.inits[likelihood.fixed]
    nominal[likelihood.index[likelihood.poi]] = strength
    return nominal


def signal_events(likelihood: Likelihood, signals: Sequence[str]) -> float:
    """Expected signal events in all fitted regions at a signal strength of 1, before the fit.

    Args:
        likelihood: Likelihood of the model.
        signals: Names of the signal samples that the parameter of interest scales.
    """
    expected = likelihood.expected_by_sample(nominal_values(likelihood, 1.0))
    return math.fsum(float(expected[likelihood.samples.index(name)].sum()) for name in signals)


def _within_raised_bounds(
    likelihood: Likelihood, find: Callable[[Likelihood], Found]
) -> tuple[Found, float | None]:
    """Result for the model, if necessary with a raised bound of the parameter of interest, and this
    bound.
    """
    raised = None
    for _ in range(MOST_RAISES):
        try:
            return find(likelihood), raised
        except AboveBoundError:
            raised = 10 * likelihood.parameters[likelihood.index[likelihood.poi]].bounds[1]
            likelihood = with_upper_bound(likelihood, raised)
    return find(likelihood), raised


class AboveBoundError(WollemiError):
    """A limit is above the upper bound of the parameter of interest."""


def with_upper_bound(likelihood: Likelihood, upper: float) -> Likelihood:
    """Copy of the model with another upper bound of its parameter of interest."""
    parameters = list(likelihood.parameters)
    place = likelihood.index[likelihood.poi]
    lower, _ = parameters[place].bounds
    parameters[place] = replace(parameters[place], bounds=(lower, upper))
    return replace(likelihood, parameters=tuple(parameters))


def _limit_within(likelihood: Likelihood, level: float, data: Data | None, points: int) -> Limit:
    """Compute limits like `upper_limit`, within the bounds of the parameter of interest."""
    # ASSUME: the asymptotic distributions hold. With few events they do not, and low limits come
    # out too low: compute_limits reports where, and takes toys where the analysis asks for them.
    test = AsymptoticTest(likelihood, data or likelihood.data)
    without = _without_signal(likelihood, test, data or likelihood.data)
    expected = _expected_limits(without, level)
    observed = _observed_limit(test, level, expected[2])
    curve = _curve(test, without, CURVE_END * max(observed, *expected), points)
    return Limit(
        likelihood.poi,
        level,
        observed,
        expected,
        test.best_fit,
        curve,
        _outside(test, observed, level),
    )


def _without_signal(likelihood: Likelihood, test: AsymptoticTest, data: Data) -> AsymptoticTest:
    """Test for expected limits: Asimov data without signal, with the parameter values that the
    model assumes.
    """
    held = {name: value for name, value in likelihood.assumed.items() if name != test.poi}
    if not held:
        return test
    values = find_minimum(Objective(likelihood, data), {**held, test.poi: 0.0}).point.values
    return AsymptoticTest(likelihood, likelihood.asimov(values))


def _outside(test: AsymptoticTest, observed: float, level: float) -> str | None:
    """Whether the observed limit is below or above ±3 standard deviations of the expected one:
    qtilde rises with the limit.
    """
    root = test.asimov_root(observed)
    if root < expected_root(-FAR, level):
        return "below"
    return "above" if root > expected_root(FAR, level) else None


def significance(
    likelihood: Likelihood, data: Data | None = None, mu_expected: float = 1.0
) -> Significance:
    """Compute the significance with the test statistic q0 (eq. 12) and asymptotic formulae (eq.
    53). A coupling that may have either sign uses t0, the distance of 0 from the estimate, with
    two-sided p-values.

    Args:
        likelihood: Likelihood of the model.
        data: Data to use instead of the observed data.
        mu_expected: Parameters of interest of the Asimov data for the expected significance, unless
            the model assumes other values; the remaining parameters are fitted to the data.

    Returns:
        Observed and expected significance, 0 for a deficit.

    Raises:
        WollemiError: A fit failed, or the model does not have a free parameter of interest whose
            bounds include 0. They need not include ``mu_expected``, where all fits fix it.
    """
    mu_expected = likelihood.assumed.get(likelihood.poi, mu_expected)
    index = parameter_of_interest(likelihood, 0.0)
    scan = ProfileScan(Objective(likelihood, data or likelihood.data), likelihood.poi)
    without = scan.fixed(0.0).point
    best = scan.free().point
    # With a single signal, use the fit that starts from the nearest earlier one.
    signal = (
        signal_parameters(likelihood, data or likelihood.data, mu_expected)
        if likelihood.others or likelihood.assumed
        else scan.fixed(mu_expected).point.values
    )
    asimov = ProfileScan(
        Objective(likelihood, likelihood.asimov(signal)), likelihood.poi, without.values
    )
    # A coupling that is not a signal strength may have either sign.
    two_sided = likelihood.poi in likelihood.couplings
    sides = 2 if two_sided else 1
    excess = two_sided or best.values[index] >= 0
    rise = without.objective - best.objective if excess else 0.0
    observed = math.sqrt(max(0.0, 2 * rise))
    rise = asimov.fixed(0.0).point.objective - asimov.objective(signal).objective
    expected = math.sqrt(max(0.0, 2 * rise))
    return Significance(
        likelihood.poi,
        float(best.values[index]),
        observed,
        sides * tail(observed),
        expected,
        sides * tail(expected),
        mu_expected,
    )


def _expected_limits(test: AsymptoticTest, level: float) -> tuple[float, ...]:
    return tuple(_expected_limit(test, level, band) for band in BANDS)


def _expected_limit(test: AsymptoticTest, level: float, band: int) -> float:
    root = expected_root(band, level)

    def rise(poi: float) -> float:
        return test.asimov_root(poi) - root

    # The error without signal is a good first guess: the root of qtilde is nearly poi / error.
    label = f"expected limit at {band:+d} sigma"
    return _crossing(test, rise, root * test.error(), label, test.asimov.verified)


def _observed_limit(test: AsymptoticTest, level: float, expected: float) -> float:
    def rise(poi: float) -> float:
        return math.log(1 - level) - math.log(max(test.cls(poi), SMALLEST_CLS))

    guess = max(test.best_fit, 0.0) + expected
    return _crossing(test, rise, guess, "observed limit", test.verified)


def _crossing(
    test: AsymptoticTest,
    function: Callable[[float], float],
    guess: float,
    label: str,
    verified: Callable[[float], bool],
) -> float:
    """Find the zero of a function that rises with the parameter of interest, from below 0; repeat
    if the fits there are not `verified`.
    """
    low, high = 0.0, min(1.1 * guess or 0.1 * test.upper_bound, test.upper_bound)
    while function(high) < 0:
        if high >= test.upper_bound:
            raise AboveBoundError(
                f"{label} on {test.poi}",
                f"it is above the upper bound of {test.poi}, {high:g}",
                f"raise the upper bound of {test.poi}, or scale the signal up",
            )
        low, high = high, min(2 * high, test.upper_bound)
    found = find_root(function, low, high, ACCURACY * high)
    return found if verified(found) else _crossing(test, function, guess, label, verified)


def _curve(test: AsymptoticTest, without: AsymptoticTest, end: float, points: int) -> CLsCurve:
    poi = np.linspace(0.0, min(end, test.upper_bound), points)
    return CLsCurve(
        poi,
        np.array([test.cls(value) for value in poi.tolist()]),
        np.array([without.expected_cls(value) for value in poi.tolist()]),
    )
