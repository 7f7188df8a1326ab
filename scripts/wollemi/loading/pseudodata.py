"""Checks of pseudo-data, independent of the templates, and of unique seeds. Standard library only,
like `loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.dataset_selections import origin
from wollemi.analysis.plain.datasets import alternative_datasets, used_datasets
from wollemi.analysis.plain.queries import as_list, sample_datasets
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_drawings(document: Document) -> list[str]:
    """Problems of pseudo-data and of seeds, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema.
    """
    problems = []
    for name, dataset in document["datasets"].items():
        draw = dataset.get("draw") or {}
        sources = as_list(draw.get("datasets"))
        problems += unknown_names(
            f"datasets.{name}.draw.datasets", sources, document["datasets"], "dataset"
        )
        problems += _seed_problems(f"datasets.{name}.draw", draw) if draw else []
    return problems + _shared_events(document) + _shared_seeds(document)


def _seed_problems(path: str, draw: Mapping[str, Any]) -> list[str]:
    if draw.get("fluctuate", True):
        return [] if draw.get("seed") is not None else [f"{path}.seed: is missing"]
    return (
        [f"{path}.seed: nothing is drawn with fluctuate: false; remove it"]
        if "seed" in draw
        else []
    )


def _shared_events(document: Document) -> list[str]:
    """Problems of fluctuated pseudo-data that share events with the templates, unlike data."""
    used = [*sample_datasets(document), *alternative_datasets(document)]
    templates = {*used, *(origin(document, name) for name in used if name in document["datasets"])}
    problems = []
    for name in used_datasets(document):
        draw = document["datasets"].get(name, {}).get("draw") or {}
        shared = [
            source
            for source in as_list(draw.get("datasets"))
            if source in templates and draw.get("fluctuate", True)
        ]
        problems += [
            f"datasets.{name}.draw: '{source}' is a template itself; draw from another dataset"
            for source in shared
        ]
    return problems


def _shared_seeds(document: Document) -> list[str]:
    problems = []
    seeds: dict[int, str] = {}
    for name in used_datasets(document):
        generate = document["datasets"].get(name, {}).get("generate")
        source = origin(document, name) if generate else name
        for part in range(generate.get("parts", 1)) if generate else ():
            seed = generate["seed"] + part
            if seeds.get(seed, source) != source:
                problems.append(
                    f"datasets.{name}.generate.seed: {seed} generates '{seeds[seed]}', too; "
                    "take another seed"
                )
            seeds.setdefault(seed, source)
    return problems
