"""Checks of datasets and samples that take a part of their events. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wollemi.analysis.plain.corrections import reached_names
from wollemi.analysis.plain.cut_names import SLICE
from wollemi.analysis.plain.dataset_selections import (
    WITHOUT_EVENTS,
    dataset_view,
    own_cuts,
    sample_of_part,
    split_problem,
    written_key,
)
from wollemi.analysis.plain.datasets import event_datasets
from wollemi.analysis.plain.measured import measurement_datasets
from wollemi.analysis.plain.needed_columns import names_behind
from wollemi.analysis.plain.systematic_kinds import VIEWS, kind_of
from wollemi.analysis.plain.systematics import dataset_systematics
from wollemi_likelihood.expressions.syntax import ExpressionError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_selections(analysis: Analysis) -> list[str]:
    """Problems of the selections of datasets and samples, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    problems = [
        f"samples.{name}.selection: {split_problem(analysis.plain, name)}"
        for name, sample in analysis.samples.items()
        if sample.selection
    ]
    for name, item in analysis.datasets.items():
        path = f"datasets.{name}"
        placed = item.slice or measures_in(analysis, name)
        if item.split_of and not (sample_of_part(analysis.plain, name) or placed):
            problems.append(f"{path}.split_of: is set internally; remove it")
        if item.measures and not measures_in(analysis, name):
            problems.append(f"{path}.measures: is set internally; remove it")
        without = [key for key in WITHOUT_EVENTS if getattr(item, key)]
        if item.selection and without:
            problems.append(f"{path}.selection: {without[0]}: there are no events to select")
    for name in event_datasets(analysis.plain):
        for cut, selection in own_cuts(analysis.datasets[name].plain).items():
            key = "slice.selection" if cut == SLICE else "selection"
            problems += _varied(analysis, name, key, selection)
    return problems


def measures_in(analysis: Analysis, dataset: str) -> bool:
    """Whether a dataset is a copy that a measured correction needs."""
    name = analysis.datasets[dataset].measures
    if name is None or name not in analysis.corrections:
        return False
    measured = analysis.corrections[name].measured is not None
    return measured and dataset in measurement_datasets(analysis.plain, name)


def _varied(analysis: Analysis, dataset: str, key: str, selection: str) -> list[str]:
    """Objects and columns in the selection of a dataset that a systematic changes: under it, events
    would leave the dataset, or belong to two datasets.
    """
    seen = dataset_view(analysis.plain, dataset)
    try:
        used = names_behind(seen, [selection]) | set(reached_names(seen, [selection], {}))
    except (ExpressionError, KeyError):  # reported with all other expressions
        return []
    return [
        f"datasets.{dataset}.{key}: '{changed}' changes with systematics.{name}, and events "
        "would change their dataset; use what is the same under all of them, such as the truth"
        for name, item in dataset_systematics(analysis.plain, dataset, VIEWS).items()
        for kind in [kind_of(item)]
        for changed in [*kind.field_expressions("", item), *kind.column_expressions("", item)]
        if changed in used
    ]


def as_written(analysis: Analysis, problems: Iterable[str]) -> list[str]:
    """The same problems with the keys of the file, without repetition: problems of the parts of a
    dataset become problems of the dataset.

    Args:
        analysis: Analysis, expanded.
        problems: Problems, each as `path: problem`.
    """
    found = []
    for problem in problems:
        path, colon, text = problem.partition(":")
        found.append(f"{written_key(analysis.plain, path)}{colon}{text}")
    return list(dict.fromkeys(found))
