"""Model-independent limits on the number of events of any signal in a region, with the background
from control regions: the discovery fit and the table of HistFitter (arXiv:1410.1280).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from wollemi_likelihood.asymptotics import AsymptoticTest, tail
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limit_floor import edges_below
from wollemi_likelihood.limits import Limit, upper_limit, with_upper_bound
from wollemi_likelihood.region_workspace import EVENTS, control_workspace, region_events
from wollemi_likelihood.results import Fit
from wollemi_likelihood.toys import Share, ToyLimit, background_tests, toys_of
from wollemi_likelihood.workspaces import Workspace
from wollemi_likelihood.yields import expected_uncertainty

# Minimum number of toys in a p-value; with fewer, the asymptotic one is quoted.
FEWEST_TOYS = 10


@dataclass(frozen=True)
class RegionToys:
    """Toys behind a limit, CLb and p0; observed values are None if blinded.

    Attributes:
        number: Number of toys per hypothesis and strength.
        seed: Seed of the random numbers.
        observed_error: Standard deviation of the observed limit.
        expected_errors: Standard deviations of the expected limits.
        asymptotic_observed: Asymptotic observed limit.
        asymptotic_expected: Asymptotic expected limits.
        clb_error: Standard deviation of CLb.
        p0_error: Standard deviation of p0; None if p0 is asymptotic, with too few toys.
    """

    number: int
    seed: tuple[int, ...]
    observed_error: float | None
    expected_errors: tuple[float, ...]
    asymptotic_observed: float | None
    asymptotic_expected: tuple[float, ...]
    clb_error: float | None
    p0_error: float | None


@dataclass(frozen=True)
class RegionLimit:
    """Limits on any signal in a region; observed values are None if blinded.

    Attributes:
        observed_events: Observed events.
        background: Expected background.
        background_error: Standard deviation of the background.
        observed: Observed limit in events.
        expected: Expected limits in events at -2 … +2σ.
        observed_fb: Observed limit on the visible cross section in fb.
        expected_fb: Expected limits on the visible cross section in fb.
        clb: CLb at the observed limit.
        p0: Probability of such an excess without signal.
        significance: Significance of p0.
        toys: Toys behind the limits; None for asymptotic limits.
        below_floor: Limits that are below any CLs limit.
        background_at_bounds: Parameters at a bound in the fit of the background.
    """

    observed_events: float | None
    background: float
    background_error: float
    observed: float | None
    expected: tuple[float, ...]
    observed_fb: float | None
    expected_fb: tuple[float, ...] | None
    clb: float | None
    p0: float | None
    significance: float | None
    toys: RegionToys | None = None
    below_floor: tuple[str, ...] = ()
    background_at_bounds: tuple[str, ...] = ()


class Background(NamedTuple):
    """Expected events of a region without signal, with their standard deviation.

    Attributes:
        events: Expected events.
        error: Standard deviation of the expected events.
        at_bounds: Parameters at a bound in the fit, whose contribution to the error is unknown.
    """

    events: float
    error: float
    at_bounds: tuple[str, ...] = ()


class Tests(NamedTuple):
    """CLb at the observed limit, and p0 with its significance; with errors if from toys."""

    clb: Share
    p0: Share
    significance: float


def background_of(workspace: Mapping[str, Any], region: str) -> Background:
    """Compute the background of a region from the fit to the control regions alone; parameters that
    only the region has keep their nominal values, with uncertainties.

    Args:
        workspace: Workspace from `region_workspace`.
        region: Name of the signal region.

    Raises:
        WollemiError: The control regions do not determine the background, or the fit failed.
    """
    likelihood = Likelihood.from_workspace(control_workspace(workspace, region))
    result = fit(likelihood)
    where = f"region_limits, region {region}"
    if not result.status.converged:
        problem = f"the fit to the control regions did not converge: {result.status.message}"
        raise WollemiError(where, problem, "look for degenerate parameters")
    free = _undetermined(likelihood, result, region)
    if free:
        problem = f"the control regions do not determine its background ({', '.join(free)})"
        raise WollemiError(where, problem, "add a control region, or a systematic for its size")
    if result.degenerate:
        problem = "the control regions do not tell its free parameters apart"
        raise WollemiError(where, problem, "add a control region")
    place = likelihood.index[EVENTS]
    values, covariance = result.values.copy(), result.covariance.copy()
    values[place] = covariance[place] = covariance[:, place] = 0.0
    events = float(likelihood.expected(values)[likelihood.channels[region]].sum())
    error = expected_uncertainty(likelihood, values, covariance).channels[region]
    at_bounds = tuple(name for name in result.status.at_bounds if name != EVENTS)
    return Background(events, error, at_bounds)


def _undetermined(likelihood: Likelihood, result: Fit, region: str) -> list[str]:
    """Free parameters of the region's background that the control regions do not constrain: they
    are degenerate with any signal.
    """
    values = result.values.copy()
    values[likelihood.index[EVENTS]] = 0.0
    bins = likelihood.channels[region]
    found = []
    for place, parameter in enumerate(likelihood.parameters):
        if parameter.constraint != "none" or parameter.fixed or parameter.name == EVENTS:
            continue
        moved = values.copy()
        moved[place] += 0.01
        change = likelihood.expected(moved) - likelihood.expected(values)
        if change[bins].any() and not np.delete(change, bins).any():
            found.append(parameter.name)
    return found


def asymptotic_tests(likelihood: Likelihood, limit: Limit) -> Tests:
    """Compute CLb at the observed limit, and p0, with asymptotic formulae.

    Args:
        likelihood: Likelihood of the model.
        limit: Limit of the model.
    """
    if limit.raised_to is not None:
        likelihood = with_upper_bound(likelihood, limit.raised_to)
    test = AsymptoticTest(likelihood, likelihood.data)
    root = math.sqrt(test.observed.q0())
    return Tests(Share(test.clb(limit.observed), 0.0), Share(tail(root), 0.0), root)


def toy_tests(
    likelihood: Likelihood, limit: Limit, thrown: ToyLimit, asymptotic: Tests
) -> tuple[Tests, bool]:
    """Compute CLb and p0 from toys, and whether enough toys have such an excess for p0.

    Args:
        likelihood: Likelihood of the model.
        limit: Asymptotic limit of the model.
        thrown: Limit of the model from toys.
        asymptotic: Asymptotic tests, for p0 if it has too few toys.
    """
    clb, p0 = background_tests(likelihood, thrown, limit.raised_to)
    if p0.value * thrown.number < FEWEST_TOYS:
        return asymptotic._replace(clb=clb), False
    return Tests(clb, p0, max(0.0, -NormalDist().inv_cdf(p0.value))), True


def region_limit(
    workspace: Mapping[str, Any],
    region: str,
    level: float,
    toys: int | None,
    luminosity_ifb: float | None,
) -> RegionLimit:
    """Compute the limit of a region on any signal.

    Args:
        workspace: Workspace from `region_workspace`.
        region: Name of the signal region.
        level: Confidence level.
        toys: Number of toys per hypothesis, for limits with too few events; None disables toys.
        luminosity_ifb: Luminosity in fb⁻¹; None without a visible cross section.

    Raises:
        WollemiError: The control regions do not determine the background, a limit was not found, or
            a fit failed.
    """
    background = background_of(workspace, region)
    likelihood = Likelihood.from_workspace(workspace)
    limit = upper_limit(likelihood, level)
    model = Workspace(region, workspace["measurements"][0]["name"], likelihood)
    blinded = model.blinded
    # The signal has one event at a strength of 1.
    thrown = toys_of(model, limit, 1.0, toys)
    tests = asymptotic_tests(likelihood, limit)
    found: Limit | ToyLimit = limit
    of_toys = None
    if thrown is not None:
        tests, enough = toy_tests(likelihood, limit, thrown, tests)
        found = thrown
        of_toys = _described_toys(limit, thrown, tests, enough, blinded)
    observed = None if blinded else found.observed
    low = [] if thrown else edges_below(observed, limit.expected, 1.0, level)
    return RegionLimit(
        observed_events=None if blinded else region_events(workspace, region),
        background=background.events,
        background_error=background.error,
        observed=observed,
        expected=tuple(found.expected),
        observed_fb=None if blinded or not luminosity_ifb else found.observed / luminosity_ifb,
        expected_fb=tuple(value / luminosity_ifb for value in found.expected)
        if luminosity_ifb
        else None,
        clb=None if blinded else tests.clb.value,
        p0=None if blinded else tests.p0.value,
        significance=None if blinded else tests.significance,
        toys=of_toys,
        below_floor=tuple(low),
        background_at_bounds=background.at_bounds,
    )


def _described_toys(
    limit: Limit, thrown: ToyLimit, tests: Tests, enough: bool, blinded: bool
) -> RegionToys:
    return RegionToys(
        number=thrown.number,
        seed=thrown.seed,
        observed_error=None if blinded else thrown.observed_error,
        expected_errors=thrown.expected_errors,
        asymptotic_observed=None if blinded else limit.observed,
        asymptotic_expected=tuple(limit.expected),
        clb_error=None if blinded else tests.clb.error,
        p0_error=tests.p0.error if enough and not blinded else None,
    )
