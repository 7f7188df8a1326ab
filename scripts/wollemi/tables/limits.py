"""Tables of limits and significances."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from wollemi.pages.headlines import sigma_text
from wollemi.results.discovery import Discovery
from wollemi.results.discovery_text import METHOD as DISCOVERY_METHOD
from wollemi.results.discovery_text import (
    global_rows,
    largest_text,
    local_text,
    upcrossings_text,
)
from wollemi.results.extrapolation import BriefExtrapolation
from wollemi.results.frames import (
    BAND,
    discovery_frame,
    extrapolation_frame,
    limit_frame,
    region_limit_frame,
    significance_frame,
)
from wollemi.results.interpolation_text import METHOD as INTERPOLATED
from wollemi.results.interpolation_text import interpolation_texts
from wollemi.results.limit_text import (
    METHOD,
    edge_text,
    expected_text,
    low_text,
    luminosity_text,
    rules_text,
)
from wollemi.results.limits import BriefLimit, Interpolation, theory_note, toys_note
from wollemi.results.marks import BLINDED
from wollemi.results.region_limits import RegionLimits
from wollemi.results.region_limits_text import METHOD as REGION_METHOD
from wollemi.results.region_limits_text import region_notes, region_texts
from wollemi.results.significances import Significance
from wollemi.results.table import Table
from wollemi_likelihood.limit_floor import WORDS, fewest_signal_events

# Name of a sample or region → its label, with TeX between dollar signs.
Label = Callable[[str], str]


def limit_table(limits: Mapping[str, BriefLimit], level: float, label: Label) -> Table:
    """Upper limits on the signal strength, observed and expected; limits below any CLs limit have a
    dagger, as on the page.
    """
    titles = ("observed", *(f"expected {band}".replace("-", "−") for band in BAND))
    text = {}
    for name, item in limits.items():
        cells = [edge_text(item, edge) + "†" * (edge in item.too_low) for edge in WORDS]
        text[name] = dict(zip(titles, cells, strict=True))
    caption = f"{100 * level:g} % CLs upper limits on the signal strength"
    if any(item.too_low for item in limits.values()):
        caption += (
            f"; †: fewer than {fewest_signal_events(level):.1f} signal events, which no CLs "
            "limit can be"
        )
    if note := toys_note(limits):
        caption += f"; {note}; the errors are from the number of toys"
    if note := theory_note(limits):
        caption += f"; {note}"
    numbers = limit_frame(limits).assign(
        below_floor=[" ".join(item.too_low) for item in limits.values()]
    )
    return Table(caption, numbers, text_rows(text, "signal", label))


def interpolation_table(found: Interpolation, level: float) -> Table:
    """Limits between generated signals; the accuracy of the interpolation is in the caption."""
    table = limit_table(found.named, level, str)
    remarks = "; ".join(interpolation_texts(found))
    return replace(table, caption=f"{table.caption}. {INTERPOLATED}. {remarks}")


def extrapolation_table(found: BriefExtrapolation, level: float, label: Label) -> Table:
    """Expected limits and significances at other luminosities; limits below any CLs limit have a
    dagger, as on the page.
    """
    rows = [
        (signal, rules.name, item)
        for signal, results in found.signals.items()
        for rules in found.rules
        for item in results.scenarios[rules.name]
    ]
    text = [
        (
            f"{label(signal)}, {scenario}, {luminosity_text(item.luminosity_ifb)}",
            {
                "limit on the signal strength": expected_text(item),
                "significance": sigma_text(item.significance),
            },
        )
        for signal, scenario, item in rows
    ]
    scenarios = "; ".join(f"{rules.name}: {rules_text(rules)}" for rules in found.rules)
    caption = (
        f"Expected {100 * level:g} % CLs upper limits and significances. {METHOD}. {scenarios}"
    )
    if note := low_text(found, level):
        caption += f"; {note}"
    numbers = extrapolation_frame(found).assign(
        below_floor=[" ".join(item.below_floor) for _, _, item in rows]
    )
    return Table(caption, numbers, text_rows(text, "signal, scenario, luminosity"))


def significance_table(significances: Mapping[str, Significance], label: Label) -> Table:
    """Local significances, observed and expected for a signal strength of 1."""
    text = {
        name: {
            "observed": BLINDED if item.observed is None else sigma_text(item.observed),
            "expected": sigma_text(item.expected),
        }
        for name, item in significances.items()
    }
    return Table(
        "Local significances", significance_frame(significances), text_rows(text, "signal", label)
    )


def discovery_table(found: Discovery, label: Label) -> Table:
    """Local p-values and significances; the global one in the caption."""
    text = {
        name: {"observed": local_text(item), "expected": sigma_text(item.expected)}
        for name, item in found.ordered.items()
    }
    rows = (f"global, {title}: {value}" for title, value in global_rows(found).items())
    remarks = [f"Largest excess: {largest_text(found, label)}", *rows, upcrossings_text(found)]
    caption = f"Local p-values. {'; '.join(remarks)}. {DISCOVERY_METHOD}"
    return Table(caption, discovery_frame(found), text_rows(text, "signal", label))


def region_limit_table(found: RegionLimits, label: Label) -> Table:
    """Model-independent limits, in the form of HistFitter's table."""
    text = {name: region_texts(item, found.level) for name, item in found.regions.items()}
    caption = f"Model-independent limits at {100 * found.level:g} % CL (CLs). {REGION_METHOD}"
    if notes := region_notes(found):
        caption += f"; {notes}"
    numbers = region_limit_frame(found).assign(
        below_floor=[" ".join(item.below_floor) for item in found.regions.values()]
    )
    return Table(caption, numbers, text_rows(text, "signal region", label))


def text_rows(
    rows: Mapping[str, Mapping[str, str]] | Sequence[tuple[str, Mapping[str, str]]],
    index: str,
    label: Label = str,
) -> pd.DataFrame:
    """Cells of a table.

    Args:
        rows: Name of a row → column → cell, or pairs of both if names may repeat, as for samples
            with the same label.
        index: Title of the names.
        label: Function from a name to its label.
    """
    pairs = list(rows.items() if isinstance(rows, Mapping) else rows)
    names = [label(name) for name, _ in pairs]
    return pd.DataFrame([dict(cells) for _, cells in pairs], index=names).rename_axis(index)
