"""Extrapolated limits and significances as text."""

from wollemi.base.rounding import significant
from wollemi.results.extrapolation import (
    BriefExtrapolation,
    ExpectedExclusion,
    ExpectedPoint,
    ScenarioRules,
)
from wollemi.results.limit_floor import fewest_signal_events

RULES = {
    "constant": "as today",
    "scaled": "falling with the root of L",
    "halved": "halved",
    "none": "left out",
}
# The meaning of a mark at a limit, and of the formulae, for captions.
METHOD = (
    "Expected a priori: Asimov data of the nominal model, asymptotic formulae; limits in "
    "brackets are the 68 % range"
)


def rules_text(rules: ScenarioRules) -> str:
    """What becomes of the uncertainties: `systematics falling with the root of L down to 0.5 of
    today's, theory halved, MC statistics left out`.
    """
    parts = {"systematics": rules.systematics, **rules.groups, "MC statistics": rules.mc_statistics}
    floor = f" down to {rules.floor:g} of today's" if rules.floor > 0 else ""
    texts = {name: RULES[rule] + floor * (rule == "scaled") for name, rule in parts.items()}
    return ", ".join(f"{name} {text}" for name, text in texts.items())


def luminosity_text(luminosity_ifb: float) -> str:
    """`3,000 fb⁻¹`."""
    return f"{luminosity_ifb:,.6g} fb⁻¹"


def expected_text(found: ExpectedPoint) -> str:
    """The median limit on the signal strength with its 68 % range, `0.15 (0.11–0.22)`; those below
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
        "low, the asymptotic formulae fail"
    )


def exclusion_text(found: ExpectedExclusion) -> str:
    """What the median expected limits exclude."""
    value = found.expected[2]
    if value is not None:
        return f"up to {significant(value)}"
    if "expected" in found.beyond:
        return "all points"
    return "not quoted" if "expected" in found.not_quoted else "none at its end"
