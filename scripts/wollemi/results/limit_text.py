"""Limits, exclusions, and results at other luminosities, in words."""

from collections.abc import Mapping, Sequence

from wollemi.base.rounding import decimals_for, significant, with_decimals, with_error
from wollemi.results.extrapolation import (
    BriefExtrapolation,
    ExpectedExclusion,
    ExpectedPoint,
    ScenarioRules,
)
from wollemi.results.limits import SIDES, BriefLimit, Exclusion, Interpolation, Range
from wollemi.results.marks import BLINDED
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.limit_floor import EDGES, MEDIAN, WORDS, fewest_signal_events

RULES = {
    "constant": "as today",
    "scaled": "falling with the root of L",
    "halved": "halved",
    "none": "left out",
}
# The meaning of a mark at a limit, and the method, for captions.
METHOD = (
    "Expected a priori: Asimov data of the nominal model, asymptotic formulae; limits in "
    "brackets are the 68 % range"
)


def rules_text(rules: ScenarioRules) -> str:
    """The treatment of the uncertainties: `systematics falling with the root of L down to 0.5 of
    today's, theory halved, MC statistics left out`.
    """
    parts = {"systematics": rules.systematics, **rules.groups, "MC statistics": rules.mc_statistics}
    floor = f" down to {rules.floor:g} of today's" if rules.floor > 0 else ""
    texts = {name: RULES[rule] + floor * (rule == "scaled") for name, rule in parts.items()}
    return ", ".join(f"{name} {text}" for name, text in texts.items())


def luminosity_text(luminosity_ifb: float) -> str:
    """Text such as `3,000 fb⁻¹`."""
    return f"{luminosity_ifb:,.6g} fb⁻¹"


def expected_text(found: ExpectedPoint) -> str:
    """The median limit on the signal strength with its 68 % range, `0.15 (0.11–0.22)`; limits below
    any CLs limit have a dagger.
    """
    names = ("expected_minus_1sigma", "expected", "expected_plus_1sigma")
    low, median, high = (
        significant(value) + "†" * (name in found.below_floor)
        for name, value in zip(names, found.expected[1:4], strict=True)
    )
    return f"{median} ({low}–{high})"


def low_text(found: BriefExtrapolation, level: float) -> str:
    """The meaning of the dagger; empty if no limit has it."""
    every = (points for item in found.signals.values() for points in item.scenarios.values())
    if not any(point.below_floor for points in every for point in points):
        return ""
    return (
        f"† fewer than {fewest_signal_events(level):.1f} signal events: no CLs limit can be so "
        "low, the asymptotic formulae fail; an exclusion of all points counts them as the floor"
    )


def expected_exclusion_text(found: ExpectedExclusion) -> str:
    """Range that the median expected limits exclude; a dagger if a limit counts as the floor."""
    if found.ranges:
        return ranges_text(found.ranges)
    value = found.expected[2]
    if value is not None:
        return f"up to {significant(value)}"
    if "expected" in found.beyond:
        return "all points" + "†" * ("expected" in found.at_floor)
    return "not quoted" if "expected" in found.not_quoted else "nowhere"


def edge_text(limit: BriefLimit, name: str, factor: float = 1.0) -> str:
    """A limit as text: `1.65`, or with the error from the number of toys, `4.2 ± 1.3`.

    Args:
        limit: Limit on a signal strength.
        name: Name of the limit: `observed`, or a key of `EDGES`. Limits at ±1σ and ±2σ are rounded
            to the digits that their error leaves, without the error.
        factor: Unit of the result, in signal strengths.
    """
    place = None if name == "observed" else EDGES[name][0]
    value = limit.observed if place is None else limit.expected[place]
    if value is None:
        return BLINDED
    error = limit.toy_error(name)
    if not error:
        return significant(factor * value)
    text = with_error(factor * value, factor * error)
    return text if place in (None, MEDIAN) else text.partition(" ±")[0]


def interpolation_rows(found: Interpolation) -> dict[str, dict[str, str]]:
    """Position on the axis of the limit plot → column → cell, for the interpolated signals."""
    return {
        f"{item.point:g}": {
            "between": " and ".join(item.between),
            "events": significant(item.signal_events),
            "observed": edge_text(item, "observed"),
            "expected": edge_text(item, "expected"),
            "no limits": ", ".join(WORDS[edge] for edge in item.too_low),
        }
        for item in found.limits
    }


