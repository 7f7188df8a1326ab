"""Checks of the names of plots, and of the figures and tables of a paper. Standard library only,
like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wollemi.analysis.plain.plot_eras import era_plots
from wollemi.analysis.plain.queries import (
    own_axes,
    region_variables,
    signal_samples,
    simulated_samples,
)
from wollemi.analysis.plain.region_groups import group_places, region_groups
from wollemi.analysis.plain.units import NONE, parsed_unit, unit_of_label
from wollemi.loading.model import edge_problems
from wollemi.plan.plan import Plan
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_plots(analysis: Analysis) -> list[str]:
    """Problems of names of plots, each as `path: problem`: equal names would be one file.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    plan = Plan(analysis, "")
    places = {
        (name, variable)
        for name, region in analysis.regions.items()
        for variable in region_variables(region)
    }
    places.update(group_places(analysis, region_groups(analysis)))
    others = [*plan.statistics_plots, *plan.template_plots, *plan.shape_plots, *plan.plane_plots]
    others += [*plan.efficiency_plots, *plan.correction_plots]
    others += [plot.name for plot in era_plots(analysis)]
    names = Counter([*others, *("_".join(place) for place in places)])
    return [
        f"scans: the plot {name} has the name of another one; rename the scan"
        if name in plan.drawn_by("plot_scans")
        else f"regions: two plots have the name {name}; rename a region or a variable"
        for name, number in sorted(names.items())
        if number > 1
    ]


def _efficiency_problems(analysis: Analysis, names: Sequence[str]) -> list[str]:
    regions, path = analysis.regions, "plots.efficiencies"
    problems = unknown_names(path, names, regions, "region")
    for name in names:
        if name not in regions:
            continue
        left_out = regions[name].n_minus_one
        known = set(region_variables(regions[name]))
        if not left_out:
            problems.append(
                f"{path}: {name} has no n_minus_one, which names cuts and the variables of their "
                "efficiency"
            )
        elif not known & {variable for names in left_out.values() for variable in names}:
            problems.append(
                f"{path}: {name} histograms no variable of its n_minus_one; add one to its monitor"
            )
    return problems


def check_chosen_plots(analysis: Analysis) -> list[str]:
    """Problems of `plots.shapes`, `plots.groups` and `plots.edges`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    plots = analysis.plots
    asked, variables = plots.shapes, analysis.variables
    simulated = simulated_samples(analysis)
    problems = [
        *unknown_names(
            "plots.shapes.regions", asked.regions if asked else (), analysis.regions, "region"
        ),
        *unknown_names(
            "plots.shapes.samples", (asked and asked.samples) or (), simulated, "simulated sample"
        ),
        *unknown_names(
            "plots.signal_to_background",
            plots.signal_to_background or (),
            signal_samples(analysis),
            "signal sample",
        ),
        *_efficiency_problems(analysis, plots.efficiencies or ()),
        *unknown_names("plots.edges", plots.edges or {}, variables, "variable"),
    ]
    groups = plots.groups or {}
    first: dict[str, str] = {}
    for name, group in groups.items():
        path, members = f"plots.groups.{name}", group.samples
        problems += unknown_names(f"{path}.samples", members, simulated, "simulated sample")
        problems += [
            f"{path}: sample {one} is in the group {first[one]}, too"
            for one in members
            if first.setdefault(one, name) != name
        ]
        if name in analysis.samples:
            problems.append(f"{path}: a sample has this name; rename the group")
    for name, edges in (plots.edges or {}).items():
        if name in own_axes(analysis):
            problems += edge_problems(f"plots.edges.{name}", edges, variables[name].plain)
    return problems


def check_limit_label(analysis: Analysis) -> list[str]:
    """Whether the label of limits ends in the limits' unit, as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    limits = analysis.limits
    unit = unit_of_label(analysis.plots.limit_y.label) if limits else None
    kind, size = parsed_unit(unit) if unit else (NONE, 1.0)
    if kind != "cross section":
        return []
    if not (limits and limits.cross_section_fraction):
        return [
            f"plots.limit_y.label: ends in [{unit}], and limits are on the signal strength; ask "
            "for limits.cross_section_fraction, or take the unit out"
        ]
    return [] if size == 1 else [f"plots.limit_y.label: ends in [{unit}], and limits are in pb"]


def check_paper(analysis: Analysis) -> list[str]:
    """Problems of `publication.paper`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    paper = analysis.publication.paper if analysis.publication else None
    if paper is None:
        return []
    plan, path, of = Plan(analysis, ""), "publication.paper", "of this analysis"
    return [
        *unknown_names(f"{path}.figures", paper.figures or (), plan.plot_names, f"plot {of}"),
        *unknown_names(f"{path}.tables", paper.tables or (), plan.table_names, f"table {of}"),
    ]
