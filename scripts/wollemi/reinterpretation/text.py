"""The results of a reinterpretation as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from wollemi_likelihood.limit_floor import WORDS

Json = Mapping[str, Any]


def report_text(found: Json) -> str:
    """The results of all signals as text.

    Args:
        found: Content of `reinterpretation.json`.
    """
    lines = [
        line
        for name, item in found["signals"].items()
        for line in _signal_lines(name, item, found["level"])
    ]
    lines += [f"warning: {text}" for text in found["warnings"]]
    if found["contour"]:
        lines += [
            f"contour, {name.replace('_', ' ')}: {text}"
            for name, text in found["contour"]["verdict"].items()
        ]
    return "".join(f"{line}\n" for line in lines)


def _signal_lines(name: str, item: Json, level: float) -> list[str]:
    lines, cls = _limit_lines(name, item["limit"], level), item["cls_at_1"]
    lines.append(f"  CLs at µ = 1: {_cls_text(cls, level)}expected {cls['expected'][2]:.4g}")
    for region, row in item["regions"].items():
        if row["yield"]:
            lines += _region_lines(region, row)
    for dataset, row in item["generator_cross_sections"].items():
        generator = (
            f"the generator finds {row['generator_pb']:.4g} ± {row['generator_error_pb']:.2g} pb"
        )
        lines.append(f"  cross section of {dataset}: {row['given_pb']:.4g} pb; {generator}")
    return lines


def _limit_lines(name: str, limit: Json | None, level: float) -> list[str]:
    if limit is None:
        return [f"{name}: no limit on µ, see the warnings"]
    low, median, high = limit["expected"][1:4]
    errors = _toy_errors(limit)
    observed = "" if limit["observed"] is None else f"observed {limit['observed']:.4g}{errors[0]}, "
    numbers = f"{observed}expected {median:.4g}{errors[1]} (68 %: {low:.3g}–{high:.3g})"
    lines = [f"{name}: {100 * level:g} % CLs upper limit on µ: {numbers}"]
    if limit["expected_pb"] is not None:
        observed = "" if limit["observed_pb"] is None else f"observed {limit['observed_pb']:.4g}, "
        lines.append(f"  in pb: {observed}expected {limit['expected_pb'][2]:.4g}")
    if "toys" in limit:
        lines.append(f"  from {limit['toys']['number']} toys of each hypothesis")
    too_low = [WORDS[edge] for edge in below_floor(limit)]
    if too_low:
        lines.append(
            f"  {', '.join(too_low)}: fewer signal events than any CLs limit can have, see "
            "docs/limits.md"
        )
    if "observed_outside_3_sigma" in limit:
        lines.append(
            f"  the observed limit is {limit['observed_outside_3_sigma']} ±3σ of the expected one"
        )
    return lines


def below_floor(limit: Json) -> list[str]:
    """Like `BriefLimit.too_low`, for a limit from an archive, perhaps made by another version."""
    known = [name for name, low in limit.get("asymptotic_too_low", {}).items() if low]
    return list(limit.get("below_floor", known))


def _toy_errors(limit: Json) -> tuple[str, str]:
    """Errors of the observed and the median limit from the number of toys; empty without toys."""
    if "toys" not in limit:
        return "", ""
    sizes = (limit["toys"]["observed_error"], limit["toys"]["expected_errors"][2])
    observed, expected = (f" ± {size:.2g}" if size else "" for size in sizes)
    return observed, expected


def limit_warnings(limits: Sequence[Json]) -> list[str]:
    """Warnings on limits beyond the bounds of the archive, and on signals without a limit.

    Args:
        limits: Content of each `limits.json`.
    """
    raised = [
        (name, item)
        for found in limits
        for name, item in found["limits"].items()
        if "poi_bound_raised_to" in item
    ]
    beyond = (
        "a limit is above the upper bound of the signal strength in the archive: searched up to"
    )
    texts = [f"{name}: {beyond} {item['poi_bound_raised_to']:g}" for name, item in raised]
    return texts + [
        f"{name}: no limit: {why}"
        for found in limits
        for name, why in found.get("left_out", {}).items()
    ]


def _cls_text(cls: Json, level: float) -> str:
    """CLs as text; empty if bins are blinded."""
    if "observed" not in cls:
        return ""
    return (
        f"{cls['observed']:.4g} ({'excluded' if cls['observed'] < 1 - level else 'not excluded'}), "
    )


def _region_lines(region: str, row: Json) -> list[str]:
    statistical = (
        "" if row["yield_statistical"] is None else f" ± {row['yield_statistical']:.2g} (stat)"
    )
    systematic = ""
    if row["yield_systematic_up"] is not None:
        systematic = (
            f" +{row['yield_systematic_up']:.2g} -{row['yield_systematic_down']:.2g} (syst)"
        )
    line = f"  {region}: {row['yield']:.4g}{statistical}{systematic} events"
    if row["acceptance_times_efficiency"] is None:
        return [line]
    return [f"{line},", f"    acceptance × efficiency {row['acceptance_times_efficiency']:.4g}"]


def cross_section_warnings(signals: Json) -> list[str]:
    """Warnings on given cross sections that are far from the generator's result.

    Args:
        signals: Description of the results by signal.
    """
    return [
        f"{name}: the cross section of {dataset} is given as {row['given_pb']:.4g} pb, but "
        "its generator finds "
        f"{row['generator_pb']:.4g} ± {row['generator_error_pb']:.2g} pb"
        for name, item in signals.items()
        for dataset, row in item["generator_cross_sections"].items()
        if row["differ"]
    ]
