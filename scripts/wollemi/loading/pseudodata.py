"""Checks of pseudo-data, independent of the templates, and of unique seeds. Standard library only,
like `loading.all`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wollemi.analysis.plain.dataset_selections import origin
from wollemi.analysis.plain.datasets import alternative_datasets, used_datasets
from wollemi.analysis.plain.queries import sample_datasets
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.datasets import Drawing


def check_drawings(analysis: Analysis) -> list[str]:
    """Problems of pseudo-data and of seeds, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
    """
    problems = []
    for name, dataset in analysis.datasets.items():
        path, draw = f"datasets.{name}.draw", dataset.draw
        if draw is not None:
            problems += unknown_names(
                f"{path}.datasets", draw.datasets, analysis.datasets, "dataset"
            )
            problems += _seed_problems(path, draw)
    return problems + _shared_events(analysis) + _shared_seeds(analysis)


def _seed_problems(path: str, draw: Drawing) -> list[str]:
    if draw.fluctuate:
        return [] if draw.seed is not None else [f"{path}.seed: is missing"]
    return (
        [f"{path}.seed: nothing is drawn with fluctuate: false; remove it"]
        if "seed" in draw.plain
        else []
    )


def _shared_events(analysis: Analysis) -> list[str]:
    """Problems of fluctuated pseudo-data that share events with the templates, unlike data."""
    used = [*sample_datasets(analysis), *alternative_datasets(analysis.plain)]
    templates = {
        *used,
        *(origin(analysis.plain, name) for name in used if name in analysis.datasets),
    }
    problems = []
    for name in used_datasets(analysis.plain):
        draw = analysis.datasets[name].draw if name in analysis.datasets else None
        problems += [
            f"datasets.{name}.draw: '{source}' is a template itself; draw from another dataset"
            for source in (draw.datasets if draw and draw.fluctuate else ())
            if source in templates
        ]
    return problems


def _shared_seeds(analysis: Analysis) -> list[str]:
    problems = []
    seeds: dict[int, str] = {}
    for name in used_datasets(analysis.plain):
        generate = analysis.datasets[name].generate if name in analysis.datasets else None
        source = origin(analysis.plain, name) if generate else name
        seeds_of = range(generate.seed, generate.seed + generate.parts) if generate else ()
        for seed in seeds_of:
            if seeds.get(seed, source) != source:
                problems.append(
                    f"datasets.{name}.generate.seed: {seed} generates '{seeds[seed]}', too; "
                    "take another seed"
                )
            seeds.setdefault(seed, source)
    return problems
