"""`limits.json`: upper limits on the signal, curves of CLs and exclusions."""

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from pydantic import Field

from wollemi.analysis.models.theory import TheoryUncertainty
from wollemi.results.product import FITS, OF_A_FIT, TABLES, Five, Part, Product, Tolerance
from wollemi_likelihood.limit_floor import EDGES, IN_BRIEF, MEDIAN, fewest_signal_events

Side = Literal["up", "down"]
SIDES: tuple[Side, ...] = ("down", "up")
Range = tuple[float | None, float | None]


class TooLow(Part):
    """Whether the observed and the median expected limit are below any CLs limit."""

    observed: bool = Field(description="whether the observed limit is")
    expected: bool = Field(description="whether the median expected one is")


class OfToys(Part):
    """What limits from toys rest on."""

    number: int = Field(description="toys of each hypothesis at each signal strength")
    seed: tuple[int, ...] = Field(
        description="seed of their random numbers (numpy's `default_rng`)"
    )
    observed_error: float | None = Field(
        description="standard deviation of the observed limit from the number of toys; null: "
        "blinded"
    )
    expected_errors: tuple[float, ...] = Field(
        description="standard deviations of the expected limits"
    )


class Toys(OfToys):
    """What a limit from toys rests on, and what the asymptotic formulae give instead."""

    asymptotic_observed: float | None = Field(description="asymptotic limit; null: blinded")
    asymptotic_expected: tuple[float, ...] = Field(description="the expected ones")


class BriefLimit(Part):
    """The upper limit on the strength of a signal, without the curve."""

    point: float | None = Field(description="value on the axis of the limit plot; null: none")
    signal_events: float = Field(description="events at a signal strength of 1, before the fit")
    asymptotic_too_low: TooLow = Field(description="whether the asymptotic limits are too low")
    observed: float | None = Field(description="observed limit; null: blinded")
    expected: tuple[float, ...] = Five
    cross_section_pb: float | None = Field(
        description="cross section of a signal strength of 1; null: not asked for"
    )
    observed_pb: float | None = Field(description="the observed limit on the cross section")
    expected_pb: tuple[float, ...] | None = Field(description="the expected ones")
    below_floor: tuple[str, ...] = Field(
        default=(), description="limits among the six that are below any CLs limit"
    )
    observed_outside_3_sigma: Literal["below", "above"] | None = Field(
        default=None,
        description="side on which the observed limit is outside of ±3σ of the expected one",
    )
    poi_bound_raised_to: float | None = Field(
        default=None,
        description="upper end of the search for the limit, beyond the bounds of the model",
    )
    toys: Toys | None = Field(
        default=None, description="toys behind the limits and the curve; null: asymptotic"
    )
    theory_uncertainty: TheoryUncertainty | None = Field(
        default=None, description="relative uncertainty of the predicted cross section"
    )

    @property
    def too_low(self) -> tuple[str, ...]:
        """Limits below the CLs floor. Products of older versions mark only the observed and the
        median one.
        """
        known = {
            "observed": self.asymptotic_too_low.observed,
            "expected": self.asymptotic_too_low.expected,
        }
        return self.below_floor or tuple(name for name, low in known.items() if low)

    def toy_error(self, name: str) -> float | None:
        """Standard deviation of a limit from the number of toys, in signal strengths; None if it is
        asymptotic or blinded.

        Args:
            name: Name of the limit, a key of `wollemi_likelihood.limit_floor.WORDS`.
        """
        if self.toys is None:
            return None
        if name == "observed":
            return self.toys.observed_error
        return self.toys.expected_errors[EDGES[name][0]]


class Curve(Part):
    """CLs against the signal strength."""

    poi: tuple[float, ...] = Field(description="signal strengths")
    observed: tuple[float, ...] | None = Field(description="observed CLs there; null: blinded")
    expected: tuple[tuple[float, ...], ...] = Field(
        description="expected CLs at each, at -2, -1, 0, +1, +2σ"
    )


class SignalLimit(BriefLimit):
    """The upper limit on the strength of a signal."""

    curve: Curve = Field(description="CLs against the signal strength")


class InterpolatedLimit(BriefLimit):
    """The limit on a signal between two generated ones."""

    between: tuple[str, str] = Field(description="the generated signals around it")


class ClosureTest(Part):
    """A generated signal, and the same interpolated between its neighbors."""

    between: tuple[str, str] = Field(description="its neighbors")
    signal_events: float = Field(description="its events at a signal strength of 1")
    predicted_events: float = Field(description="the interpolated ones")
    expected: float = Field(description="median expected limit on its strength")
    predicted_expected: float = Field(description="expected limit of the interpolated signal")

    @property
    def limit_shift(self) -> float:
        """Relative error of the interpolated limit."""
        return self.predicted_expected / self.expected - 1

    @property
    def events_shift(self) -> float:
        """Relative error of the interpolated signal events."""
        return self.predicted_events / self.signal_events - 1


