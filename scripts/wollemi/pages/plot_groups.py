"""Groups of plots by region or group of regions."""

from collections.abc import Mapping, Sequence
from typing import Any

from wollemi.analysis.models.analysis import Analysis, Region
from wollemi.analysis.plain.plot_eras import EraPlot, era_plots
from wollemi.analysis.plain.region_groups import group_name, group_places, region_groups

CORRECTIONS = "correction_"  # prefix of the names of plots of measured corrections


def region_plots(
    regions: Mapping[str, Region],
    plots: Sequence[Mapping[str, Any]],
    eras: Sequence[EraPlot] = (),
) -> dict[str, list[Mapping[str, Any]]]:
    """Region → its plots, including plots of its variants without a cut.

    Args:
        regions: Regions of the analysis.
        plots: All plots, with their names.
        eras: Plots of single eras.
    """
    found = {}
    for name, region in regions.items():
        if region.without is None:
            variants = [other for other, item in regions.items() if item.derived_from == name]
            shown = {plot for one in (name, *variants) for plot in _plot_names(one, regions[one])}
            shown |= {plot.name for plot in eras if plot.region in (name, *variants)}
            found[name] = [plot for plot in plots if plot["name"] in shown]
    return found


def correction_plots(
    regions: Mapping[str, Region], plots: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Plots of measured corrections.

    Args:
        regions: Regions of the analysis.
        plots: All plots, with their names.
    """
    found = plot_groups(regions, plots, of_corrections=True).get("", [])
    return [plot for plot in found if plot["name"].startswith(CORRECTIONS)]


def group_plots(
    analysis: Analysis, plots: Sequence[Mapping[str, Any]]
) -> dict[str, list[Mapping[str, Any]]]:
    """Group of regions → its plots.

    Args:
        analysis: Analysis with its `regions` and `plots`.
        plots: All plots, with their names.
    """
    groups = region_groups(analysis)
    names: dict[str, set[str]] = {name: set() for name in groups}
    for group, variable in group_places(analysis, groups):
        place = f"{group}_{variable}"
        fitted = group_name(analysis, group, groups[group], variable)
        names[group] |= {place, f"plane_{place}", f"postfit_{fitted}"}
    for plot in era_plots(analysis):
        if plot.region in groups:
            names[plot.region].add(plot.name)
    return {name: [plot for plot in plots if plot["name"] in names[name]] for name in groups}


def plot_groups(
    regions: Mapping[str, Region],
    plots: Sequence[Mapping[str, Any]],
    sums: Mapping[str, list[Mapping[str, Any]]] | None = None,
    eras: Sequence[EraPlot] = (),
    of_corrections: bool = False,
) -> dict[str, list[Mapping[str, Any]]]:
    """Plots without a region, under the name "", then the plots of each region and each group of
    regions; each appears once.

    Args:
        regions: Regions of the analysis.
        plots: All plots, with their names.
        sums: Group of regions → its plots.
        eras: Plots of single eras.
        of_corrections: Whether to include plots of measured corrections, which have a section.
    """
    groups = region_plots(regions, plots, eras) | dict(sums or {})
    shown = {plot["name"] for group in groups.values() for plot in group}
    others = [
        plot
        for plot in plots
        if plot["name"] not in shown
        and (of_corrections or not plot["name"].startswith(CORRECTIONS))
    ]
    return {name: group for name, group in {"": others, **groups}.items() if group}


def _plot_names(name: str, region: Region) -> list[str]:
    return [
        f"postfit_{name}",
        *(f"postfit_{name}_{variable}" for variable in region.monitor),
        *(f"{name}_{variable}" for variable in (region.variable, *region.monitor)),
        *(f"plane_{name}_{variable}" for variable in (region.variable, *region.monitor)),
        *(f"shapes_{name}_{variable}" for variable in (region.variable, *region.monitor)),
        *(f"efficiency_{name}_{variable}" for variable in (region.variable, *region.monitor)),
    ]
