"""The HEPData table of expected limits and significances at other luminosities."""

from collections.abc import Sequence

from wollemi.results.extrapolation import Extrapolation
from wollemi.results.limit_text import rules_text
from wollemi_likelihood.limit_floor import fewest_signal_events
from wollemi_publish.hepdata.columns import NONE, Column, Content, bands, published


def extrapolation_table(
    content: Extrapolation, signals: Sequence[str], axis: Sequence[Column], poi: str
) -> Content:
    """Expected upper limits on the signal strength with their bands, and significances: one row per
    signal, scenario and luminosity.

    Args:
        content: Content of `extrapolation.json`.
        signals: Names of the signals with results, in the order of the axis.
        axis: Independent columns that distinguish the signals, one row each.
        poi: Name of the signal strength.
    """
    rows = [
        (place, rules_text(rules), item)
        for place, signal in enumerate(signals)
        for rules in content.rules
        for item in content.signals[signal].scenarios[rules.name]
    ]
    distinguished = [
        Column(column.name, [column.values[place] for place, _, _ in rows], column.unit)
        for column in axis
    ]
    found = [item for _, _, item in rows]
    level = f"{100 * content.level:g}%"
    limits = Column(
        f"Expected upper limit on {poi}",
        [published(item.median) for item in found],
        errors=bands([item.expected for item in found]),
        qualifiers={"Confidence level": level},
    )
    significances = Column(
        "Expected significance",
        [published(item.significance) for item in found],
        "standard deviations",
    )
    fewest = f"{fewest_signal_events(content.level):.1f}"
    low = [", ".join(item.below_floor).replace("_", " ") or NONE for item in found]
    floor = [Column(f"No limits: below {fewest} signal events", low)]
    return Content(
        [
            *distinguished,
            Column("Uncertainties", [text for _, text, _ in rows]),
            Column("Luminosity", [published(item.luminosity_ifb) for item in found], "fb$^{-1}$"),
        ],
        [limits, significances, *(floor if set(low) != {NONE} else [])],
    )
