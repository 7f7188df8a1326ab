"""Checks of datasets and samples that take a part of their events. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

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
    Document = Mapping[str, Any]


def check_selections(document: Document) -> list[str]:
    """Problems of the selections of datasets and samples, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    problems = [
        f"samples.{name}.selection: {split_problem(document, name)}"
        for name, sample in document["samples"].items()
        if sample.get("selection")
    ]
    for name, item in document["datasets"].items():
        path = f"datasets.{name}"
        placed = item.get("slice") or measures_in(document, name)
        if item.get("split_of") and not (sample_of_part(document, name) or placed):
            problems.append(f"{path}.split_of: is set internally; remove it")
        if item.get("measures") and not measures_in(document, name):
            problems.append(f"{path}.measures: is set internally; remove it")
        without = [key for key in WITHOUT_EVENTS if item.get(key)]
        if item.get("selection") and without:
            problems.append(f"{path}.selection: {without[0]}: there are no events to select")
    for name in event_datasets(document):
        for cut, selection in own_cuts(document["datasets"][name]).items():
            key = "slice.selection" if cut == SLICE else "selection"
            problems += _varied(document, name, key, selection)
    return problems


def measures_in(document: Document, dataset: str) -> bool:
    """Whether a dataset is a copy that a measured correction needs."""
    name = document["datasets"][dataset].get("measures")
    correction = (document.get("corrections") or {}).get(name) or {}
    return bool(correction.get("measured")) and dataset in measurement_datasets(document, name)


def _varied(document: Document, dataset: str, key: str, selection: str) -> list[str]:
    """Objects and columns in the selection of a dataset that a systematic changes: under it, events
    would leave the dataset, or belong to two datasets.
    """
    seen = dataset_view(document, dataset)
    try:
        used = names_behind(seen, [selection]) | set(reached_names(seen, [selection], {}))
    except (ExpressionError, KeyError):  # reported with all other expressions
        return []
    return [
        f"datasets.{dataset}.{key}: '{changed}' changes with systematics.{name}, and events "
        "would change their dataset; use what is the same under all of them, such as the truth"
        for name, item in dataset_systematics(document, dataset, VIEWS).items()
        for kind in [kind_of(item)]
        for changed in [*kind.field_expressions("", item), *kind.column_expressions("", item)]
        if changed in used
    ]


def as_written(document: Document, problems: Iterable[str]) -> list[str]:
    """The same problems with the keys of the file, without repetition: problems of the parts of a
    dataset become problems of the dataset.

    Args:
        document: Analysis, expanded.
        problems: Problems, each as `path: problem`.
    """
    found = []
    for problem in problems:
        path, colon, text = problem.partition(":")
        found.append(f"{written_key(document, path)}{colon}{text}")
    return list(dict.fromkeys(found))
