"""Expressions evaluated on the events of a dataset, and the branches and corrections they need.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.categories import expression_key
from wollemi.analysis.plain.corrections import reached_corrections, reached_texts
from wollemi.analysis.plain.datasets import replacing
from wollemi.analysis.plain.objects import (
    event_names_of,
    kinematic_branches,
    object_branches,
    objects_behind,
)
from wollemi.analysis.plain.queries import as_list, dataset_era, own_axes, sample_datasets
from wollemi.analysis.plain.systematic_kinds import VIEWS, WEIGHT_SETS, WEIGHTS, kind_of
from wollemi.analysis.plain.systematics import dataset_systematics
from wollemi.analysis.view import view_of
from wollemi_engine.expressions.selections import selection_expressions
from wollemi_likelihood.expressions.bounds import UNWEIGHTED
from wollemi_likelihood.expressions.syntax import EVENT_NAMES, draws_numbers, used_names

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

    Placed = tuple[str, str]  # place in the analysis file, expression


def needed_branches(document: Document, dataset: str) -> list[str]:
    """Names of the branches that any later job needs from a dataset, sorted, followed through
    columns.

    Weights and systematics count only if they act on the dataset: data have no generator weight.
    """
    return reached_branches(
        document, _event_expressions(document, dataset), _object_changes(document, dataset)
    )


def skim_branches(document: Document, dataset: str) -> list[str]:
    """Names of the branches that the skim itself needs from a dataset, sorted."""
    expressions = skim_expressions(document, dataset)
    return reached_branches(document, expressions, _object_changes(document, dataset))


def kept_branches(document: Document) -> list[str]:
    """Names of the branches that the skim keeps for later use, sorted, where files have them."""
    return reached_branches(document, (document.get("skim") or {}).get("keep", ()), {})


def reached_branches(
    document: Document, expressions: Iterable[str], changes: Mapping[str, Iterable[str]]
) -> list[str]:
    """Names of the branches that expressions need, sorted, followed through columns and objects.

    Args:
        document: Analysis, as plain values.
        expressions: Expressions on the events of a dataset.
        changes: Object → expressions of the systematics that act on it.
    """
    objects, columns = document.get("objects", {}), document.get("columns", {})
    used, texts = _used(document, expressions, changes)
    branches = object_branches(objects, changes, used)
    if any(map(draws_numbers, texts)):
        branches |= set(EVENT_NAMES)
    return sorted(
        branches
        | {name for name in used if "." not in name and name not in objects and name not in columns}
    )


def stored_kinematics(document: Document, dataset: str) -> list[str]:
    """Names of branches, sorted, that are read from a dataset if its files have them; otherwise
    they are computed from momenta.
    """
    changes = _object_changes(document, dataset)
    used, _ = _used(document, _event_expressions(document, dataset), changes)
    found = kinematic_branches(document.get("objects", {}), changes, used)
    return sorted(found - set(needed_branches(document, dataset)))


def names_behind(document: Document, expressions: Iterable[str]) -> set[str]:
    """Branches, columns and objects in expressions, followed through columns, without the fields of
    objects.
    """
    return {name.partition(".")[0] for name in _used(document, expressions, {})[0]}


def _event_expressions(document: Document, dataset: str) -> list[str]:
    """Expressions evaluated on the events of a dataset."""
    return [*skim_expressions(document, dataset), *fill_expressions(document, dataset)]


def _used(
    document: Document, expressions: Iterable[str], changes: Mapping[str, Iterable[str]]
) -> tuple[set[str], list[str]]:
    """Names of the event that expressions use, followed through columns and the expressions of
    objects, and all these expressions except the objects' expressions.
    """
    columns, objects = document.get("columns", {}), document.get("objects", {})
    used: set[str] = set()
    texts = list(expressions)
    pending = set().union(*map(used_names, texts))
    while pending:
        while pending:
            name = pending.pop()
            used.add(name)
            pending |= _column_names(columns.get(name)) - used
            texts += [columns[name]] if isinstance(columns.get(name), str) else []
        behind = objects_behind(objects, used)
        pending = set().union(*(event_names_of(name, objects, changes) for name in behind)) - used
    return used, texts


def _column_names(column: Any) -> set[str]:
    if isinstance(column, str):
        return used_names(column)
    return set(column["uses"]) if column else set()


def skim_expressions(document: Document, dataset: str) -> list[str]:
    """Expressions that the skim evaluates on the events of a dataset."""
    return [text for _, text in skim_places(document, dataset)]


def fill_expressions(document: Document, dataset: str) -> list[str]:
    """Expressions that filling histograms evaluates on the events of a dataset."""
    return [text for _, text in fill_places(document, dataset)]


def skim_places(document: Document, dataset: str) -> list[Placed]:
    """Expressions that the skim evaluates on the events of a dataset, each with its place in the
    analysis file.
    """
    return [
        *_selection_places("skim", document.get("skim")),
        *_systematic_places(document, dataset, VIEWS),
        *_own_weight(document, dataset),
        *_systematic_places(document, dataset, WEIGHT_SETS),
    ]


def fill_places(document: Document, dataset: str) -> list[Placed]:
    """Expressions that filling histograms evaluates on the events of a dataset, each with its place
    in the analysis file.
    """
    places = [
        (f"variables.{name}.{expression_key(item.plain)}", item.expression)
        for name, item in own_axes(view_of(document)).items()
        if "expression" in item.plain
    ]
    places += _selection_places("skim", document.get("skim"))
    for name, region in document.get("regions", {}).items():
        places += _selection_places(f"regions.{name}", region)
    places += _systematic_places(document, dataset, WEIGHTS)
    return [
        *places,
        *_systematic_places(document, dataset, VIEWS),
        *weight_places(document, dataset),
        *_systematic_places(document, dataset, WEIGHT_SETS),
    ]


def _selection_places(path: str, region: Mapping[str, Any] | None) -> list[Placed]:
    return selection_expressions(f"{path}.selection", region["selection"]) if region else []


def _systematic_places(document: Document, dataset: str, acts_on: str) -> list[Placed]:
    """Expressions on events in the systematics that change a dataset, each with its place in the
    analysis file.
    """
    era = dataset_era(view_of(document), dataset)
    return [
        placed
        for name, item in dataset_systematics(document, dataset, acts_on).items()
        for placed in kind_of(item).expressions(f"systematics.{name}", item, era)
    ]


def object_changes(document: Document, dataset: str) -> dict[str, list[Placed]]:
    """Object → expressions of the systematics that act on it, each with its place in the analysis
    file.
    """
    changes: dict[str, list[Placed]] = {}
    for name, item in dataset_systematics(document, dataset, VIEWS).items():
        for changed, placed in kind_of(item).field_expressions(f"systematics.{name}", item).items():
            changes.setdefault(changed, []).extend(placed)
    return changes


def weight_places(document: Document, dataset: str) -> list[Placed]:
    """The factors of the event weight of a dataset, in order: its `weight`, and the factors in
    `weights` that act on it.
    """
    factors = [
        (f"weights.{name}.factor", str(item["factor"]))
        for name, item in document.get("weights", {}).items()
        if dataset in weighted_datasets(document, item)
    ]
    return [*_own_weight(document, dataset), *factors]


def _own_weight(document: Document, dataset: str) -> list[Placed]:
    weight = document["datasets"][dataset].get("weight")
    return [(f"datasets.{dataset}.weight", weight)] if weight and weight != UNWEIGHTED else []


def event_weight(document: Document, dataset: str) -> str:
    """The event weight of a dataset as one expression: its `weight`, times the factors that act on
    it, in order.
    """
    texts = [text for _, text in weight_places(document, dataset) if text]
    return " * ".join(f"({text})" for text in texts) if len(texts) > 1 else "".join(texts) or "1"


def weighted_datasets(document: Document, item: Mapping[str, Any]) -> set[str]:
    """Datasets that a factor of the section `weights` acts on: its samples' datasets, their
    replacements, and its own `datasets`.
    """
    samples = as_list(item["samples"])
    names = {
        d
        for sample in samples
        for d in as_list(document["samples"].get(sample, {}).get("datasets"))
    }
    for systematic in document.get("systematics", {}).values():
        if set(samples) & set(as_list(systematic["samples"])):
            names |= set(replacing(systematic))
    return names | set(as_list(item.get("datasets")))


def step_corrections(document: Document, dataset: str, texts: Iterable[str]) -> dict[str, Any]:
    """Corrections that the expressions of a job on a dataset need, with settings for its era."""
    reached = reached_texts(document, texts, _object_changes(document, dataset))
    return reached_corrections(
        document, dataset, dataset in sample_datasets(view_of(document), "data"), reached
    )


def _object_changes(document: Document, dataset: str) -> dict[str, list[str]]:
    """Object → expressions of the systematics that act on it."""
    return {
        name: [text for _, text in placed]
        for name, placed in object_changes(document, dataset).items()
    }
