"""Groups of regions in tables: an additional column of selected events, and of yields."""

from collections.abc import Callable, Mapping

from wollemi.results.region_groups import overlap_text
from wollemi.results.summary import Summary
from wollemi.results.table import Table

SUMMED = ("selected", "yields")  # tables with a column for each group


def with_region_groups(summary: Summary) -> Summary:
    """A summary in which groups of regions follow the regions.

    Args:
        summary: Summary of a run.
    """
    groups = summary.region_groups
    if not groups:
        return summary
    selected = {name: group.selected for name, group in groups.items()}
    yields = {name: group.yields for name, group in groups.items() if group.yields}
    changes = {
        "selected": {**summary.selected, **selected},
        "yields": {**summary.yields, **yields},
    }
    return summary.model_copy(update=changes)


def with_overlaps(
    tables: Mapping[str, Table], summary: Summary, label: Callable[[str], str]
) -> dict[str, Table]:
    """Tables whose captions note where the regions of a group have events in common.

    Args:
        tables: Name → table.
        summary: Summary of the run.
        label: Function from a group to its label.
    """
    notes = [
        f"; {label(name)}: {overlap_text(group.in_several)}"
        for name, group in summary.region_groups.items()
        if group.in_several
    ]
    return {
        name: Table(table.caption + "".join(notes), table.numbers, table.text)
        if name in SUMMED
        else table
        for name, table in tables.items()
    }
