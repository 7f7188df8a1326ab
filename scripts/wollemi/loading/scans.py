"""Checks of the sections `scans` and `intervals`: parameters of the model, within their bounds.
Standard library only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import (
    NO_MODEL,
    known_parameters,
    parameters_of_interest,
)
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis, Scan
    from wollemi.analysis.models.model import Model


def check_scans(analysis: Analysis) -> list[str]:
    """Problems of the section `scans`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    model = analysis.model
    if not analysis.scans:
        return []
    if model is None:
        return ["scans: needs the section 'model'"]
    return [
        problem
        for name, item in analysis.scans.items()
        for problem in _check(analysis, model, name, item)
    ]


def _check(analysis: Analysis, model: Model, name: str, item: Scan) -> list[str]:
    parameters, ranges = item.parameters, item.plain.get("ranges") or {}
    path = f"scans.{name}"
    problems = _check_parameters(analysis, f"{path}.parameters", parameters)
    problems += unknown_names(f"{path}.ranges", ranges, parameters, "parameter of this scan")
    return [*problems, *_check_ranges(f"{path}.ranges", ranges, _bounds(model))]


def check_intervals(analysis: Analysis) -> list[str]:
    """Problems of the section `intervals`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    section, model = analysis.intervals, analysis.model
    if section is None:
        return []
    if model is None:
        return ["intervals: needs the section 'model'"]
    given = section.parameters
    parameters = given or parameters_of_interest(analysis)
    bounds, ranges = (section.plain.get(key) or {} for key in ("bounds", "ranges"))
    problems = _check_parameters(analysis, "intervals.parameters", given)
    for key, item in (("bounds", bounds), ("ranges", ranges)):
        problems += unknown_names(f"intervals.{key}", item, parameters, "parameter with intervals")
    own = _bounds(model)
    problems += _check_ranges("intervals.bounds", bounds, own)
    return [*problems, *_check_ranges("intervals.ranges", ranges, {**own, **bounds})]


def _check_parameters(analysis: Analysis, path: str, parameters: Sequence[str]) -> list[str]:
    """Problems of parameters that are unknown or fixed."""
    known = known_parameters(analysis)
    problems = unknown_names(path, parameters, known, "parameter") if known else []
    return problems + [
        f"{path}: '{parameter}' is held by model.fixed; scan another one"
        for parameter in parameters
        if parameter in (analysis.model or NO_MODEL).fixed
    ]


def _check_ranges(path: str, ranges: Mapping[str, Any], bounds: Mapping[str, Any]) -> list[str]:
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


def _bounds(model: Model) -> dict[str, Any]:
    """Parameter → its bounds, if the file has them."""
    free = model.plain.get("free_normalizations") or {}
    bounds = {name: item.get("bounds") for name, item in free.items()}
    return {**dict.fromkeys(model.poi, model.plain.get("poi_bounds")), **bounds}
