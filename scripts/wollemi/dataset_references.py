"""Is what a dataset says of its files consistent? Standard library only, so that the Snakefile can ask, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def check_layouts(document: Mapping[str, Any]) -> list[str]:
    """Problems of the datasets' schemas, units and sources, each as `path: problem`.

    Args:
        document: an analysis whose shape the schema has accepted.
    """
    return [
        f"datasets.{name}{problem}" for name, dataset in document["datasets"].items() for problem in _layout_problems(dataset)
    ]


def _layout_problems(dataset: Mapping[str, Any]) -> list[str]:
    schema, unit = dataset.get("schema", "nanoaod"), dataset.get("energy_unit")
    problems = []
    if schema == "ntuple" and unit is None:
        problems.append(": an ntuple needs energy_unit, GeV or MeV")
    if schema != "ntuple" and unit is not None:
        known = {"nanoaod": "GeV", "physlite": "MeV"}[schema]
        problems.append(f".energy_unit: the unit of {schema} is {known}; remove the key, or set schema: ntuple")
    if schema == "ntuple" and dataset.get("generate"):
        problems.append(".schema: events are generated as nanoaod or physlite")
    if dataset.get("histograms") and not dataset.get("files"):
        problems.append(".histograms: needs files")
    return problems
