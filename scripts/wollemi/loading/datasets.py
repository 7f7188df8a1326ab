"""Checks of a dataset's settings for its files. Standard library only, because the Snakefile checks
as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wollemi.analysis.plain.histogram_paths import NOMINAL
from wollemi.analysis.plain.queries import as_list
from wollemi.loading.correlations import placeholders
from wollemi_likelihood.base.nearest import did_you_mean


def check_layouts(document: Mapping[str, Any]) -> list[str]:
    """Problems of the datasets' schemas, units and sources, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema.
    """
    return [
        f"datasets.{name}{problem}"
        for name, dataset in document["datasets"].items()
        for problem in [
            *_layout_problems(dataset),
            *_generation_problems(dataset, document.get("generator")),
        ]
    ]


def _layout_problems(dataset: Mapping[str, Any]) -> list[str]:
    schema, unit = dataset.get("schema", "nanoaod"), dataset.get("energy_unit")
    problems = []
    if schema == "ntuple" and unit is None:
        problems.append(": an ntuple needs energy_unit, GeV or MeV")
    if schema != "ntuple" and unit is not None:
        known = {"nanoaod": "GeV", "physlite": "MeV"}[schema]
        problems.append(
            f".energy_unit: the unit of {schema} is {known}; remove the key, or set schema: ntuple"
        )
    if dataset.get("histograms") and not dataset.get("files"):
        problems.append(".histograms: needs files")
    known = " and ".join(f"{{{name}}}" for name in NOMINAL)
    problems += [
        f".histograms: '{{{word}}}' is not a placeholder{did_you_mean(word, NOMINAL)} "
        f"(one path for all regions may have {known})"
        for word in dict.fromkeys(
            word
            for paths in (dataset.get("histograms") or {}).values()
            for path in as_list(paths)
            for word in placeholders(path)
        )
    ]
    return problems


def _generation_problems(dataset: Mapping[str, Any], generator: Any) -> list[str]:
    generate = dataset.get("generate")
    if not generate:
        return []
    given = [key for key in ("settings", "hook") if key in generate]
    if len(given) != 1:
        return [
            f".generate: give exactly one of settings, hook (found {', '.join(given) or 'none'})"
        ]
    if given == ["hook"]:
        return _hook_problems(dataset, generate)
    problems = []
    if not generator:
        problems.append(".generate: the section 'generator' with the common settings is missing")
    if "options" in generate:
        problems.append(".generate.options: only a hook takes options")
    if dataset.get("schema") == "ntuple":
        problems.append(".schema: Pythia's events are written as nanoaod or physlite")
    return problems


def _hook_problems(dataset: Mapping[str, Any], generate: Mapping[str, Any]) -> list[str]:
    problems = [
        f".generate.{key}: only for Pythia"
        for key in ("mass_bias", "min_dilepton_mass_gev")
        if key in generate
    ]
    if dataset.get("schema") == "ntuple" and not dataset.get("tree"):
        problems.append(".tree: an ntuple needs the name of its tree")
    return problems
