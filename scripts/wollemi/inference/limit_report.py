"""Describe a limit as written to `limits.json`."""

from collections.abc import Iterator

from wollemi.results.limits import Curve, SignalLimit, TooLow, Toys
from wollemi.results.toy_limits import FoundLimits
from wollemi_likelihood.limit_floor import WORDS, edges_below, fewest_signal_events
from wollemi_likelihood.limits import CLsCurve, Limit


def describe_limit(
    limit: Limit,
    point: float | None,
    cross_section_pb: float | None,
    events: float,
    blinded: bool = False,
    toys: FoundLimits | None = None,
) -> SignalLimit:
    """Describe a limit for the product.

    The asymptotic formulae ignore that limits have a floor: `asymptotic_too_low` flags the observed
    and the median limit, `below_floor` lists all of the six limits that are too low.

    Args:
        limit: Limit on the signal strength.
        point: Value on the axis of the limit plot.
        cross_section_pb: Cross section in pb at a signal strength of 1.
        events: Signal events at a signal strength of 1.
        blinded: Whether the observed limit is removed because blinded bins contain Asimov data.
        toys: Limits from toys, quoted instead if given.
    """
    observed = None if blinded else (toys or limit).observed
    expected = toys.expected if toys else tuple(limit.expected)
    below = [] if toys else edges_below(observed, limit.expected, events, limit.level)
    noted = {
        "below_floor": below or None,
        "observed_outside_3_sigma": None if blinded or toys else limit.outside,
        "poi_bound_raised_to": limit.raised_to,
        "toys": toys and _toys(limit, toys, blinded),
    }
    described = SignalLimit(
        point=point,
        signal_events=events,
        asymptotic_too_low=TooLow(observed="observed" in below, expected="expected" in below),
        observed=observed,
        expected=expected,
        curve=toys.curve if toys else described_curve(limit.curve, blinded),
        cross_section_pb=cross_section_pb,
        observed_pb=None
        if cross_section_pb is None or observed is None
        else observed * cross_section_pb,
        expected_pb=None
        if cross_section_pb is None
        else tuple(value * cross_section_pb for value in expected),
    )
    return described.noting(**{key: value for key, value in noted.items() if value is not None})


def described_curve(curve: CLsCurve, blinded: bool) -> Curve:
    """Describe the CLs curve for a product, without the observed one if it is blinded."""
    return Curve(
        poi=tuple(map(float, curve.poi)),
        observed=None if blinded else tuple(map(float, curve.observed)),
        expected=tuple(tuple(map(float, row)) for row in curve.expected),
    )


def _toys(limit: Limit, toys: FoundLimits, blinded: bool) -> Toys:
    return Toys(
        number=toys.number,
        seed=toys.seed,
        observed_error=None if blinded else toys.observed_error,
        expected_errors=toys.expected_errors,
        asymptotic_observed=None if blinded else limit.observed,
        asymptotic_expected=tuple(limit.expected),
    )


def warnings_of(limit: Limit, described: SignalLimit) -> Iterator[str]:
    """Yield warnings for the readers of a limit."""
    if limit.raised_to is not None:
        beyond = f"a limit is beyond the bounds of {limit.poi}"
        yield f"{beyond}: searched up to {limit.raised_to:g}"
    if described.below_floor:
        fewest = f"{fewest_signal_events(limit.level):.1f}"
        which = ", ".join(WORDS[name] for name in described.below_floor)
        floor = f"below {fewest} signal events, which no CLs limit can be"
        yield f"{floor}: {which}; see docs/limits.md"
    if described.observed_outside_3_sigma is not None:
        side = described.observed_outside_3_sigma.upper()
        yield f"THE OBSERVED LIMIT IS {side} ±3σ OF THE EXPECTED ONE"
