"""`limits.json`: upper limits on the signal, curves of CLs and what is excluded."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from wollemi.results.product import FITS, OF_A_FIT, TABLES, Five, Part, Product, Tolerance


class TooLow(Part):
    """Which of the two limits that are quoted first are below any CLs limit."""

    observed: bool = Field(description="whether the observed limit is")
    expected: bool = Field(description="whether the median expected one is")


class BriefLimit(Part):
    """The upper limit on the strength of a signal, without the curve."""

    point: float | None = Field(description="value on the axis of the limit plot; null: none")
    signal_events: float = Field(description="events at a signal strength of 1, before the fit")
    asymptotic_too_low: TooLow = Field(description="where the asymptotic formulae fail")
    observed: float | None = Field(description="observed limit; null: blinded")
    expected: tuple[float, ...] = Five
    cross_section_pb: float | None = Field(description="cross section of a signal strength of 1; null: not asked for")
    observed_pb: float | None = Field(description="the observed limit on the cross section")
    expected_pb: tuple[float, ...] | None = Field(description="the expected ones")
    below_floor: tuple[str, ...] = Field(default=(), description="those of the six limits that are below any CLs limit")
    observed_outside_3_sigma: Literal["below", "above"] | None = Field(
        default=None, description="on which side the observed limit is outside of ±3σ of the expected one"
    )
    poi_bound_raised_to: float | None = Field(
        default=None, description="how far the limit was searched for, beyond the bounds of the model"
    )


class Curve(Part):
    """CLs against the signal strength."""

    poi: tuple[float, ...] = Field(description="signal strengths")
    observed: tuple[float, ...] | None = Field(description="observed CLs there; null: blinded")
    expected: tuple[tuple[float, ...], ...] = Field(description="expected CLs at each, at -2, -1, 0, +1, +2σ")


class SignalLimit(BriefLimit):
    """The upper limit on the strength of a signal."""

    curve: Curve = Field(description="CLs against the signal strength")


class Exclusion(Part):
    """Where the limit on the signal strength rises through 1, on the axis of the limit plot."""

    observed: float | None = Field(description="null: nowhere, blinded, or not quoted")
    expected: float | None = Field(description="of the median expected limit")
    not_quoted: tuple[str, ...] = Field(default=(), description="those that would rest on a limit below any CLs limit")


class Limits(Product):
    """The upper limits of an analysis."""

    place = "limits.json"
    about = "upper limits and curves of CLs"
    reader = TABLES
    word = "limits"
    tolerances = (Tolerance("*.curve.*", 1e-6, 1e-6, False, f"{FITS}; CLs are between 0 and 1"), OF_A_FIT)
    section = "limits"
    names = (("limits", "signal"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    level: float = Field(description="confidence level")
    test_statistic: str = Field(description="`qtilde`")
    method: str = Field(description="`asymptotic`")
    limits: Mapping[str, SignalLimit] = Field(description="signal → its limit")
    exclusion: Exclusion = Field(description="what is excluded")
    left_out: Mapping[str, str] = Field(default={}, description="signal → why it has no limit")
