"""The event model of a step from its settings and files, and its views under systematics."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wollemi.analysis.hooks import load_functions
from wollemi.analysis.plain.corrections import correction_files
from wollemi.analysis.settings import Settings
from wollemi_engine.events.corrections import correction_call, read_correction_file
from wollemi_engine.events.fields import ObjectDefinition
from wollemi_engine.events.model import NOMINAL, Changes, EventModel, Variation
from wollemi_engine.expressions.names import weight_column
from wollemi_likelihood.expressions.syntax import CORRECTION

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Hook
    from wollemi.analysis.models.objects import PhysicsObject
    from wollemi.analysis.models.systematics import Changes as SideChanges
    from wollemi.analysis.models.systematics import (
        ColumnSystematic,
        CombinedSystematic,
        ObjectSystematic,
    )


def load_event_model(
    settings: Settings, hooks: Sequence[Path], corrections: Sequence[Path]
) -> EventModel:
    """Objects, columns, hooks and corrections of a step.

    Args:
        settings: Settings of the step.
        hooks: Paths of `hooks.py` and the modules next to it that it imports, or nothing.
        corrections: Files of the step's corrections, in the order of `correction_files`.

    Raises:
        WollemiError: A hook, a file or a correction is missing.
    """
    functions = load_hooks(hooks, settings.columns)
    return EventModel(
        definitions(settings.objects),
        settings.columns,
        functions,
        open_corrections(settings.needed_corrections, corrections),
    )


def definitions(objects: Mapping[str, PhysicsObject]) -> dict[str, ObjectDefinition]:
    """Definitions of the objects of an analysis, for the event model."""
    return {name: ObjectDefinition(**dict(item)) for name, item in objects.items()}


def load_hooks(
    files: Sequence[Path], columns: Mapping[str, str | Hook]
) -> dict[str, Callable[..., Any]]:
    """The functions of `hooks.py` used by the columns.

    Args:
        files: Paths of `hooks.py` and the modules next to it; empty if the analysis has none.
        columns: Columns of the analysis.

    Raises:
        WollemiError: The file or a function is missing.
    """
    return load_functions(
        files,
        [column.hook for column in columns.values() if not isinstance(column, str)],
        "columns",
    )


def open_corrections(
    corrections: Mapping[str, Mapping[str, Any]], files: Sequence[Path]
) -> dict[str, Callable[..., Any]]:
    """The functions that expressions call, such as `correction.muon_id` and
    `correction.muon_id.up`.

    Args:
        corrections: Resolved corrections of a step.
        files: Paths of their files, each once, in the order of `correction_files`.

    Raises:
        WollemiError: A file is not from correctionlib, or lacks a correction or an input.
    """
    paths = {
        json.dumps(file): path
        for file, path in zip(correction_files(corrections), files, strict=True)
    }
    functions: dict[str, Callable[..., Any]] = {}
    read: dict[Path, Any] = {}
    for name, item in corrections.items():
        path = paths[json.dumps(item["file"])]
        if path not in read:
            read[path] = read_correction_file(path)
        for variation, changes in {"": {}, **item["variations"]}.items():
            call = correction_call(name, item, changes, path, read[path])
            functions[".".join(filter(None, (CORRECTION, name, variation)))] = call
    return functions


def _combined_changes(
    name: str, _: CombinedSystematic, side: SideChanges
) -> tuple[Changes, Mapping[str, str]]:
    weight = {} if side.weight is None else {weight_column(name): side.weight}
    return side.objects or {}, {**(side.columns or {}), **weight}


# Kind → changes of its systematics on one side, from name, settings and side: fields of objects,
# and columns. Other kinds of views are expanded into these.
CHANGES: Mapping[str, Callable[[str, Any, Any], tuple[Changes, Mapping[str, str]]]] = {
    "object": lambda _, item, fields: (dict.fromkeys(item.object, fields), {}),
    "column": lambda _, item, value: ({}, {item.column: value}),
    "combined": _combined_changes,
}


def object_variations(
    systematics: Mapping[str, ObjectSystematic | ColumnSystematic | CombinedSystematic],
) -> list[Variation]:
    """The nominal view, and the views of the systematics that change objects or columns:
    `<systematic>_up` and `<systematic>_down`.
    """
    sides = (
        (name, side, item, getattr(item, side))
        for name, item in systematics.items()
        for side in ("up", "down")
    )
    changed = (
        Variation(f"{name}_{side}", *CHANGES[item.kind](name, item, change))
        for name, side, item, change in sides
        if change != "symmetrize"
    )
    return [NOMINAL, *changed]