class Interpolation(Part):
    """Limits on signals between generated ones."""

    step: float = Field(description="largest distance of signals on the axis of the limit plot")
    limits: tuple[InterpolatedLimit, ...] = Field(description="limits in the order of the axis")
    closure: Mapping[str, ClosureTest] = Field(
        description="each generated signal between two others → its prediction by these"
    )
    left_out: Mapping[str, str] = Field(
        default={}, description="two neighbors → why there is nothing between them"
    )

    @property
    def named(self) -> dict[str, InterpolatedLimit]:
        """Position → limit: `between zprime_2000 and zprime_2500, at 2.25`, for example."""
        return {
            f"between {' and '.join(item.between)}, at {item.point:g}": item for item in self.limits
        }


class Exclusion(Part):
    """Where the limit on the signal strength rises through 1, on the axis of the limit plot."""

    observed: float | None = Field(
        description="null: blinded, not quoted, or no end between the points; then see `ranges`"
    )
    expected: float | None = Field(description="exclusion by the median expected limit")
    ranges: Mapping[str, tuple[Range, ...]] = Field(
        default={},
        description="`observed`, `expected` → excluded ranges, where they are not just everything "
        "below the end; null: open, up to the outermost point. An empty list: nowhere excluded",
    )
    not_quoted: tuple[str, ...] = Field(
        default=(), description="crossings that would rest on a limit below any CLs limit"
    )
    observed_theory_up: float | None = Field(
        default=None,
        description="the observed one if the predictions are larger by their uncertainty",
    )
    observed_theory_down: float | None = Field(
        default=None, description="the same if they are smaller"
    )


