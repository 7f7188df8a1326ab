"""Expressions that are evaluated on the events of a dataset, and what they need: branches, corrections.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.acting import acting_systematics, as_list, sample_datasets
from wollemi.correction_names import reached_corrections, reached_texts
from wollemi.expressions import EVENT_NAMES, draws_numbers, used_names
from wollemi.member_names import acting_members
from wollemi.object_names import kinematic_branches, object_branches
from wollemi.selections import selection_expressions

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def needed_branches(document: Document, dataset: str) -> list[str]:
    """Names of the branches that the analysis needs from a dataset, sorted: what any later step uses, followed through columns.

    Weights and systematics count only where they act on the dataset: data have no generator weight.
    """
    objects, columns = document.get("objects", {}), document.get("columns", {})
    used, texts = _used(document, dataset)
    branches = object_branches(objects, _object_changes(document, dataset), used)
    if any(map(draws_numbers, texts)):
        branches |= set(EVENT_NAMES)
    return sorted(branches | {name for name in used if "." not in name and name not in objects and name not in columns})


def stored_kinematics(document: Document, dataset: str) -> list[str]:
    """Names of branches that are read from a dataset where its files have them, sorted; where not, they follow from momenta."""
    found = kinematic_branches(document.get("objects", {}), _object_changes(document, dataset), _used(document, dataset)[0])
    return sorted(found - set(needed_branches(document, dataset)))


def _used(document: Document, dataset: str) -> tuple[set[str], list[str]]:
    """Names that the expressions use, followed through columns, and all these expressions."""
    columns = document.get("columns", {})
    used: set[str] = set()
    texts = _event_expressions(document, dataset)
    pending = set().union(*map(used_names, texts))
    while pending:
        name = pending.pop()
        used.add(name)
        pending |= _column_names(columns.get(name)) - used
        texts += [columns[name]] if isinstance(columns.get(name), str) else []
    return used, texts


def _column_names(column: Any) -> set[str]:
    if isinstance(column, str):
        return used_names(column)
    return set(column["uses"]) if column else set()


def _event_expressions(document: Document, dataset: str) -> list[str]:
    """Expressions evaluated on the events of a dataset."""
    return [*skim_expressions(document, dataset), *fill_expressions(document, dataset)]


def skim_expressions(document: Document, dataset: str) -> list[str]:
    """Expressions that the skim evaluates on the events of a dataset."""
    weights = [document["datasets"][dataset].get("weight") or "1", *_member_expressions(document, dataset)]
    return [*_selections(document.get("skim")), *_column_changes(document, dataset), *weights]


def fill_expressions(document: Document, dataset: str) -> list[str]:
    """Expressions that filling histograms evaluates on the events of a dataset."""
    texts = [variable["expression"] for variable in document.get("variables", {}).values()]
    regions = [document.get("skim"), *document.get("regions", {}).values()]
    texts += [text for region in regions for text in _selections(region)]
    acting = acting_systematics(document, dataset, "weight").values()
    texts += [s[side] for s in acting for side in ("up", "down") if s[side] != "symmetrize"]
    weights = [event_weight(document, dataset), *_member_expressions(document, dataset)]
    return [*texts, *_column_changes(document, dataset), *weights]


def _member_expressions(document: Document, dataset: str) -> list[str]:
    return [str(item["weights"]) for item in acting_members(document, dataset).values()]


def _selections(region: Mapping[str, Any] | None) -> list[str]:
    return [text for _, text in selection_expressions("", region["selection"])] if region else []


def _column_changes(document: Document, dataset: str) -> list[str]:
    acting = acting_systematics(document, dataset, "column").values()
    changes = [s[side] for s in acting for side in ("up", "down") if s[side] != "symmetrize"]
    return [*changes, *(s["column"] for s in acting)]


def event_weight(document: Document, dataset: str) -> str:
    """The weight of an event of a dataset as one expression: its `weight`, times the factors that act on it, in their order."""
    weight = document["datasets"][dataset].get("weight")
    factors = [item["factor"] for item in document.get("weights", {}).values() if dataset in weighted_datasets(document, item)]
    texts = [text for text in (weight, *factors) if text]
    return " * ".join(f"({text})" for text in texts) if len(texts) > 1 else "".join(texts) or "1"


def weighted_datasets(document: Document, item: Mapping[str, Any]) -> set[str]:
    """Datasets that a factor of the section `weights` acts on: those of its samples, what replaces them, and its own."""
    samples = as_list(item["samples"])
    names = {d for sample in samples for d in as_list(document["samples"].get(sample, {}).get("datasets"))}
    for systematic in document.get("systematics", {}).values():
        if systematic["kind"] == "dataset" and set(samples) & set(as_list(systematic["samples"])):
            names |= {d for side in ("up", "down") for d in as_list(systematic[side])}
    return names | set(as_list(item.get("datasets")))


def step_corrections(document: Document, dataset: str, texts: Iterable[str]) -> dict[str, Any]:
    """Corrections that the expressions of a step on a dataset need, as they hold for its era."""
    reached = reached_texts(document, texts, _object_changes(document, dataset))
    return reached_corrections(document, dataset, dataset in sample_datasets(document, "data"), reached)


def _object_changes(document: Document, dataset: str) -> dict[str, list[str]]:
    """Object → expressions of the systematics that act on it."""
    changes: dict[str, list[str]] = {}
    for systematic in acting_systematics(document, dataset, "object").values():
        sides = [systematic[side] for side in ("up", "down") if systematic[side] != "symmetrize"]
        changes.setdefault(systematic["object"], []).extend(text for side in sides for text in side.values())
    return changes
