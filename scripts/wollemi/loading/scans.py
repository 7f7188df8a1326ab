"""Checks of the sections `scans` and `intervals`: parameters of the model, within their bounds.
Standard library only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import (
    as_list,
    held_parameters,
    known_parameters,
    parameters_of_interest,
)
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]
    Item = Mapping[str, Any]


def check_scans(document: Document) -> list[str]:
    """Problems of the section `scans`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    scans = document.get("scans") or {}
    if not scans:
        return []
    if document.get("model") is None:
        return ["scans: needs the section 'model'"]
    return [problem for name, item in scans.items() for problem in _check(document, name, item)]


def _check(document: Document, name: str, item: Item) -> list[str]:
    parameters, ranges = as_list(item["parameters"]), item.get("ranges") or {}
    path = f"scans.{name}"
    problems = _check_parameters(document, f"{path}.parameters", parameters)
    problems += unknown_names(f"{path}.ranges", ranges, parameters, "parameter of this scan")
    return [*problems, *_check_ranges(f"{path}.ranges", ranges, _bounds(document["model"]))]


def check_intervals(document: Document) -> list[str]:
    """Problems of the section `intervals`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    section = document.get("intervals")
    if section is None:
        return []
    if document.get("model") is None:
        return ["intervals: needs the section 'model'"]
    given = as_list(section.get("parameters"))
    parameters = given or parameters_of_interest(document)
    bounds, ranges = section.get("bounds") or {}, section.get("ranges") or {}
    problems = _check_parameters(document, "intervals.parameters", given)
    for key, item in (("bounds", bounds), ("ranges", ranges)):
        problems += unknown_names(f"intervals.{key}", item, parameters, "parameter with intervals")
    own = _bounds(document["model"])
    problems += _check_ranges("intervals.bounds", bounds, own)
    return [*problems, *_check_ranges("intervals.ranges", ranges, {**own, **bounds})]


def _check_parameters(document: Document, path: str, parameters: list[str]) -> list[str]:
    """Problems of parameters that are unknown or fixed."""
    known = known_parameters(document)
    problems = unknown_names(path, parameters, known, "parameter") if known else []
    return problems + [
        f"{path}: '{parameter}' is held by model.fixed; scan another one"
        for parameter in parameters
        if parameter in held_parameters(document)
    ]


def _check_ranges(path: str, ranges: Item, bounds: Item) -> list[str]:
    """Problems of ranges, which must increase and be within the bounds of their parameters."""
    problems = []
    for parameter, (first, last) in ranges.items():
        place = f"{path}.{parameter}"
        if first >= last:
            problems.append(f"{place}: {[first, last]}: must increase")
        lower, upper = bounds.get(parameter) or (first, last)
        if first < lower or last > upper:
            problems.append(f"{place}: {[first, last]}: is outside its bounds, {[lower, upper]}")
    return problems


def _bounds(model: Document) -> dict[str, Any]:
    """Parameter → its bounds, if the file has them."""
    free = model.get("free_normalizations") or {}
    bounds = {name: item.get("bounds") for name, item in free.items()}
    own = {name: model.get("poi_bounds") for name in as_list(model.get("poi", "mu"))}
    return {**own, **bounds}
