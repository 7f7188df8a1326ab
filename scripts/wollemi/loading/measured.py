"""Checks of corrections that a run measures. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.corrections import MEASURED, is_choice, target_histograms
from wollemi.analysis.plain.measured import (
    call_of,
    cells_name,
    counts_data,
    measurement_datasets,
    measurement_problem,
)
from wollemi.analysis.plain.measured_eras import (
    era_corrections,
    map_name,
    measured_eras,
    measured_place,
    of_era,
    simulated_sources,
)
from wollemi.analysis.plain.measured_maps import SIDES, axis_edges, has_edges, measured_corrections
from wollemi.analysis.plain.queries import as_list, dataset_era
from wollemi.analysis.plain.sections import select_sections
from wollemi_likelihood.base.nearest import unknown_names
from wollemi_likelihood.expressions.syntax import ExpressionError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.corrections import Correction

OF_FILE = ("file", "correction", "inputs")


def check_measured(analysis: Analysis) -> list[str]:
    """Problems of measured corrections, and of corrections neither measured nor in a file, each as
    `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    problems = [
        problem
        for name, item in analysis.corrections.items()
        for problem in _key_problems(analysis, f"corrections.{name}", name, item)
    ]
    for name, item in era_corrections(analysis.plain).items():
        problems += _era_problems(analysis, f"corrections.{name}.measured", name, item)
    for name, item in measured_corrections(analysis.plain).items():
        problems += _problems(analysis, measured_place(analysis.plain, name), name, item)
    return list(dict.fromkeys(problems)) or list(_circles(analysis))


def _key_problems(analysis: Analysis, path: str, name: str, item: Correction) -> Iterator[str]:
    """Problems of a correction, which must be either in a file or measured."""
    if item.measured is None:
        missing = [key for key in OF_FILE if getattr(item, key) is None]
        if missing:
            yield f"{path}: needs {', '.join(missing)}; or say how it is measured: measured"
        return
    measured = item.measured.plain
    eras = measured_eras(analysis.plain, measured) if item.measured.by_era else []
    made = call_of(name, measured, eras)
    given = [key for key in ("file", *made) if item.plain.get(key) not in (None, made.get(key))]
    if given:
        yield f"{path}: is measured, and needs no {', '.join(given)}; remove it"


def _era_problems(
    analysis: Analysis, path: str, name: str, item: Mapping[str, Any]
) -> Iterator[str]:
    """Problems of a map per era: conflicting keys, datasets without an era, names in use."""
    if item.get("era") is not None:
        yield f"{path}: by_era is a map for each era, and era one of them; remove one"
        return
    for dataset in simulated_sources(analysis.plain, item):
        if dataset_era(analysis, dataset) is None:
            yield f"{path}.by_era: the dataset '{dataset}' has no era; give it one"
    for era in measured_eras(analysis.plain, item):
        made = map_name(name, era)
        if analysis.corrections[made].plain.get(MEASURED) != of_era(item, era):
            yield f"{path}.by_era: needs the name '{made}', which is taken; rename it"


def _problems(analysis: Analysis, path: str, name: str, item: Mapping[str, Any]) -> Iterator[str]:
    problem = measurement_problem(analysis.plain, name)
    if problem:
        yield f"{path}.samples: {problem}"
    objects = analysis.objects
    yield from unknown_names(f"{path}.object", as_list(item.get("object")), objects, "object")
    if item.get("probe") and not item.get("object"):
        yield f"{path}.probe: is a condition on objects, so give the object"
    yield from unknown_names(
        f"{path}.weights", as_list(item.get("weights")), analysis.weights, "weight"
    )
    for axis, given in item["axes"].items():
        yield from _axis_problems(f"{path}.axes.{axis}", given)
    yield from _mass_problems(f"{path}.mass", item.get("mass"))
    yield from _target_problems(f"{path}.target", item)
    if counts_data(item) and analysis.blinding and analysis.blinding.windows:
        yield (
            f"{path}: blinding.windows: data in these windows would be counted; blind regions, "
            "whose events are left out"
        )
    names = {*objects, *analysis.columns}
    taken = sorted(one for one in names if f"{one}_".startswith(f"{cells_name(name)}_"))
    if taken:
        yield f"{path}: needs the name '{taken[0]}', which is taken; rename it"


def _axis_problems(path: str, axis: Any) -> Iterator[str]:
    if not has_edges(axis):
        given = [key for key in ("edges", "bins") if axis.get(key)]
        yield f"{path}: give exactly one of edges, bins (found {', '.join(given) or 'none'})"
        return
    edges = axis_edges(axis)
    if edges != sorted(set(edges)):
        yield f"{path}: edges must increase"


def _target_problems(path: str, item: Mapping[str, Any]) -> Iterator[str]:
    """Problems of a target distribution: conflicting keys, files by era, a missing side."""
    target = item.get("target")
    if not target:
        return
    if item.get("data"):
        yield f"{path}: is the distribution of the data, so no datasets are counted; remove data"
    for key, histogram in target_histograms(item).items():
        if is_choice(histogram["file"]):
            era = item.get("era")
            yield (
                f"{path}.{key}.file: says nothing of the era '{era}'"
                if era is not None
                else f"{path}.{key}.file: is given by era, and the map is not; add by_era: true"
            )
    given = [side for side in SIDES if target.get(side)]
    if len(given) == 1:
        yield f"{path}: has {given[0]} alone; give both of {' and '.join(SIDES)}, or none"


def _mass_problems(path: str, mass: Mapping[str, Any] | None) -> Iterator[str]:
    """Problems of mass ranges that do not increase from the lower sideband to the upper one."""
    if not mass:
        return
    below, above = mass.get("sidebands") or ([], [])
    ends = [*below, *mass["window"], *above]
    ranges = [ends[place : place + 2] for place in range(0, len(ends), 2)]
    if ends != sorted(ends) or any(low == high for low, high in ranges):
        yield f"{path}: must increase from the sideband below to the one above the window"


def _circles(analysis: Analysis) -> Iterator[str]:
    """Corrections whose measurement needs the correction itself."""
    plain = analysis.plain
    needs: dict[str, list[str]] = {}
    for name in measured_corrections(analysis.plain):
        try:
            found = [
                _maps(
                    select_sections(analysis.plain, ["fill_corrections"], dataset)[
                        "fill_corrections"
                    ]
                )
                for dataset in measurement_datasets(analysis.plain, name)
            ]
        except (ExpressionError, KeyError):  # reported with all other expressions
            return
        needs[name] = list(dict.fromkeys(key for item in found for key in item))
    for name in needs:
        circle = _way_back(needs, name)
        if circle:
            way = " → ".join(circle)
            yield (
                f"{measured_place(plain, name)}: uses what it measures ({way}), in an "
                "expression, an object or a weight; measure it without"
            )


def _maps(called: Mapping[str, Any]) -> list[str]:
    """Corrections that are called; of a correction with a map per era, the map of the era."""
    files = {name: item["file"] for name, item in called.items()}
    return [
        file[MEASURED] if isinstance(file, Mapping) and MEASURED in file else name
        for name, file in files.items()
    ]


def _way_back(needs: Mapping[str, list[str]], name: str) -> list[str]:
    """The shortest path from a correction back to itself; empty if it does not exist."""
    ways = [[name]]
    seen: set[str] = set()
    for way in ways:
        for other in needs.get(way[-1], ()):
            if other == name:
                return [*way, name]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []
