"""Texts on regions and on sums of regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wollemi_likelihood.base.errors import counted

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots


def region_labels(plots: Plots) -> Mapping[str, str]:
    """Labels of regions, if given, and of groups of regions.

    Args:
        plots: Section `plots`.
    """
    groups = plots.region_groups or {}
    return {**plots.regions, **{name: item.label or name for name, item in groups.items()}}


def overlap_text(events: int) -> str:
    """Note on the effect of events in several regions of a group on its sums.

    Args:
        events: Number of such events, in all files.
    """
    are = (
        "is in several of its regions and counts"
        if events == 1
        else ("are in several of its regions and count")
    )
    return (
        f"{counted(events, 'event', ',')} {are} in each of them; statistical "
        "uncertainties leave that out"
    )
