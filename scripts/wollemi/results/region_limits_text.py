"""Model-independent limits as text."""

from wollemi.base.rounding import significant, with_decimals, with_error, with_errors
from wollemi.results.marks import BLINDED
from wollemi.results.region_limits import RegionLimit, RegionLimits
from wollemi_likelihood.limit_floor import MEDIAN, WORDS, fewest_signal_events

# The method, for captions.
METHOD = (
    "Each signal region is one bin, beside the control regions, with one signal event at a signal "
    "strength of 1 and none elsewhere. Background: from the fit to the control regions alone. "
    "Visible cross section: limit on the signal events over the luminosity. CLb is that of the "
    "observed limit; p(s=0) is at most 0.5"
)
NOTHING = "–"


def region_texts(found: RegionLimit, level: float) -> dict[str, str]:
    """Title → text of one region, in the form of HistFitter's table; titles contain TeX.

    Args:
        found: Limit of the region.
        level: Confidence level.
    """
    percent = f"{100 * level:g}"
    return {
        "observed events": BLINDED
        if found.observed_events is None
        else f"{found.observed_events:g}",
        "background": background_text(found),
        f"visible cross section$^{{{percent}}}_{{obs}}$ [fb]": visible_text(found),
        f"S$^{{{percent}}}_{{obs}}$": observed_text(found),
        f"S$^{{{percent}}}_{{exp}}$": expected_text(found),
        "CL$_{b}$": clb_text(found),
        "p(s=0) (Z)": p_value_text(found),
    }


def background_text(found: RegionLimit) -> str:
    """Background such as `5.2 ± 1.1`; a double dagger marks a fit with parameters at bounds."""
    return with_error(found.background, found.background_error) + "‡" * bool(
        found.background_at_bounds
    )


def visible_text(found: RegionLimit) -> str:
    """The observed limit on the visible cross section in fb."""
    if found.expected_fb is None:
        return NOTHING
    return BLINDED if found.observed_fb is None else significant(found.observed_fb)


def observed_text(found: RegionLimit) -> str:
    """The observed limit on the signal events; with a dagger below any CLs limit."""
    if found.observed is None:
        return BLINDED
    return significant(found.observed) + "†" * ("observed" in found.below_floor)


def expected_text(found: RegionLimit) -> str:
    """The median limit and its 68 % range, `5.6 +3.0 −1.8`; with a dagger below any CLs limit."""
    low, median, high = found.expected[MEDIAN - 1 : MEDIAN + 2]
    mark = "†" * bool({"expected_minus_1sigma", "expected"} & {*found.below_floor})
    sides = (high - median, median - low)
    text = with_errors(median, *sides) if min(sides) > 0 else significant(median)
    return text + mark


def clb_text(found: RegionLimit) -> str:
    """CLb with two decimals, for example `0.75`."""
    return BLINDED if found.clb is None else with_decimals(found.clb, 2)


def p_value_text(found: RegionLimit) -> str:
    """p-value and significance, `0.21 (0.81)`."""
    if found.p0 is None or found.significance is None:
        return BLINDED
    return f"{significant(found.p0, 2)} ({with_decimals(found.significance, 2)})"


def region_notes(found: RegionLimits) -> str:
    """Notes for a reader of the limits: limits from toys, the meaning of daggers, and regions
    without limits; empty without notes.
    """
    said = []
    thrown = {name: item.toys for name, item in found.regions.items() if item.toys}
    if thrown:
        numbers = " or ".join(sorted({str(toys.number) for toys in thrown.values()}))
        which = "" if len(thrown) == len(found.regions) else f" ({', '.join(thrown)})"
        said.append(f"from {numbers} toys{which}: too few events for the asymptotic formulae")
    low = {name for item in found.regions.values() for name in item.below_floor}
    if low & {"observed", "expected_minus_1sigma", "expected"}:
        fewest = f"{fewest_signal_events(found.level):.1f}"
        said.append(f"†: fewer than {fewest} signal events, which no CLs limit can be")
    said += [
        f"‡ {name}: the error of the background leaves out parameters at a bound of their range "
        f"({', '.join(item.background_at_bounds)})"
        for name, item in found.regions.items()
        if item.background_at_bounds
    ]
    said += [f"no limits in {name}: {reason}" for name, reason in found.left_out.items()]
    return "; ".join(said)


def region_lines(found: RegionLimits) -> list[str]:
    """All numbers of the regions, one region per line."""
    return [region_line(name, item, found.level) for name, item in found.regions.items()]


def region_line(name: str, found: RegionLimit, level: float) -> str:
    """All numbers of a region in one line."""
    toys = " (from toys)" if found.toys else ""
    low = ", ".join(WORDS[edge] for edge in found.below_floor)
    note = f" (below the floor of CLs: {low})" if low else ""
    bounds = ", ".join(found.background_at_bounds)
    note += f" (‡ at bounds: {bounds})" if bounds else ""
    events = region_texts(found, level)["observed events"]
    return (
        f"{name}: {events} events, background {background_text(found)}; {100 * level:g} % CLs "
        f"limit on signal events: observed {observed_text(found)}, expected "
        f"{expected_text(found)}, visible cross section {visible_text(found)} fb, CLb "
        f"{clb_text(found)}, p(s=0) {p_value_text(found)}{note}{toys}"
    )