def exclusion_text(
    limits: Mapping[str, BriefLimit], exclusion: Exclusion, level: float, prediction: str, x: str
) -> str:
    """Excluded part of the axis of the limit plot in words.

    Args:
        limits: Signal → limit.
        exclusion: Observed and expected value up to which the prediction is excluded.
        level: Confidence level.
        prediction: Name of the prediction.
        x: Label of the axis, with its unit in brackets.
    """
    axis, _, unit = x.partition("[")
    axis, unit = axis.strip(), unit.rstrip("] ")
    rests = f"rests on limits below {fewest_signal_events(level):.1f} signal events"
    ends = {key: _excluded(key, exclusion, limits, unit) for key in ("observed", "expected")}
    expected = ends["expected"] or f"not quoted, {rests}"
    if any(limit.observed is None for limit in limits.values()):
        return (
            f"exclusion of {prediction} at {100 * level:g} % CL {BLINDED} (expected for {axis}: "
            f"{expected})"
        )
    if ends["observed"] is None:
        return (
            f"exclusion of {prediction} at {100 * level:g} % CL not quoted, {rests} (expected: "
            f"{expected})"
        )
    found = f"{prediction} excluded at {100 * level:g} % CL"
    where = ends["observed"]
    if exclusion.ranges.get("observed") == ():
        found, where = f"{prediction} not excluded at {100 * level:g} % CL", "at any point"
    elif not where.startswith("at "):
        where = f"for {axis} {where}"
    found = f"{found} {where} (expected: {expected})"
    return f"{found}{theory_text(exclusion, unit)}"


def theory_text(exclusion: Exclusion, unit: str) -> str:
    """The observed exclusion for predictions shifted by their uncertainty; empty without
    uncertainties.

    Args:
        exclusion: Excluded part of the axis.
        unit: Unit of the axis of the limit plot.
    """
    ends = [
        _theory_end(exclusion, f"observed_theory_{side}", unit)
        for side in SIDES
        if f"observed_theory_{side}" in exclusion.model_fields_set
    ]
    return f"; {' and '.join(ends)} for −1σ and +1σ of the prediction" if ends else ""


def _theory_end(exclusion: Exclusion, kind: str, unit: str) -> str:
    place = getattr(exclusion, kind)
    if place is None:
        return "not quoted" if kind in exclusion.not_quoted else "not between the points"
    return f"below {_end_text(place)} {unit}".rstrip()


def _excluded(
    kind: str, exclusion: Exclusion, limits: Mapping[str, BriefLimit], unit: str
) -> str | None:
    """End of the exclusion with two significant digits, otherwise the number of excluded points;
    None if not quoted.
    """
    if kind in exclusion.not_quoted:
        return None
    if kind in exclusion.ranges:
        return ranges_text(exclusion.ranges[kind], unit)
    place = exclusion.observed if kind == "observed" else exclusion.expected
    if place is not None:
        return f"below {_end_text(place)} {unit}".rstrip()
    sound = [limit for limit in limits.values() if kind not in limit.too_low]
    strengths = [limit.observed if kind == "observed" else limit.expected[2] for limit in sound]
    return (
        f"at {sum(strength is not None and strength < 1 for strength in strengths)} of "
        f"{counted(len(limits), 'point')}"
    )


def ranges_text(ranges: Sequence[Range], unit: str = "") -> str:
    """Excluded ranges in words: `between 1.2 and 3.4 TeV and above 5.0 TeV`.

    Args:
        ranges: Ranges as in `limits.json`.
        unit: Unit of the axis.
    """
    texts = []
    for low, high in ranges:
        if low is not None and high is not None:
            text = f"between {_end_text(low)} and {_end_text(high)}"
        elif low is not None:
            text = f"above {_end_text(low)}"
        else:
            text = "at all points" if high is None else f"below {_end_text(high)}"
        texts.append(text if text == "at all points" else f"{text} {unit}".rstrip())
    return " and ".join(texts) or "at no point"


def _end_text(place: float) -> str:
    return with_decimals(place, decimals_for(abs(place)))
