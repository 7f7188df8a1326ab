"""Places in an analysis file of the expressions that a message about events concerns.

Standard library only, on the plain YAML values: used by programs that fail, and by `check_analysis`
for each dataset.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from wollemi.analysis.plain.categories import numbered_categories
from wollemi.analysis.plain.corrections import reached_names
from wollemi.analysis.plain.cut_names import SELECTION, SLICE, TRIGGER
from wollemi.analysis.plain.dataset_selections import dataset_view, written_key
from wollemi.analysis.plain.measured import measured_key
from wollemi.analysis.plain.missing_momentum import momentum_key
from wollemi.analysis.plain.needed_columns import fill_places, object_changes
from wollemi.analysis.plain.objects import field_branches, momentum_branches, own_expressions
from wollemi.analysis.plain.triggers import WEIGHT
from wollemi_engine.expressions.fields import OF_EVENT, event_names, own_names
from wollemi_engine.expressions.selections import selection_terms
from wollemi_likelihood.base.errors import (
    ConfigurationError,
    EvaluationError,
    MissingBranchError,
    WollemiError,
)
from wollemi_likelihood.base.nearest import suggestion
from wollemi_likelihood.expressions.syntax import EVENT_NAMES, draws_numbers, used_names

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

Line = tuple[str, str]  # place in the analysis file, problem

PRESCALES = f"weights.{WEIGHT}.factor"


class Use(NamedTuple):
    """An expression of an analysis file.

    Args:
        place: Key in the analysis file.
        text: Text of the expression.
        base: Object whose fields it uses; empty if it uses the names of the event.
    """

    place: str
    text: str
    base: str = ""


def expressions_of(document: Document, dataset: str) -> list[Use]:
    """Expressions evaluated on the events of a dataset, including the columns and objects behind
    their names.

    Args:
        document: Analysis as seen by a job on the dataset.
        dataset: Name of the dataset.
    """
    uses = [Use(place, text) for place, text in fill_places(document, dataset)]
    changes = object_changes(document, dataset)
    texts = {name: [text for _, text in placed] for name, placed in changes.items()}
    for name in reached_names(document, [use.text for use in uses], texts):
        column = document.get("columns", {}).get(name)
        if isinstance(column, str):
            uses.append(Use(f"columns.{name}", column))
        elif column is not None:
            uses += [Use(f"columns.{name}.uses", used) for used in column["uses"]]
        else:
            uses += [
                Use(f"objects.{name}.{key}", text, name)
                for key, text in own_expressions(document["objects"][name]).items()
            ]
    return uses + [
        Use(place, text, name) for name, placed in changes.items() for place, text in placed
    ]


def place_error(error: WollemiError, document: Document, dataset: str, file: str) -> WollemiError:
    """The same error, in terms of the keys of the analysis file.

    Args:
        error: Error raised by a job on a dataset.
        document: Analysis, as plain values.
        dataset: Name of the dataset.
        file: Path of the analysis file.
    """
    seen = dataset_view(document, dataset)
    uses = expressions_of(seen, dataset)
    lines: list[Line] = []
    if isinstance(error, MissingBranchError):
        lines = missing_lines(seen, uses, error)
    elif isinstance(error, EvaluationError):
        lines = [(place, fault_line(error)) for place in places_of(uses, error.text)]
    lines = list(
        dict.fromkeys((written_place(document, dataset, place), line) for place, line in lines)
    )
    if len(lines) == 1:
        return WollemiError(*lines[0], error.remedy)
    return (
        ConfigurationError(file, [f"{place}: {line}" for place, line in lines], error.remedy)
        if lines
        else error
    )


def fault_line(fault: EvaluationError) -> str:
    """The problem of an expression, to follow its place."""
    return f"'{fault.text}': {fault.problem}"


def places_of(uses: Iterable[Use], text: str) -> list[str]:
    """Places of an expression or of a term of a selection."""
    return list(
        dict.fromkeys(use.place for use in uses if text == use.text or text in _terms(use.text))
    )


def _terms(text: str) -> list[str]:
    return [term for _, term in selection_terms(text)]


def missing_lines(document: Document, uses: Sequence[Use], error: MissingBranchError) -> list[Line]:
    """Places that use branches missing in a file, each with the problem.

    Args:
        document: Analysis as seen by a job on the dataset.
        uses: Expressions of the analysis on the dataset.
        error: Error with the file and its missing branches.
    """
    objects = document.get("objects", {})
    left = dict(error.nearest)
    lines: list[Line] = []
    changes: dict[str, list[str]] = {}
    for use in uses:
        changes.setdefault(use.base, []).append(use.text)
    for name in reached_names(document, changes.pop("", []), changes):
        lost = sorted(momentum_branches(objects.get(name, {})) & error.nearest.keys())
        if lost:
            collection = objects[name]["collection"]
            lines.append((f"objects.{name}.collection", _lost_collection(collection, lost, error)))
            # A missing collection lacks all its fields.
            gone = [
                branch
                for branch in left
                if branch in lost or (len(lost) > 1 and branch.startswith(f"{collection}_"))
            ]
            left = {branch: meant for branch, meant in left.items() if branch not in gone}
    return lines + [
        (use.place, _lost_branch(used, branch, left[branch], error.where))
        for use in uses
        if use.place != PRESCALES  # its paths belong to the triggers
        for used, branch in _read_branches(objects, use)
        if branch in left
    ]


def _read_branches(objects: Mapping[str, Any], use: Use) -> list[tuple[str, str]]:
    """Names in an expression, each with the branch that it reads."""
    pairs = [(name, name) for name in sorted(used_names(use.text))]
    if use.base:
        pairs = [(name, f"{use.base}.{name}") for name in sorted(own_names(use.text))]
        pairs += [(f"{OF_EVENT}{name}", name) for name in sorted(event_names(use.text))]
    found = [
        (name, branch) for name, path in pairs for branch in sorted(_own_branches(objects, path))
    ]
    return found + [(name, name) for name in EVENT_NAMES if draws_numbers(use.text)]


def _own_branches(objects: Mapping[str, Any], path: str) -> set[str]:
    return field_branches(objects, path) if "." in path else {path} - objects.keys()


def _lost_collection(collection: str, lost: Sequence[str], error: MissingBranchError) -> str:
    if len(lost) == 1:
        return f"'{collection}': no branch '{lost[0]}' in {error.where}" + (
            "; give mass_gev" if lost[0].endswith("_mass") else ""
        )
    nearest = [error.nearest[branch].rpartition("_")[0] for branch in lost]
    # A single field may resemble anything.
    meant = [name for name in sorted(set(nearest) - {"", collection}) if nearest.count(name) > 1]
    return (
        f"'{collection}': no branches {', '.join(lost)} in "
        f"{error.where}{suggestion(next(iter(meant), ''))}"
    )


def _lost_branch(used: str, branch: str, meant: str, where: str) -> str:
    """Message in terms of the expression, with its field if it is a field of an object."""
    if used == branch:
        return f"'{used}' is neither an object, a column nor a branch of {where}{suggestion(meant)}"
    prefix = branch[: len(branch) - len(used.rpartition(".")[2])]
    nearest = meant[len(prefix) :] if meant.startswith(prefix) else meant
    return f"'{used}': no branch '{branch}' in {where}{suggestion(nearest)}"


def written_place(document: Document, dataset: str, place: str) -> str:
    """The key in the file, for a place that may be the result of expansion.

    Args:
        document: Analysis, not as seen by a job.
        dataset: Name of the dataset.
        place: Place of an expression.
    """
    place = measured_key(document, dataset, place)
    if document.get("missing_momentum"):
        place = momentum_key(document, place)
    section, _, rest = place.partition(".")
    if section == "columns" and rest in (document.get("triggers") or {}):
        return f"triggers.{rest}.paths"
    if place in (f"skim.selection.{TRIGGER}", PRESCALES):
        place = f"datasets.{dataset}.trigger"
    if place == f"skim.selection.{SELECTION}":
        place = f"datasets.{dataset}.selection"
    if place == f"skim.selection.{SLICE}":
        place = f"datasets.{dataset}.slice.selection"
    return written_key(document, place)


def without_expressions(document: Document, places: Iterable[str]) -> dict[str, Any]:
    """The analysis with an always-true expression at some places, for example in place of an
    invalid expression.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(document))
    for place in places:
        parent, key = locate_place(changed, place)
        if isinstance(parent, dict) and isinstance(parent[key], str):
            parent[key] = "1 > 0"
    for variable in changed.get("variables", {}).values():
        if variable.get("categories"):
            variable.update(numbered_categories(variable["categories"]))
    return changed


def locate_place(value: Any, place: str) -> tuple[Any, str]:
    """The mapping that contains the last key of a place, and that key; None and empty if the place
    does not exist. Names of cuts may contain dots.
    """
    for key, item in value.items() if isinstance(value, dict) else ():
        if place == str(key):
            return value, key
        if place.startswith(f"{key}."):
            found = locate_place(item, place[len(str(key)) + 1 :])
            if found[0] is not None:
                return found
    return None, ""
