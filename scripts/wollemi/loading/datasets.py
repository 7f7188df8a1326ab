"""Checks of a dataset's settings for its files. Standard library only, because the Snakefile checks
as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wollemi.analysis.plain.histogram_paths import NOMINAL
from wollemi.loading.correlations import placeholders
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis, Generator
    from wollemi.analysis.models.datasets import Dataset, Generation


def check_layouts(analysis: Analysis) -> list[str]:
    """Problems of the datasets' schemas, units and sources, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
    """
    return [
        f"datasets.{name}{problem}"
        for name, dataset in analysis.datasets.items()
        for problem in [
            *_layout_problems(dataset),
            *_generation_problems(dataset, analysis.generator),
        ]
    ]


def _layout_problems(dataset: Dataset) -> list[str]:
    schema, unit = dataset.event_schema, dataset.energy_unit
    problems = []
    if schema == "ntuple" and unit is None:
        problems.append(": an ntuple needs energy_unit, GeV or MeV")
    if schema != "ntuple" and unit is not None:
        known = {"nanoaod": "GeV", "physlite": "MeV"}[schema]
        problems.append(
            f".energy_unit: the unit of {schema} is {known}; remove the key, or set schema: ntuple"
        )
    if dataset.histograms and not dataset.files:
        problems.append(".histograms: needs files")
    histograms = dataset.histograms if isinstance(dataset.histograms, Mapping) else {}
    known = " and ".join(f"{{{name}}}" for name in NOMINAL)
    problems += [
        f".histograms: '{{{word}}}' is not a placeholder{did_you_mean(word, NOMINAL)} "
        f"(one path for all regions may have {known})"
        for word in dict.fromkeys(
            word for paths in histograms.values() for path in paths for word in placeholders(path)
        )
    ]
    return problems


def _generation_problems(dataset: Dataset, generator: Generator | None) -> list[str]:
    generate = dataset.generate
    if generate is None:
        return []
    given = [key for key in ("settings", "hook") if key in generate.plain]
    if len(given) != 1:
        return [
            f".generate: give exactly one of settings, hook (found {', '.join(given) or 'none'})"
        ]
    if given == ["hook"]:
        return _hook_problems(dataset, generate)
    problems = []
    if not generator:
        problems.append(".generate: the section 'generator' with the common settings is missing")
    if "options" in generate.plain:
        problems.append(".generate.options: only a hook takes options")
    if dataset.event_schema == "ntuple":
        problems.append(".schema: Pythia's events are written as nanoaod or physlite")
    return problems


def _hook_problems(dataset: Dataset, generate: Generation) -> list[str]:
    problems = [
        f".generate.{key}: only for Pythia"
        for key in ("mass_bias", "min_dilepton_mass_gev")
        if key in generate.plain
    ]
    if dataset.event_schema == "ntuple" and not dataset.tree:
        problems.append(".tree: an ntuple needs the name of its tree")
    return problems
