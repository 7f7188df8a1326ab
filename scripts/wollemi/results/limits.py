"""`limits.json`: upper limits on the signal, curves of CLs and what is excluded."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from pydantic import Field

from wollemi.analysis.models.theory import TheoryUncertainty
from wollemi.results.product import FITS, OF_A_FIT, TABLES, Five, Part, Product, Tolerance

Side = Literal["up", "down"]
SIDES: tuple[Side, ...] = ("down", "up")
MEDIAN = 2  # index of the median among the expected limits at -2, -1, 0, +1, +2σ


class TooLow(Part):
    """Whether the observed and the median expected limit are below any CLs limit."""

    observed: bool = Field(description="whether the observed limit is")
    expected: bool = Field(description="whether the median expected one is")


class OfToys(Part):
    """What limits from toys rest on."""

    number: int = Field(description="toys of each hypothesis at each signal strength")
    seed: tuple[int, ...] = Field(description="of their random numbers (numpy's `default_rng`)")
    observed_error: float | None = Field(
        description="standard deviation of the observed limit from the number of toys; null: "
        "blinded"
    )
    expected_errors: tuple[float, ...] = Field(description="those of the expected limits")


class Toys(OfToys):
    """What a limit from toys rests on, and what the asymptotic formulae give instead."""

    asymptotic_observed: float | None = Field(description="asymptotic limit; null: blinded")
    asymptotic_expected: tuple[float, ...] = Field(description="the expected ones")


class BriefLimit(Part):
    """The upper limit on the strength of a signal, without the curve."""

    point: float | None = Field(description="value on the axis of the limit plot; null: none")
    signal_events: float = Field(description="events at a signal strength of 1, before the fit")
    asymptotic_too_low: TooLow = Field(description="where the asymptotic formulae fail")
    observed: float | None = Field(description="observed limit; null: blinded")
    expected: tuple[float, ...] = Five
    cross_section_pb: float | None = Field(
        description="cross section of a signal strength of 1; null: not asked for"
    )
    observed_pb: float | None = Field(description="the observed limit on the cross section")
    expected_pb: tuple[float, ...] | None = Field(description="the expected ones")
    below_floor: tuple[str, ...] = Field(
        default=(), description="those of the six limits that are below any CLs limit"
    )
    observed_outside_3_sigma: Literal["below", "above"] | None = Field(
        default=None,
        description="on which side the observed limit is outside of ±3σ of the expected one",
    )
    poi_bound_raised_to: float | None = Field(
        default=None,
        description="how far the limit was searched for, beyond the bounds of the model",
    )
    toys: Toys | None = Field(
        default=None, description="if the limits and the curve are from toys: these"
    )
    theory_uncertainty: TheoryUncertainty | None = Field(
        default=None, description="relative uncertainty of the predicted cross section"
    )

    @property
    def too_low(self) -> tuple[str, ...]:
        """Names of those below any CLs limit; of a product made before each was judged, those known
        of.
        """
        known = {
            "observed": self.asymptotic_too_low.observed,
            "expected": self.asymptotic_too_low.expected,
        }
        return self.below_floor or tuple(name for name, low in known.items() if low)


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
    predicted_expected: float = Field(description="that of the interpolated signal")

    @property
    def limit_shift(self) -> float:
        """How far the interpolated limit is off, relative to that of the generated signal."""
        return self.predicted_expected / self.expected - 1

    @property
    def events_shift(self) -> float:
        """The same of the signal events."""
        return self.predicted_events / self.signal_events - 1


class Interpolation(Part):
    """Limits on signals between generated ones."""

    step: float = Field(description="largest distance of signals on the axis of the limit plot")
    limits: tuple[InterpolatedLimit, ...] = Field(description="in the order of the axis")
    closure: Mapping[str, ClosureTest] = Field(
        description="each generated signal between two others → its prediction by these"
    )
    left_out: Mapping[str, str] = Field(
        default={}, description="two neighbors → why there is nothing between them"
    )

    @property
    def named(self) -> dict[str, InterpolatedLimit]:
        """The limits by their places: `between zprime_2000 and zprime_2500, at 2.25`."""
        return {
            f"between {' and '.join(item.between)}, at {item.point:g}": item for item in self.limits
        }


class Exclusion(Part):
    """Where the limit on the signal strength rises through 1, on the axis of the limit plot."""

    observed: float | None = Field(description="null: nowhere, blinded, or not quoted")
    expected: float | None = Field(description="of the median expected limit")
    not_quoted: tuple[str, ...] = Field(
        default=(), description="those that would rest on a limit below any CLs limit"
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
    exclusion: Exclusion = Field(description="what is excluded")
    poi: str = Field(default="mu", description="the parameter of interest, if it is not `mu`")
    left_out: Mapping[str, str] = Field(default={}, description="signal → why it has no limit")
    scaled: Mapping[str, tuple[str, ...]] = Field(
        default={},
        description="of signals that are fitted together: parameter of interest → its samples",
    )
    interpolation: Interpolation | None = Field(
        default=None, description="limits between the generated signals, if they are asked for"
    )


def method_of(limits: Collection[BriefLimit]) -> str:
    """How limits were found, in a word."""
    from_toys = sum(limit.toys is not None for limit in limits)
    return "toys" if from_toys == len(limits) else "mixed" if from_toys else "asymptotic"


def toys_note(limits: Mapping[str, BriefLimit]) -> str:
    """Which limits are from toys; empty if none is."""
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
    """How well the predictions are known; empty without uncertainties."""
    names: dict[str, list[str]] = {}
    for name, item in limits.items():
        if item.theory_uncertainty:
            names.setdefault(_size_text(item.theory_uncertainty), []).append(name)
    whole = len(names) == 1 and sum(map(len, names.values())) == len(limits)
    told = [text if whole else f"{text} ({', '.join(of)})" for text, of in names.items()]
    return f"uncertainty of the prediction, not in the model: {', '.join(told)}" if told else ""


def _size_text(sizes: TheoryUncertainty) -> str:
    up, down = (f"{100 * size:.3g}" for size in (sizes.up, sizes.down))
    return f"±{up} %" if up == down else f"+{up} % −{down} %"


def excluded_up_to(points: Sequence[float], strengths: Sequence[float]) -> tuple[float, int] | None:
    """Where the limit on the signal strength rises through 1, linear in its logarithm between
    points.

    Args:
        points: increasing values on the axis of the limit plot.
        strengths: limits on the signal strength there.

    Returns:
        The last crossing and the index of the point after it; None if there is none between the
        points.
    """
    logarithms = [math.log(strength) for strength in strengths]
    for index in range(len(points) - 1, 0, -1):
        low, high = logarithms[index - 1], logarithms[index]
        if low <= 0 < high:
            return points[index - 1] + (points[index] - points[index - 1]) * low / (
                low - high
            ), index
    return None


def theory_factor(limit: BriefLimit, side: Side) -> float:
    """The prediction that is one standard deviation of its uncertainty larger or smaller, in units
    of the nominal one; 1 without an uncertainty.
    """
    sizes = limit.theory_uncertainty
    if sizes is None:
        return 1.0
    return 1 + sizes.up if side == "up" else 1 - sizes.down


def exclusion(limits: Mapping[str, BriefLimit]) -> Exclusion:
    """Observed and expected exclusion on the axis of the limit plot; None without points.

    With uncertainties of the predictions also the observed one for larger and smaller ones: a
    prediction that is larger by a factor has a limit on its strength that is smaller by it, as no
    systematic of the model stands for it.

    Args:
        limits: of each signal.

    Returns:
        Both; one that relies on a limit below the floor, which is not valid, is None and named in
        `not_quoted`.
    """
    placed = sorted(
        ((item.point, item) for item in limits.values() if item.point is not None),
        key=lambda pair: pair[0],
    )
    points = [point for point, _ in placed]
    expected = [item.expected[MEDIAN] for _, item in placed]
    observed = [item.observed for _, item in placed if item.observed is not None]
    kinds = {"observed": observed, "expected": expected}
    if any(item.theory_uncertainty for _, item in placed):
        for side in SIDES:
            factors = [theory_factor(item, side) for _, item in placed]
            kinds[f"observed_theory_{side}"] = [
                limit / factor for limit, factor in zip(observed, factors, strict=False)
            ]
    found = {
        key: excluded_up_to(points, strengths) if len(strengths) == len(points) else None
        for key, strengths in kinds.items()
    }
    around = {
        key: [item for _, item in placed[end[1] - 1 : end[1] + 1]]
        for key, end in found.items()
        if end
    }
    doubtful = tuple(
        key
        for key, items in around.items()
        if any(key.partition("_")[0] in item.too_low for item in items)
    )
    ends = {key: end[0] if end and key not in doubtful else None for key, end in found.items()}
    quoted = Exclusion.model_validate(ends)
    return quoted.noting(not_quoted=doubtful) if doubtful else quoted
