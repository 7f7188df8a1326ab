"""Fields of collections from corrections that cannot be compiled: the awkward evaluation computes
them, and the compiled loop reads them.
"""

from __future__ import annotations

import ast
from functools import partial
from typing import Any

import awkward as ak
import numpy as np

from wollemi_engine.compiled.buffers import Buffer, flat_buffers
from wollemi_engine.compiled.code import DOUBLE, POINTER, Code, UnsupportedError
from wollemi_engine.compiled.hoisting import Parts
from wollemi_engine.compiled.objects import ObjectNode
from wollemi_engine.compiled.values import FLOAT, Scalar
from wollemi_engine.events.fields import Calls, ObjectDefinition, evaluate_fields
from wollemi_engine.events.model import EventModel, Variation
from wollemi_engine.events.objects import finish, read_collection, with_changes
from wollemi_engine.expressions.random_numbers import Numbers

# steps that set the fields of an entry
CALIBRATE, CHANGES, FIELDS = "calibrate", "changes", "fields"


def is_entry(node: ObjectNode, text: str) -> bool:
    """Whether an expression on the fields of an entry is left to the awkward evaluation."""
    return not node.program.is_compiled(text)


def read_entry(
    node: ObjectNode, code: Code, step: str, field: str, start: Any
) -> tuple[ast.expr, Parts]:
    """Emit the reading of a field: an expression that is a name, and the emitter of the name's
    value for an entry of the event.

    Args:
        node: Object of a collection.
        code: Builder that receives the instructions.
        step: Name of the step: `calibrate`, `changes` or `fields`.
        field: Name of the field.
        start: Index of the event's first entry, an LLVM integer.
    """
    if node.kind(field) != FLOAT:
        raise UnsupportedError(f"the correction of {node.name}.{field}, which is not float64")
    slot = node.program.state.input("entries", f"{node.name}.{step}.{field}", node.view.name)
    pointer, name = code.slot(slot, POINTER), f"__{slot}"
    return ast.Name(name), {name: partial(_entry, code, pointer, start)}


def _entry(code: Code, pointer: Any, start: Any, index: Any) -> Scalar:
    return Scalar(FLOAT, code.load(pointer, code.builder.add(start, index), DOUBLE))


def entry_values(model: EventModel, batch: ak.Array, view: Variation, path: str) -> Buffer:
    """Compute a field of all entries of a collection, concatenated.

    Args:
        model: Objects and corrections.
        batch: Events.
        view: Variation.
        path: Object, step and field, joined by dots.
    """
    name, step, field = path.split(".")
    item, names = model.objects[name], model.names(batch, view)
    calls = Calls(lambda: Numbers.of_batch(batch).keys, model.corrections, lambda: names)
    objects = read_collection(batch, name, item, 0)
    if step != CALIBRATE:
        objects = with_changes(objects, item.calibrate, calls)
    if step == FIELDS:
        objects = with_changes(objects, view.changes.get(name, {}), calls)
        until = list(item.fields)[: list(item.fields).index(field) + 1]
        bare = ObjectDefinition(
            collection=item.collection, fields={key: item.fields[key] for key in until}
        )
        value = finish(objects, bare, {}, calls).records[field]
    else:
        text = item.calibrate[field] if step == CALIBRATE else view.changes[name][field]
        value = ak.broadcast_arrays(evaluate_fields(text, objects, calls), objects.origins[0])[0]
    values, _ = flat_buffers(ak.values_astype(value, np.float64).layout)
    return values
