"""Checks of the names of plots, and of the figures and tables of a paper. Standard library only,
like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.plot_eras import era_plots
from wollemi.analysis.plain.queries import (
    as_list,
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
    Document = Mapping[str, Any]


def check_plots(document: Document) -> list[str]:
    """Problems of names of plots, each as `path: problem`: equal names would be one file.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    plan = Plan(document, "")
    places = {
        (name, variable)
        for name, region in document["regions"].items()
        for variable in region_variables(region)
    }
    places.update(group_places(document, region_groups(document)))
    others = [*plan.statistics_plots, *plan.template_plots, *plan.shape_plots, *plan.plane_plots]
    others += [*plan.efficiency_plots, *plan.correction_plots]
    others += [plot.name for plot in era_plots(document)]
    names = Counter([*others, *("_".join(place) for place in places)])
    return [
        f"scans: the plot {name} has the name of another one; rename the scan"
        if name in plan.drawn_by("plot_scans")
        else f"regions: two plots have the name {name}; rename a region or a variable"
        for name, number in sorted(names.items())
        if number > 1
    ]


def _efficiency_problems(document: Document, names: list[str]) -> list[str]:
    regions, path = document["regions"], "plots.efficiencies"
    problems = unknown_names(path, names, regions, "region")
    for name in names:
        left_out = (regions.get(name) or {}).get("n_minus_one") or {}
        known = set(region_variables(regions[name])) if name in regions else set()
        if name in regions and not left_out:
            problems.append(
                f"{path}: {name} has no n_minus_one, which names cuts and the variables of their "
                "efficiency"
            )
        elif name in regions and not known & {v for one in left_out.values() for v in as_list(one)}:
            problems.append(
                f"{path}: {name} histograms no variable of its n_minus_one; add one to its monitor"
            )
    return problems


def check_chosen_plots(document: Document) -> list[str]:
    """Problems of `plots.shapes`, `plots.groups` and `plots.edges`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    plots = document.get("plots") or {}
    asked, variables = plots.get("shapes") or {}, document["variables"]
    simulated = simulated_samples(document)
    problems = [
        *unknown_names(
            "plots.shapes.regions", as_list(asked.get("regions")), document["regions"], "region"
        ),
        *unknown_names(
            "plots.shapes.samples", as_list(asked.get("samples")), simulated, "simulated sample"
        ),
        *unknown_names(
            "plots.signal_to_background",
            as_list(plots.get("signal_to_background")),
            signal_samples(document),
            "signal sample",
        ),
        *_efficiency_problems(document, as_list(plots.get("efficiencies"))),
        *unknown_names("plots.edges", plots.get("edges") or {}, variables, "variable"),
    ]
    groups = plots.get("groups") or {}
    first: dict[str, str] = {}
    for name, group in groups.items():
        path, members = f"plots.groups.{name}", as_list(group.get("samples"))
        problems += unknown_names(f"{path}.samples", members, simulated, "simulated sample")
        problems += [
            f"{path}: sample {one} is in the group {first[one]}, too"
            for one in members
            if first.setdefault(one, name) != name
        ]
        if name in document["samples"]:
            problems.append(f"{path}: a sample has this name; rename the group")
    for name, edges in (plots.get("edges") or {}).items():
        if name in own_axes(document):
            problems += edge_problems(f"plots.edges.{name}", edges, variables[name])
    return problems


def check_limit_label(document: Document) -> list[str]:
    """Whether the label of limits ends in the limits' unit, as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    limits = document.get("limits") or {}
    label = ((document.get("plots") or {}).get("limit_y") or {}).get("label") or ""
    unit = unit_of_label(label) if document.get("limits") is not None else None
    kind, size = parsed_unit(unit) if unit else (NONE, 1.0)
    if kind != "cross section":
        return []
    if not limits.get("cross_section_fraction"):
        return [
            f"plots.limit_y.label: ends in [{unit}], and limits are on the signal strength; ask "
            "for limits.cross_section_fraction, or take the unit out"
        ]
    return [] if size == 1 else [f"plots.limit_y.label: ends in [{unit}], and limits are in pb"]


def check_paper(document: Document) -> list[str]:
    """Problems of `publication.paper`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    asked, plan = (document.get("publication") or {}).get("paper") or {}, Plan(document, "")
    known = {"figures": (plan.plot_names, "plot"), "tables": (plan.table_names, "table")}
    return [
        problem
        for key, (names, what) in known.items()
        for problem in unknown_names(
            f"publication.paper.{key}", as_list(asked.get(key)), names, f"{what} of this analysis"
        )
    ]
