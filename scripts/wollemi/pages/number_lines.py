"""Every number of a summary, rounded as in print, one per line of text, for acceptance tests."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from wollemi.base.rounding import significant, with_error
from wollemi.pages.headlines import (
    limit_name,
    limit_text,
    poi_symbol,
    sigma_text,
    significance_text,
    strength_text,
)
from wollemi.results.confidence_interval_text import interval_lines
from wollemi.results.discovery_text import discovery_lines
from wollemi.results.extrapolation import BriefExtrapolation
from wollemi.results.interpolation_text import interpolation_texts
from wollemi.results.limit_text import (
    expected_exclusion_text,
    expected_text,
    interpolation_rows,
    luminosity_text,
    ranges_text,
)
from wollemi.results.limits import Exclusion, Interpolation
from wollemi.results.marks import BLINDED
from wollemi.results.region_limits_text import region_lines
from wollemi.results.scan_text import estimates_text, interval_text
from wollemi.results.summary import ScanRow, SignalResult, ToyGoodness
from wollemi.results.toy_fit_text import toy_lines
from wollemi.results.toy_goodness import STATISTICS
from wollemi.results.toy_goodness_text import asymptotic_text, outcome_text
from wollemi.results.uncertainties import SignalUncertainties
from wollemi.results.uncertainty_text import contribution_texts, data_text
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.limit_floor import IN_BRIEF, WORDS

Values = Mapping[str, Any]


def number_lines(summary: Values) -> list[str]:
    """The lines, rounded much more coarsely than fits differ between machines.

    Args:
        summary: Entries `results`, `level`, `exclusion`, `yields`, `datasets` of `summary.json`,
            and those of `LINES`.
    """
    exclusion: Exclusion = summary["exclusion"] or Exclusion(observed=None, expected=None)
    ends = {"observed": exclusion.observed, "expected": exclusion.expected}
    lines = [
        line
        for name, item in summary["results"].items()
        for line in _signal(name, item, summary["level"])
    ]
    lines += [
        f"excluded up to {significant(value)} ({key})"
        for key, value in ends.items()
        if value is not None and key not in exclusion.ranges
    ]
    lines += [f"excluded {ranges_text(found)} ({key})" for key, found in exclusion.ranges.items()]
    lines += [
        f"excluded up to {significant(value)} (observed, prediction {name})"
        for name, value in (
            ("−1σ", exclusion.observed_theory_down),
            ("+1σ", exclusion.observed_theory_up),
        )
        if value is not None
    ]
    lines += [
        f"exclusion not quoted ({key}): it rests on limits below the floor of CLs"
        for key in exclusion.not_quoted
    ]
    for key, texts in LINES.items():
        lines += texts(summary[key]) if summary.get(key) else ()
    groups = summary.get("region_groups", {}).items()
    summed = {name: group["yields"] for name, group in groups if "yields" in group}
    yields = {**summary["yields"], **summed}
    lines += [line for region, item in yields.items() for line in _yields(region, item)]
    return lines + [
        line for name, item in summary["datasets"].items() for line in _cutflow(name, item)
    ]


def _signal(name: str, item: SignalResult, level: float) -> Iterator[str]:
    poi = poi_symbol(item.strength.name) if item.strength else "µ"
    if item.strength:
        yield f"{name}: {strength_text(item.strength)}"
    if item.significance:
        yield f"{name}: {significance_text(item.significance)}"
    if item.limit:
        low = [WORDS[edge] for edge in item.limit.too_low if edge in IN_BRIEF]
        note = f" (below the floor of CLs: {', '.join(low)})" if low else ""
        note += " (from toys)" if item.limit.toys else ""
        yield f"{name}: {limit_name(level)} on {poi}: {limit_text(item.limit)}{note}"
        if item.limit.cross_section_pb is not None:
            yield (
                f"{name}: {limit_name(level)} on the cross section: "
                f"{limit_text(item.limit, in_pb=True)}{note}"
            )


def _interpolated(found: Interpolation) -> Iterator[str]:
    for place, row in interpolation_rows(found).items():
        low = f" (below the floor of CLs: {row['no limits']})" if row["no limits"] else ""
        yield (
            f"interpolated at {place} between {row['between']}: observed {row['observed']}, "
            f"expected {row['expected']}{low}"
        )
    yield from interpolation_texts(found)


def _results(found: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for signal, lines in found.items():
        yield from (f"{signal}: {line}" for line in lines)


def _extrapolation(found: BriefExtrapolation) -> Iterator[str]:
    for signal, item in found.signals.items():
        for rules in found.rules:
            for point in item.scenarios[rules.name]:
                yield (
                    f"{signal}: {luminosity_text(point.luminosity_ifb)}, {rules.name}: expected "
                    f"limit {expected_text(point)}, significance {sigma_text(point.significance)}"
                )
    for scenario, exclusions in found.exclusion.items():
        for end in exclusions:
            name = f"{luminosity_text(end.luminosity_ifb)}, {scenario}"
            yield f"excluded at {name}: {expected_exclusion_text(end)}"


def _scans(rows: Iterable[ScanRow]) -> Iterator[str]:
    for row in rows:
        yield from _scan(row)


def _scan(row: ScanRow) -> Iterator[str]:
    name = f"{row.signal}: scan {row.scan}"
    if row.left_out is not None:
        yield f"{name}: none: {row.left_out}"
        return
    for kind, profile in (("observed", row.observed), ("expected", row.expected)):
        if profile is None:
            yield f"{name}: {kind} {BLINDED}"
            continue
        wide = f", {interval_text(profile.two_sigma)} at 2σ" if profile.two_sigma else ""
        yield f"{name}: {', '.join(row.parameters)} = {estimates_text(profile)}{wide} ({kind})"
    if row.failed:
        verb = "has" if row.failed == 1 else "have"
        yield f"{name}: {counted(row.failed, 'point')} {verb} no fit"


def _goodness(found: ToyGoodness) -> Iterator[str]:
    for name, title in STATISTICS.items():
        yield f"{found.fit}: goodness of fit, {title}: {outcome_text(found, name)}"
    if found.asymptotic:
        yield f"{found.fit}: goodness of fit, χ²: {asymptotic_text(found.asymptotic)}"


def _uncertainties(uncertainties: Mapping[str, SignalUncertainties]) -> Iterator[str]:
    for signal, found in uncertainties.items():
        for name, item in found.rows.items():
            texts = ", ".join(f"{text} {kind}" for kind, text in contribution_texts(item).items())
            yield f"{signal}: uncertainty, {name}: {texts} ({data_text(found)})"


# Key of the summary → its lines, in their order.
LINES: dict[str, Callable[[Any], Iterable[str]]] = {
    "result_lines": _results,
    "interpolation": _interpolated,
    "extrapolation": _extrapolation,
    "scans": _scans,
    "toy_goodness": _goodness,
    "uncertainties": _uncertainties,
    "toy_fits": toy_lines,
    "intervals": interval_lines,
    "discovery": discovery_lines,
    "region_limits": region_lines,
}


def _yields(region: str, item: Values) -> Iterator[str]:
    region += "" if item.get("fitted", True) else " (not fitted)"
    rows = [*((row["sample"], row) for row in item["rows"]), ("total", item["total"])]
    for name, row in rows:
        stages = {
            stage: with_error(row[stage]["sum"], row[stage]["error"])
            for stage in ("prefit", "postfit")
            if stage in row
        }
        yield f"{region}: {name}: {', '.join(f'{text} {stage}' for stage, text in stages.items())}"
    seen = item["observed"]
    events = f"{BLINDED} events" if seen is None else counted(seen, "event", "g")
    yield f"{region}: {events} observed"


def _cutflow(dataset: str, item: Values) -> Iterator[str]:
    yield from _cuts(f"{dataset} in skim", item["skim"])
    for region, lines in item["regions"].items():
        yield from _cuts(f"{dataset} in {region}", lines)


def _cuts(name: str, lines: Iterable[Values]) -> Iterator[str]:
    for line in lines:
        if line["sum"] is None:
            yield f"{name}: {line['cut']}: {BLINDED}"
            continue
        events = [] if line["events"] is None else [counted(line["events"], "event")]
        weighted = (
            [] if line["sum"] == line["events"] else [f"{significant(line['sum'], 4)} expected"]
        )
        yield f"{name}: {line['cut']}: {', '.join(events + weighted)}"
