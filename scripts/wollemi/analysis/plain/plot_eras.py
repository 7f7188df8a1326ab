"""Plots of single eras of data taking. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from wollemi.analysis.plain.queries import dataset_era, region_variables, sample_datasets
from wollemi.analysis.plain.region_groups import region_groups, shared_variables

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


class EraPlot(NamedTuple):
    """A plot before the fit, with the events of one era.

    Args:
        era: Name of the era.
        region: Name of the region, or of a group of regions.
        variable: Name of the variable.
    """

    era: str
    region: str
    variable: str

    @property
    def name(self) -> str:
        """Name of the plot; eras may contain characters that are unsuitable for files."""
        era = re.sub("[^A-Za-z0-9]+", "_", self.era).strip("_")
        return f"era_{era}_{self.region}_{self.variable}"


def plotted_eras(analysis: Analysis) -> list[str]:
    """Eras of the samples' datasets, in the order of the file."""
    found = [dataset_era(analysis, name) for name in sample_datasets(analysis)]
    return [era for era in dict.fromkeys(found) if era is not None]


def era_plots(analysis: Analysis) -> Iterator[EraPlot]:
    """Plots of `plots.eras`: one per region or group, variable and era."""
    regions, groups = analysis.regions, region_groups(analysis)
    for name in analysis.plots.eras or ():
        if name in groups:
            variables = shared_variables(analysis, groups[name])
        else:
            variables = region_variables(regions[name]) if name in regions else []
        for variable in variables:
            for era in plotted_eras(analysis):
                yield EraPlot(era, name, variable)
