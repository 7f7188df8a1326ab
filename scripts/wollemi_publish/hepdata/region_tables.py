"""The HEPData table of model-independent limits."""

from collections.abc import Mapping

from wollemi.results.marks import BLINDED
from wollemi.results.region_limits import RegionLimits
from wollemi_likelihood.limit_floor import MEDIAN, fewest_signal_events
from wollemi_publish.hepdata.columns import (
    NONE,
    Column,
    Content,
    bands,
    counts,
    published,
    symmetric,
)


def region_limit_table(content: RegionLimits, labels: Mapping[str, str]) -> Content:
    """Limits on events and visible cross section of any signal, CLb, p0 and its significance: one
    row per signal region.

    Args:
        content: Content of `region_limits.json`.
        labels: Label by region.
    """
    found = [*content.regions.values()]
    level = {"Confidence level": f"{100 * content.level:g}%"}

    def observed(name: str) -> list[float | int | str]:
        values = [getattr(item, name) for item in found]
        return [BLINDED if value is None else published(value) for value in values]

    columns = [
        Column("Observed events", counts([item.observed_events for item in found])),
        Column(
            "Background",
            [published(item.background) for item in found],
            errors=[symmetric("total", [item.background_error for item in found])],
        ),
        Column("Observed upper limit on signal events", observed("observed"), qualifiers=level),
        Column(
            "Expected upper limit on signal events",
            [published(item.expected[MEDIAN]) for item in found],
            errors=bands([item.expected for item in found]),
            qualifiers=level,
        ),
    ]
    visible = [item.expected_fb for item in found if item.expected_fb]
    if visible:
        name = "upper limit on the visible cross section"
        columns += [
            Column(f"Observed {name}", observed("observed_fb"), "fb", qualifiers=level),
            Column(
                f"Expected {name}",
                [published(row[MEDIAN]) for row in visible],
                "fb",
                errors=bands(visible),
                qualifiers=level,
            ),
        ]
    columns += [
        Column("CLb", observed("clb")),
        Column("p-value of the background alone", observed("p0")),
        Column("Significance", observed("significance"), "standard deviations"),
    ]
    low = [", ".join(item.below_floor).replace("_", " ") or NONE for item in found]
    fewest = f"{fewest_signal_events(content.level):.1f}"
    floor = [Column(f"No limits: below {fewest} signal events", low)]
    names = [labels.get(name, name) for name in content.regions]
    return Content(
        [Column("Signal region", names)], [*columns, *(floor if set(low) != {NONE} else [])]
    )
