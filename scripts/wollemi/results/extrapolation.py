"""`extrapolation.json`: expected limits and significances at other luminosities."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from wollemi.analysis.models.extrapolation import Rule
from wollemi.results.limits import Range, excluded_ranges, excluded_up_to, plain_range
from wollemi.results.product import FITS, OF_A_FIT, Five, Part, Product, Tolerance
from wollemi_likelihood.limit_floor import EDGES, MEDIAN, fewest_signal_events


class ScenarioRules(Part):
    """Treatment of the uncertainties in a scenario."""

    name: str = Field(description="name of the scenario")
    systematics: Rule = Field(description="all that `groups` does not name")
    groups: Mapping[str, Rule] = Field(description="group of uncertainties or systematic → rule")
    floor: float = Field(description="smallest factor on the size of a `scaled` one")
    mc_statistics: Rule = Field(description="statistical uncertainty of simulated templates")


class ExpectedPoint(Part):
    """Expected results at one luminosity."""

    luminosity_ifb: float = Field(description="luminosity in fb⁻¹")
    signal_events: float = Field(description="events at a signal strength of 1")
    expected: tuple[float, ...] = Five
    significance: float = Field(description="median for a signal strength of 1, in σ")
    below_floor: tuple[str, ...] = Field(
        default=(), description="limits that are below any CLs limit"
    )

    @property
    def median(self) -> float:
        """The median expected limit."""
        return self.expected[MEDIAN]


class SignalExtrapolation(Part):
    """Expected results of a signal."""

    point: float | None = Field(description="value on the axis of the limit plot; null: none")
    cross_section_pb: float | None = Field(
        description="cross section of a signal strength of 1; null: not asked for"
    )
    scenarios: Mapping[str, tuple[ExpectedPoint, ...]] = Field(
        description="scenario → expected results at each luminosity"
    )


class ExpectedExclusion(Part):
    """Where expected limits rise through 1 at one luminosity, on the axis of the limit plot."""

    luminosity_ifb: float = Field(description="luminosity in fb⁻¹")
    expected: tuple[float | None, ...] = Field(
        min_length=5,
        max_length=5,
        description=(
            "crossing of the limits at -2, -1, 0, +1, +2σ; null: not between the points, "
            "or not quoted"
        ),
    )
    beyond: tuple[str, ...] = Field(default=(), description="limits that are below 1 at all points")
    not_quoted: tuple[str, ...] = Field(
        default=(), description="crossings that would rest on a limit below any CLs limit"
    )
    at_floor: tuple[str, ...] = Field(
        default=(),
        description="members of `beyond` where a limit below any CLs limit counts as the lowest "
        "possible one",
    )
    ranges: tuple[Range, ...] | None = Field(
        default=None,
        description="ranges that the median excludes, where they are neither all points nor just "
        "everything below its end; null: open, up to the outermost point",
    )


class BriefExtrapolation(Part):
    """Expected limits and significances at other luminosities."""

    luminosity_ifb: float = Field(description="luminosity of the analysis in fb⁻¹")
    rules: tuple[ScenarioRules, ...] = Field(
        description=(
            "treatment of the uncertainties in each scenario, in the order of the analysis"
        )
    )
    signals: Mapping[str, SignalExtrapolation] = Field(description="signal → expected results")
    exclusion: Mapping[str, tuple[ExpectedExclusion, ...]] = Field(
        description="scenario → excluded range at each luminosity; empty without points"
    )
    poi: str = Field(default="mu", description="the parameter of interest, if it is not `mu`")
    scaled: Mapping[str, tuple[str, ...]] = Field(
        default={},
        description="parameter of interest → its samples, for signals that are fitted together",
    )

    def poi_of(self, signal: str) -> str:
        """The parameter of interest of one of the signals."""
        return signal if signal in self.scaled else self.poi


class Extrapolation(Product, BriefExtrapolation):
    """Expected limits and significances at other luminosities."""

    place = "extrapolation.json"
    about = "expected limits and significances at other luminosities"
    word = "extrapolation"
    tolerances = (Tolerance("*.significance", 1e-6, 1e-6, False, FITS), OF_A_FIT)
    section = "extrapolation"
    names = (("signals", "signal"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    level: float = Field(description="confidence level")
    left_out: Mapping[str, str] = Field(default={}, description="signal → why it has no results")


def expected_exclusion(
    points: Sequence[float], found: Sequence[ExpectedPoint], level: float
) -> ExpectedExclusion:
    """The exclusion at one luminosity. As for limits, an end that would rest on a limit below any
    CLs limit is not quoted.

    Args:
        points: Increasing values on the axis of the limit plot, shape (points,).
        found: Expected results at the points, at least one.
        level: Confidence level.
    """
    floors = [fewest_signal_events(level) / item.signal_events for item in found]
    ends: list[float | None] = []
    noted: dict[str, list[str]] = {"beyond": [], "not_quoted": [], "at_floor": []}
    for name, (place, _) in EDGES.items():
        strengths = [item.expected[place] for item in found]
        end = excluded_up_to(points, strengths)
        possible = [max(pair) for pair in zip(strengths, floors, strict=True)]
        around = (
            found[end[1] - 1 : end[1] + 1]
            if end
            else [item for item, strength in zip(found, strengths, strict=True) if strength < 1]
        )
        ends.append(end[0] if end else None)
        if end is None and max(possible) < 1:
            noted["beyond"].append(name)
            if any(name in item.below_floor for item in found):
                noted["at_floor"].append(name)
        elif any(name in item.below_floor for item in around):
            ends[-1] = None
            noted["not_quoted"].append(name)
    more: dict[str, object] = {key: tuple(names) for key, names in noted.items() if names}
    if not {"expected"} & {*noted["beyond"], *noted["not_quoted"]}:
        ranges = excluded_ranges(points, [item.expected[MEDIAN] for item in found])
        if ranges and not plain_range(ranges):
            more["ranges"] = ranges
    exclusion = ExpectedExclusion(luminosity_ifb=found[0].luminosity_ifb, expected=tuple(ends))
    return exclusion.noting(**more)


def exclusions(
    signals: Mapping[str, SignalExtrapolation], level: float
) -> dict[str, tuple[ExpectedExclusion, ...]]:
    """Scenario → exclusion at each luminosity; empty with fewer than two points.

    Args:
        signals: Signal → expected results.
        level: Confidence level.
    """
    placed = sorted((item.point, name) for name, item in signals.items() if item.point is not None)
    if len(placed) < 2:
        return {}
    points = [point for point, _ in placed]
    items = [signals[name] for _, name in placed]
    return {
        scenario: tuple(
            expected_exclusion(points, column, level)
            for column in zip(*(item.scenarios[scenario] for item in items), strict=True)
        )
        for scenario in items[0].scenarios
    }
