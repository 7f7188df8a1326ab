"""Checks of the axes of variables. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from wollemi.analysis.plain.categories import numbered_categories
from wollemi.analysis.plain.merged_flow import KEY as MERGE_FLOW
from wollemi.analysis.plain.merged_flow import merge_problem
from wollemi.analysis.plain.queries import (
    axes_of,
    fitted_regions,
    own_axes,
    variable_edges,
)
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis, Variable

BINNINGS = ("bins", "log_bins", "edges")
MOST_BINS = 10_000  # product of all axes; also the limit for one axis


def check_axes(analysis: Analysis) -> list[str]:
    """Problems of variables with one or several axes, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    own = own_axes(analysis)
    problems = [one for name, item in own.items() for one in _own_problems(name, item)]
    together = {name: item for name, item in analysis.variables.items() if name not in own}
    for name, item in together.items():
        problems += _together_problems(analysis, name, item)
    named = {name for name, item in own.items() if item.categories}
    problems += [
        f"variables.{name}.{MERGE_FLOW}: {merge_problem(analysis.plain, name)}"
        for name, item in analysis.variables.items()
        if MERGE_FLOW in item.plain
    ]
    return [
        *problems,
        *(_use_problems(analysis, set(together)) if together else ()),
        *(_category_problems(analysis, named) if named else ()),
    ]


def _own_problems(name: str, variable: Variable) -> Iterator[str]:
    """Problems of a variable with a single axis."""
    path, plain = f"variables.{name}", variable.plain
    if "expression" not in plain:
        yield f"{path}.expression: is missing"
    if variable.categories:
        written = numbered_categories(variable.categories)
        yield from (
            f"{path}.{key}: a variable with categories has none; remove it"
            for key in ("expression", *BINNINGS, "unit")
            if key in plain and plain[key] != written.get(key)
        )
        return
    edges, given = variable.edges, [key for key in BINNINGS if plain.get(key)]
    if len(given) != 1:
        yield (
            f"{path}: give exactly one of bins, log_bins, edges (found "
            f"{', '.join(given) or 'none'})"
        )
    if edges and list(edges) != sorted(set(edges)):
        yield f"{path}.edges: must increase"
    for key in ("bins", "log_bins"):
        number, lower, upper = plain.get(key) or (1, 0, 1)
        if number < 1 or lower >= upper:
            yield (
                f"{path}.{key}: {plain[key]}: needs at least one bin, and a lower "
                "edge below the upper one"
            )


def _together_problems(analysis: Analysis, name: str, item: Variable) -> list[str]:
    """Problems of a variable with several axes."""
    path, names, own = f"variables.{name}", item.axes, own_axes(analysis)
    problems = [
        f"{path}.{key}: a variable with axes takes it from these; remove it"
        for key in item.plain
        if key != "axes"
    ]
    problems += unknown_names(f"{path}.axes", names, analysis.variables, "variable")
    problems += [
        f"{path}.axes: '{axis}' has axes itself; name those"
        for axis in names
        if axis in analysis.variables and axis not in own
    ]
    axes = [own[axis] for axis in names if axis in own]
    if len({axis.per for axis in axes}) > 1:
        problems.append(f"{path}.axes: some have one entry per event, others one per object")
    bins = prod(max(len(variable_edges(axis.plain)) - 1, 1) for axis in axes)
    if bins > MOST_BINS:
        problems.append(f"{path}.axes: {bins} bins together; there can be {MOST_BINS}")
    return problems


def _use_problems(analysis: Analysis, together: set[str]) -> Iterator[str]:
    """Uses of variables with several axes that need a single axis."""
    regions, fitted = analysis.regions, fitted_regions(analysis)
    of_region = {name: regions[name].variable for name in fitted if name in regions}
    in_fit = [name for name, variable in of_region.items() if variable in together]
    plots, edges = analysis.plots, analysis.model.fit_edges if analysis.model else {}
    coarser = "has several axes; give the variables on them other bins"
    for path, names in (
        ("plots.edges", plots.edges or ()),
        ("model.fit_edges", {of_region[name] for name in edges if name in of_region}),
    ):
        yield from (f"{path}: '{name}' {coarser}" for name in sorted(together & set(names)))
    yield from (
        f"plots.log_x: '{name}' has several axes, which are drawn as numbered bins; remove it"
        for name in plots.log_x
        if name in together
    )
    yield from (
        f"blinding.windows.{name}: has several axes; give windows of "
        f"{' or '.join(axes_of(analysis, name))}"
        for name in (analysis.blinding.windows if analysis.blinding else ())
        if name in together
    )
    for name, dataset in analysis.datasets.items():
        yield from (
            f"datasets.{name}.histograms.{region}: its variable has several axes; a TH1 has one"
            for region in dataset.histograms or ()
            if region in regions and regions[region].variable in together
        )
    if in_fit and analysis.limits and analysis.limits.interpolation:
        yield (
            f"limits.interpolation: the variable of {in_fit[0]} has several axes, along which "
            "nothing is interpolated; remove it"
        )
    for name, systematic in analysis.systematics.items():
        acts = [one for one in in_fit if one in (systematic.regions or in_fit)]
        if getattr(systematic, "smoothing", None) and acts:
            yield (
                f"systematics.{name}.smoothing: the variable of {acts[0]} has several axes, and "
                "neighbors of numbered bins are none; remove it, or name other regions"
            )


def _category_problems(analysis: Analysis, named: set[str]) -> Iterator[str]:
    """Uses of variables with categories that need an axis of numbers."""
    regions, plots = analysis.regions, analysis.plots
    of_region = {
        name: regions[name].variable for name in fitted_regions(analysis) if name in regions
    }
    in_fit = [name for name, variable in of_region.items() if variable in named]
    joined = set(analysis.model.fit_edges if analysis.model else ()) & set(in_fit)
    for path, found in (
        ("plots.edges", named & set(plots.edges or ())),
        ("plots.log_x", named & set(plots.log_x)),
        ("model.fit_edges", {of_region[name] for name in joined}),
    ):
        yield from (f"{path}: '{name}' has categories; remove it" for name in sorted(found))
    yield from (
        f"blinding.windows.{name}: has categories; blind regions, or windows of other variables"
        for name in sorted(named & set(analysis.blinding.windows if analysis.blinding else ()))
    )
    if in_fit and analysis.limits and analysis.limits.interpolation:
        yield (
            f"limits.interpolation: the variable of {in_fit[0]} has categories, along which "
            "nothing is interpolated; remove it"
        )
    for name, systematic in analysis.systematics.items():
        acts = [one for one in in_fit if one in (systematic.regions or in_fit)]
        if getattr(systematic, "smoothing", None) and acts:
            yield (
                f"systematics.{name}.smoothing: the variable of {acts[0]} has categories, and "
                "neighbors among them are none; remove it, or name other regions"
            )
