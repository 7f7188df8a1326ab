"""The HEPData table of a scan for an excess."""

from collections.abc import Sequence

from wollemi.results.discovery import Discovery
from wollemi.results.discovery_text import global_rows
from wollemi.results.marks import BLINDED
from wollemi_publish.hepdata.columns import Column, Content, published


def discovery_table(content: Discovery, axis: Sequence[Column]) -> Content:
    """Local p-values and significances, one row per signal; the global p-value is a qualifier.

    Args:
        content: Content of `discovery.json`.
        axis: Independent columns that distinguish the signals, one row each.
    """
    found = [*content.ordered.values()]

    def observed(name: str) -> list[float | int | str]:
        values = [getattr(item, name) for item in found]
        return [BLINDED if value is None else published(value) for value in values]

    global_values = {
        f"Global p-value, {title}": text for title, text in global_rows(content).items()
    }
    return Content(
        [*axis],
        [
            Column("Local p-value", observed("p_value"), qualifiers=global_values),
            Column("Local significance", observed("significance"), "standard deviations"),
            Column(
                "Expected significance",
                [published(item.expected) for item in found],
                "standard deviations",
            ),
        ],
    )
