"""What is said of regions and of sums of them."""

from collections.abc import Mapping

from wollemi.analysis.models.plots import Plots


def region_labels(plots: Plots) -> Mapping[str, str]:
    """Labels of regions, as far as they are given, and of groups of regions.

    Args:
        plots: the section `plots`.
    """
    groups = plots.region_groups or {}
    return {**plots.regions, **{name: item.label or name for name, item in groups.items()}}


def overlap_text(events: int) -> str:
    """What events in several regions of a group do to its sums.

    Args:
        events: their number, in all files.
    """
    return (
        f"{events:,} events are in several of its regions and count in each of them; statistical "
        "uncertainties leave that out"
    )
