"""Groups of regions: regions that plots and tables show as one. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from wollemi.analysis.plain.queries import fitted_regions, region_variables

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def region_groups(analysis: Analysis) -> dict[str, list[str]]:
    """Group → its regions, in the order of the file."""
    groups = analysis.plots.region_groups or {}
    return {name: list(group.regions) for name, group in groups.items()}


def shared_variables(analysis: Analysis, regions: Sequence[str]) -> list[str]:
    """Variables that all of some regions histogram, in the order of the first region; unknown
    regions are left to the checks.
    """
    every = analysis.regions
    known = [region_variables(every[name]) for name in regions if name in every]
    return [name for name in known[0] if all(name in names for names in known)] if known else []


def group_places(analysis: Analysis, groups: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Each group with its variables.

    Args:
        analysis: Analysis with its regions.
        groups: Group → its regions.
    """
    return [
        (name, variable)
        for name, regions in groups.items()
        for variable in shared_variables(analysis, regions)
    ]


def is_own(analysis: Analysis, regions: Sequence[str], variable: str) -> bool:
    """Whether a variable is the main one of each of some regions, so that it shows their yields."""
    every = analysis.regions
    return all(every[name].variable == variable for name in regions if name in every)


def is_fitted(analysis: Analysis, region: str, variable: str) -> bool:
    """Whether the fit uses a variable of a region."""
    return region in fitted_regions(analysis) and is_own(analysis, [region], variable)


def group_name(analysis: Analysis, group: str, regions: Sequence[str], variable: str) -> str:
    """Name of a variable of a group on plots after the fit: the group's name, if it is the main
    variable of all its regions.
    """
    return group if is_own(analysis, regions, variable) else f"{group}_{variable}"