class Limits(Product):
    """The upper limits of an analysis."""

    place = "limits.json"
    about = "upper limits and curves of CLs"
    reader = TABLES
    word = "limits"
    tolerances = (
        Tolerance("*.curve.*", 1e-6, 1e-6, False, f"{FITS}; CLs are between 0 and 1"),
        OF_A_FIT,
    )
    section = "limits"
    names = (("limits", "signal"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    level: float = Field(description="confidence level")
    test_statistic: str = Field(description="`qtilde`")
    method: str = Field(
        description="`asymptotic`, `toys`, or `mixed`: each limit from toys has `toys`"
    )
    limits: Mapping[str, SignalLimit] = Field(description="signal → its limit")
    exclusion: Exclusion = Field(description="excluded range")
    poi: str = Field(default="mu", description="the parameter of interest, if it is not `mu`")
    left_out: Mapping[str, str] = Field(default={}, description="signal → why it has no limit")
    scaled: Mapping[str, tuple[str, ...]] = Field(
        default={},
        description="parameter of interest → its samples, for signals that are fitted together",
    )
    interpolation: Interpolation | None = Field(
        default=None, description="limits between the generated signals, if they are asked for"
    )


def method_of(limits: Collection[BriefLimit]) -> str:
    """Method of the limits, in one word."""
    from_toys = sum(limit.toys is not None for limit in limits)
    return "toys" if from_toys == len(limits) else "mixed" if from_toys else "asymptotic"


def floor_note(limits: Sequence[BriefLimit], level: float) -> str:
    """The meaning of a mark at a limit; empty if no quoted limit is below the floor."""
    if not any(set(IN_BRIEF) & set(limit.too_low) for limit in limits):
        return ""
    return (
        f"fewer than {fewest_signal_events(level):.1f} signal events: no CLs limit can be so "
        "low, the asymptotic formulae fail"
    )


def toys_note(limits: Mapping[str, BriefLimit]) -> str:
    """Text that names the limits from toys; empty without any."""
    found = [item.toys for item in limits.values() if item.toys]
    if not found:
        return ""
    numbers = " or ".join(str(number) for number in sorted({toys.number for toys in found}))
    names = [name for name, item in limits.items() if item.toys]
    which = "" if len(found) == len(limits) else f" ({', '.join(names)})"
    return (
        f"from {numbers} toys of each hypothesis{which}: too few events for the asymptotic formulae"
    )


def theory_note(limits: Mapping[str, BriefLimit]) -> str:
    """Text on the uncertainties of the predictions; empty without uncertainties."""
    names: dict[str, list[str]] = {}
    for name, item in limits.items():
        if item.theory_uncertainty:
            names.setdefault(_size_text(item.theory_uncertainty), []).append(name)
    whole = len(names) == 1 and sum(map(len, names.values())) == len(limits)
    parts = [text if whole else f"{text} ({', '.join(of)})" for text, of in names.items()]
    return f"uncertainty of the prediction, not in the model: {', '.join(parts)}" if parts else ""


def _size_text(sizes: TheoryUncertainty) -> str:
    up, down = (f"{100 * size:.3g}" for size in (sizes.up, sizes.down))
    return f"±{up} %" if up == down else f"+{up} % −{down} %"


def excluded_up_to(points: Sequence[float], strengths: Sequence[float]) -> tuple[float, int] | None:
    """Where the limit on the signal strength rises through 1, linear in its logarithm between
    points.

    Args:
        points: Increasing values on the axis of the limit plot, shape (points,).
        strengths: Limits on the signal strength at the points, shape (points,).

    Returns:
        Position of the last crossing and index of the point after it; None without a crossing
        between the points.
    """
    logarithms = [math.log(strength) for strength in strengths]
    for index in range(len(points) - 1, 0, -1):
        low, high = logarithms[index - 1], logarithms[index]
        if low <= 0 < high:
            return points[index - 1] + (points[index] - points[index - 1]) * low / (
                low - high
            ), index
    return None


def excluded_ranges(points: Sequence[float], strengths: Sequence[float]) -> tuple[Range, ...]:
    """Ranges where the limit on the signal strength is at most 1; ends as in `excluded_up_to`.

    Args:
        points: Increasing values on the axis of the limit plot, shape (points,).
        strengths: Limits on the signal strength at the points, shape (points,).

    Returns:
        Lower and upper end of each range; None for an end at the outermost point.
    """
    logarithms = [math.log(strength) for strength in strengths]
    ends: list[float | None] = [None] if logarithms[0] <= 0 else []
    for (left, low), (right, high) in pairwise(zip(points, logarithms, strict=True)):
        if (low <= 0) != (high <= 0):
            ends.append(left + (right - left) * low / (low - high))
    if logarithms[-1] <= 0:
        ends.append(None)
    return tuple(zip(ends[::2], ends[1::2], strict=True))


def plain_range(ranges: Sequence[Range]) -> bool:
    """Whether the excluded region is everything below one end, which then describes it fully."""
    return len(ranges) == 1 and ranges[0][0] is None and ranges[0][1] is not None


def theory_factor(limit: BriefLimit, side: Side) -> float:
    """The prediction shifted by one standard deviation of its uncertainty, in units of the nominal
    one; 1 without an uncertainty.
    """
    sizes = limit.theory_uncertainty
    if sizes is None:
        return 1.0
    return 1 + sizes.up if side == "up" else 1 - sizes.down


def exclusion(limits: Mapping[str, BriefLimit]) -> Exclusion:
    """Observed and expected exclusion on the axis of the limit plot; None without points.

    With uncertainties of the predictions also the observed one for predictions shifted up and down:
    since the model has no systematic for them, a prediction that is larger by a factor has a limit
    on its strength that is smaller by this factor.

    Args:
        limits: Signal → limit.

    Returns:
        Exclusion; an end that rests on an invalid limit below the floor is None and listed in
        `not_quoted`.
    """
    placed = sorted(
        ((item.point, item) for item in limits.values() if item.point is not None),
        key=lambda pair: pair[0],
    )
    points, items = [point for point, _ in placed], [item for _, item in placed]
    kinds = _strengths(items)
    known = {key: found for key, found in kinds.items() if points and len(found) == len(points)}
    crossings = {key: excluded_up_to(points, found) for key, found in known.items()}
    doubtful = tuple(
        key
        for key, found in known.items()
        if any(
            key.partition("_")[0] in item.too_low
            for item in _deciding(items, found, crossings[key])
        )
    )
    sound = {key: crossing for key, crossing in crossings.items() if key not in doubtful}
    ends = {key: crossing[0] if (crossing := sound.get(key)) else None for key in kinds}
    ranges = {key: excluded_ranges(points, known[key]) for key in sound if "_" not in key}
    unusual = {key: found for key, found in ranges.items() if not plain_range(found)}
    noted = {"not_quoted": doubtful, "ranges": unusual}
    return Exclusion.model_validate(ends | {key: value for key, value in noted.items() if value})


def _strengths(items: Sequence[BriefLimit]) -> dict[str, list[float]]:
    """Limits on the signal strength by kind, in the order of the items, without blinded ones."""
    observed = [item.observed for item in items if item.observed is not None]
    kinds = {"observed": observed, "expected": [item.expected[MEDIAN] for item in items]}
    if any(item.theory_uncertainty for item in items):
        for side in SIDES:
            factors = [theory_factor(item, side) for item in items]
            kinds[f"observed_theory_{side}"] = [
                limit / factor for limit, factor in zip(observed, factors, strict=False)
            ]
    return kinds


def _deciding(
    items: Sequence[BriefLimit], strengths: Sequence[float], crossing: tuple[float, int] | None
) -> Sequence[BriefLimit]:
    """Limits that an exclusion rests on: the neighbors of its end, else all excluded points."""
    if crossing:
        return items[crossing[1] - 1 : crossing[1] + 1]
    return [item for item, strength in zip(items, strengths, strict=True) if strength <= 1]
