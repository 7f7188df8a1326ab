"""Checks of the axes of variables. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.categories import numbered_categories
from wollemi.analysis.plain.merged_flow import KEY as MERGE_FLOW
from wollemi.analysis.plain.merged_flow import merge_problem
from wollemi.analysis.plain.queries import (
    as_list,
    axes_of,
    fitted_regions,
    own_axes,
    variable_edges,
)
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]

BINNINGS = ("bins", "log_bins", "edges")
MOST_BINS = 10_000  # product of all axes; also the limit for one axis


def check_axes(document: Document) -> list[str]:
    """Problems of variables with one or several axes, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    own = own_axes(document)
    problems = [one for name, item in own.items() for one in _own_problems(name, item)]
    together = {name: item for name, item in document["variables"].items() if name not in own}
    for name, item in together.items():
        problems += _together_problems(document, name, item)
    named = {name for name, item in own.items() if item.get("categories")}
    problems += [
        f"variables.{name}.{MERGE_FLOW}: {merge_problem(document, name)}"
        for name, item in document["variables"].items()
        if MERGE_FLOW in item
    ]
    return [
        *problems,
        *(_use_problems(document, set(together)) if together else ()),
        *(_category_problems(document, named) if named else ()),
    ]


def _own_problems(name: str, variable: Mapping[str, Any]) -> Iterator[str]:
    """Problems of a variable with a single axis."""
    path = f"variables.{name}"
    yield from (
        f"{path}.{key}: is missing" for key in ("expression", "label") if key not in variable
    )
    if variable.get("categories"):
        written = numbered_categories(variable["categories"])
        yield from (
            f"{path}.{key}: a variable with categories has none; remove it"
            for key in ("expression", *BINNINGS, "unit")
            if key in variable and variable[key] != written.get(key)
        )
        return
    edges = variable.get("edges")
    given = [key for key in BINNINGS if variable.get(key)]
    if len(given) != 1:
        yield (
            f"{path}: give exactly one of bins, log_bins, edges (found "
            f"{', '.join(given) or 'none'})"
        )
    if edges and list(edges) != sorted(set(edges)):
        yield f"{path}.edges: must increase"
    for key in ("bins", "log_bins"):
        number, lower, upper = variable.get(key) or (1, 0, 1)
        if number < 1 or lower >= upper:
            yield (
                f"{path}.{key}: {variable[key]}: needs at least one bin, and a lower "
                "edge below the upper one"
            )


def _together_problems(document: Document, name: str, item: Mapping[str, Any]) -> list[str]:
    """Problems of a variable with several axes."""
    path, names, own = f"variables.{name}", item["axes"], own_axes(document)
    problems = [
        f"{path}.{key}: a variable with axes takes it from these; remove it"
        for key in item
        if key != "axes"
    ]
    problems += unknown_names(f"{path}.axes", names, document["variables"], "variable")
    problems += [
        f"{path}.axes: '{axis}' has axes itself; name those"
        for axis in names
        if axis in document["variables"] and axis not in own
    ]
    axes = [own[axis] for axis in names if axis in own]
    if len({axis.get("per", "event") for axis in axes}) > 1:
        problems.append(f"{path}.axes: some have one entry per event, others one per object")
    bins = prod(max(len(variable_edges(axis)) - 1, 1) for axis in axes)
    if bins > MOST_BINS:
        problems.append(f"{path}.axes: {bins} bins together; there can be {MOST_BINS}")
    return problems


def _use_problems(document: Document, together: set[str]) -> Iterator[str]:
    """Uses of variables with several axes that need a single axis."""
    regions, fitted = document["regions"], fitted_regions(document)
    of_region = {name: regions[name]["variable"] for name in fitted if name in regions}
    in_fit = [name for name, variable in of_region.items() if variable in together]
    plots, model = document.get("plots") or {}, document.get("model") or {}
    coarser = "has several axes; give the variables on them other bins"
    for path, names in (
        ("plots.edges", plots.get("edges") or {}),
        ("model.fit_edges", {of_region.get(name) for name in model.get("fit_edges") or {}}),
    ):
        yield from (f"{path}: '{name}' {coarser}" for name in sorted(together & set(names)))
    yield from (
        f"plots.log_x: '{name}' has several axes, which are drawn as numbered bins; remove it"
        for name in as_list(plots.get("log_x"))
        if name in together
    )
    yield from (
        f"blinding.windows.{name}: has several axes; give windows of "
        f"{' or '.join(axes_of(document, name))}"
        for name in (document.get("blinding") or {}).get("windows") or {}
        if name in together
    )
    for name, dataset in document["datasets"].items():
        yield from (
            f"datasets.{name}.histograms.{region}: its variable has several axes; a TH1 has one"
            for region in dataset.get("histograms") or {}
            if regions.get(region, {}).get("variable") in together
        )
    if in_fit and (document.get("limits") or {}).get("interpolation"):
        yield (
            f"limits.interpolation: the variable of {in_fit[0]} has several axes, along which "
            "nothing is interpolated; remove it"
        )
    for name, systematic in (document.get("systematics") or {}).items():
        acts = [one for one in in_fit if one in (as_list(systematic.get("regions")) or in_fit)]
        if systematic.get("smoothing") and acts:
            yield (
                f"systematics.{name}.smoothing: the variable of {acts[0]} has several axes, and "
                "neighbors of numbered bins are none; remove it, or name other regions"
            )


def _category_problems(document: Document, named: set[str]) -> Iterator[str]:
    """Uses of variables with categories that need an axis of numbers."""
    regions, plots = document["regions"], document.get("plots") or {}
    of_region = {
        name: regions[name]["variable"] for name in fitted_regions(document) if name in regions
    }
    in_fit = [name for name, variable in of_region.items() if variable in named]
    joined = set((document.get("model") or {}).get("fit_edges") or {}) & set(in_fit)
    for path, found in (
        ("plots.edges", named & set(plots.get("edges") or {})),
        ("plots.log_x", named & set(as_list(plots.get("log_x")))),
        ("model.fit_edges", {of_region[name] for name in joined}),
    ):
        yield from (f"{path}: '{name}' has categories; remove it" for name in sorted(found))
    yield from (
        f"blinding.windows.{name}: has categories; blind regions, or windows of other variables"
        for name in sorted(named & set((document.get("blinding") or {}).get("windows") or {}))
    )
    if in_fit and (document.get("limits") or {}).get("interpolation"):
        yield (
            f"limits.interpolation: the variable of {in_fit[0]} has categories, along which "
            "nothing is interpolated; remove it"
        )
    for name, systematic in (document.get("systematics") or {}).items():
        acts = [one for one in in_fit if one in (as_list(systematic.get("regions")) or in_fit)]
        if systematic.get("smoothing") and acts:
            yield (
                f"systematics.{name}.smoothing: the variable of {acts[0]} has categories, and "
                "neighbors among them are none; remove it, or name other regions"
            )
