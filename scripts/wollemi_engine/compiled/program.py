"""Parts of a compiled event loop: its inputs, and functions that are called once per event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import awkward as ak
from llvmlite import ir

from wollemi_engine.compiled.code import BIT, FUNCTION, POINTER, Code, UnsupportedError, integer
from wollemi_engine.compiled.correction_trees import Stack, Tree
from wollemi_engine.compiled.corrections import call_correction, emit_correction
from wollemi_engine.compiled.expressions import as_condition, as_number, compile_expression
from wollemi_engine.compiled.names import EventNames, event_range, integer_of, layout_of, widened
from wollemi_engine.compiled.objects import ObjectNode
from wollemi_engine.compiled.random_numbers import event_key
from wollemi_engine.compiled.sources import emit_list
from wollemi_engine.compiled.state import Layout, ObjectMemory, State
from wollemi_engine.compiled.values import FLOAT, Scalar, Value, code_type, converted
from wollemi_engine.events.corrections import CorrectionCall
from wollemi_engine.events.fields import used_event_names
from wollemi_engine.events.model import NOMINAL, EventModel, Variation
from wollemi_likelihood.expressions.syntax import (
    CORRECTION,
    EVENT_NAMES,
    called_corrections,
    used_names,
)


class LoopProgram:
    """The functions of a compiled event loop.

    Args:
        model: Objects, columns and hooks.
        sample: Some events as read, for the types.
        foreign: Expressions that cannot be compiled; the awkward evaluation computes them.
        trees: Trees of the corrections, or the reasons why they cannot be compiled.
    """

    def __init__(
        self,
        model: EventModel,
        sample: ak.Array,
        foreign: frozenset[str],
        trees: Mapping[str, Tree | Stack | UnsupportedError],
    ):
        self.model = model
        self._trees = trees
        self.module = ir.Module("wollemi")
        self.state = State()
        self.branches = frozenset(sample.fields)
        self.foreign = foreign
        # packed: a slice keeps the values of all events, which would be widened for each view
        self._sample = ak.to_packed(sample[:0])
        self._types: dict[str, Any] = {}
        self._objects: dict[tuple[str, str], ObjectNode] = {}
        self._functions: dict[Any, Any] = {}

    def types(self, view: Variation) -> Any:
        """Names → awkward arrays without events, with the types of the values under a variation."""
        if view.name not in self._types:
            nominal = None if view is NOMINAL else self.types(NOMINAL)
            self._types[view.name] = self.model.names(self._sample, view, nominal)
        return self._types[view.name]

    def function(self, name: str) -> Any:
        """A new function of the module."""
        function = ir.Function(self.module, FUNCTION, self.module.get_unique_name(name))
        function.linkage = "internal"
        return function

    def effective(self, names: Iterable[str], view: Variation) -> Variation:
        """The nominal view if the names do not depend on the variation."""
        return (
            view if self._closure(names) & (view.changes.keys() | view.columns.keys()) else NOMINAL
        )

    def effective_of(self, text: str, view: Variation) -> Variation:
        """The nominal view if the names in an expression do not depend on the variation."""
        return self.effective(used_names(text), view)

    def _closure(self, names: Iterable[str]) -> set[str]:
        """The names, and all names that they depend on."""
        found: set[str] = set()
        pending = [name.partition(".")[0] for name in names]
        while pending:
            name = pending.pop()
            if name in found:
                continue
            found.add(name)
            column, item = self.model.columns.get(name), self.model.objects.get(name)
            if column is not None:
                parts = used_names(column) if isinstance(column, str) else column.uses
                pending += [part.partition(".")[0] for part in parts]
            elif item is not None:
                pending += [
                    *(item.combine or ()),
                    *(item.union or ()),
                    *([item.select] if item.select else []),
                ]
                pending += [*item.near, *item.away_from, *item.not_in]
                pending += [name.partition(".")[0] for name in used_event_names(item)]
        return found

    def objects_behind(self, names: Iterable[str]) -> list[str]:
        """Objects that names of the event depend on, in the order of the analysis."""
        behind = self._closure(names)
        return [name for name in self.model.objects if name in behind]

    def object(self, name: str, view: Variation) -> ObjectNode:
        """An object of the analysis under a variation."""
        view = self.effective([name], view)
        if (name, view.name) not in self._objects:
            self._objects[name, view.name] = ObjectNode(self, name, view)
        return self._objects[name, view.name]

    def call_once(self, code: Code, function: Any, stamp: int) -> None:
        """Call a function unless it was called for this event."""
        number = code.builder.add(code.event, integer(1))
        with code.when(code.builder.icmp_signed("!=", code.slot(stamp), number)):
            code.builder.call(function, [code.state, code.event])

    def begin(self, function: Any, stamp: int) -> Code:
        """Begin a function that is called once per event."""
        code = Code(function)
        code.set_slot(stamp, code.builder.add(code.event, integer(1)))
        return code

    def scalar(self, code: Code, key: Any, make: Callable[[Code], Scalar]) -> Scalar:
        """Emit a number computed at most once per event, by its own function."""
        if key not in self._functions:
            function, stamp, slots = (
                self.function("value"),
                self.state.new(),
                (self.state.new(), self.state.new()),
            )
            inner = self.begin(function, stamp)
            value = make(inner)
            if value.kind != "constant":
                inner.set_slot(slots[0], value.code)
                if value.valid is not None:
                    inner.set_slot(slots[1], value.valid)
            inner.end()
            self._functions[key] = (function, stamp, slots, value)
        function, stamp, slots, value = self._functions[key]
        if value.kind == "constant":
            return Scalar("constant", constant=value.constant)
        code.memo(("called", key), partial(self.call_once, code, function, stamp))
        valid = None if value.valid is None else code.slot(slots[1], BIT)
        return Scalar(value.kind, code.slot(slots[0], code_type(value.kind)), valid)

    def key(self, code: Code) -> Any:
        """Emit the key of an event's random numbers."""

        def make(inner: Code) -> Scalar:
            values = [EventNames(self, NOMINAL).value(inner, name) for name in EVENT_NAMES]
            return Scalar("uint64", event_key(inner, [integer_of(value) for value in values]))

        return self.scalar(code, ("key",), make).code

    def correction(self, code: Code, name: str, arguments: Sequence[Scalar]) -> Scalar:
        """Emit the value of a correction.

        Raises:
            UnsupportedError: The correction is not compiled.
        """
        call, tree = self.model.corrections[name], self._trees.get(name)
        if not isinstance(call, CorrectionCall) or not isinstance(tree, Tree | Stack):
            raise tree if isinstance(tree, UnsupportedError) else UnsupportedError(f"'{name}'")
        key = ("correction", name)
        if key not in self._functions:
            self._functions[key] = emit_correction(self.module, self.state, name, call, tree)
        return call_correction(code, self._functions[key], call, arguments)

    def is_compiled(self, text: str) -> bool:
        """Whether all corrections called in an expression are compiled."""
        return all(
            isinstance(self._trees.get(f"{CORRECTION}.{name}"), Tree | Stack)
            for name, _ in called_corrections(text)
        )

    def condition(self, code: Code, text: str, view: Variation) -> Any:
        """Emit a selection as a bit."""
        return self._event_value(code, text, view, "bool", as_condition).code

    def number(self, code: Code, text: str, view: Variation) -> Any:
        """Emit a variable or weight as a double; NaN if it has no value."""
        return self._event_value(code, text, view, FLOAT, as_number).code

    def entry_number(self, code: Code, text: str, view: Variation) -> Scalar:
        """Emit a variable as a double that may be None."""
        view = self.effective_of(text, view)

        def make(inner: Code) -> Scalar:
            if text in self.foreign:
                parts = {
                    kind: self.state.input(f"{kind} values", text, view.name)
                    for kind in (FLOAT, "present")
                }
                value, present = (
                    inner.load_stored(
                        inner.slot(slot, POINTER),
                        inner.event,
                        "bool" if kind == "present" else kind,
                    )
                    for kind, slot in parts.items()
                )
                return Scalar(FLOAT, value, present)
            value = self.value(inner, text, view)
            if not isinstance(value, Scalar):
                raise UnsupportedExpressionError(
                    text, "a list or an object where a number is wanted"
                )
            return Scalar(FLOAT, converted(inner, value, FLOAT), value.valid)

        return self.scalar(code, ("entry", text, view.name), make)

    def direct_number(self, code: Code, text: str, view: Variation) -> Any:
        """Emit a number that is used once, without its own function."""
        if text in self.foreign:
            return self.number(code, text, view)
        return as_number(code, self.value(code, text, self.effective_of(text, view)))

    def _event_value(
        self,
        code: Code,
        text: str,
        view: Variation,
        kind: str,
        convert: Callable[[Code, Value], Any],
    ) -> Scalar:
        view = self.effective_of(text, view)

        def make(inner: Code) -> Scalar:
            if text in self.foreign:
                pointer = inner.slot(self.state.input(f"{kind} values", text, view.name), POINTER)
                return Scalar(kind, inner.load_stored(pointer, inner.event, kind))
            return Scalar(kind, convert(inner, self.value(inner, text, view)))

        return self.scalar(code, (kind, text, view.name), make)

    def value(self, code: Code, text: str, view: Variation) -> Value:
        """Emit any expression.

        Raises:
            UnsupportedError: The expression cannot be compiled; the error names it.
        """
        try:
            return compile_expression(code, text, EventNames(self, view))
        except UnsupportedError as error:
            raise UnsupportedExpressionError(text, str(error)) from error

    @property
    def objects(self) -> list[ObjectNode]:
        """The requested objects."""
        return list(self._objects.values())

    @property
    def layout(self) -> Layout:
        """What Python provides for the loop, once it is emitted."""
        state = self.state
        objects = [
            ObjectMemory(
                node.capacity,
                state.inputs["offsets", f"{node.item.collection}_pt", ""]
                if node.item.collection
                else None,
                bool(node.item.combine),
                tuple(source.capacity for source in node.sources()),
            )
            for node in sorted(self.objects, key=lambda item: item.level)
        ]
        arrays, lists = [], []
        for slot, kind, owner in state.arrays:
            if isinstance(owner, ObjectNode):
                lists.append((slot, kind, owner.capacity))
            else:
                arrays.append((slot, kind, owner))
        tables = dict(state.tables.values())
        return Layout(state.size, state.inputs, objects, arrays, lists, tables)

    def finish(self) -> None:
        """Emit the objects, beginning with those that no other object depends on: they determine
        the requested fields of the others.
        """
        done: set[ObjectNode] = set()
        while left := [node for node in self._objects.values() if node not in done]:
            node = max(left, key=lambda item: item.level)
            emit_list(node)
            done.add(node)

    def stored(self, name: str) -> Any:
        """A branch as read.

        Raises:
            UnsupportedError: The branch does not exist.
        """
        if name not in self.branches:
            raise UnsupportedError(f"the name '{name}'")
        return self._sample[name]

    def entry(self, code: Code, branch: str, place: Any) -> Scalar:
        """Emit an entry of a collection's branch, by its index in the batch."""
        kind, is_list = layout_of(self.stored(branch), branch)
        if not is_list:
            raise UnsupportedError(f"the branch {branch}, which is not a list")
        slot = self.state.input("values", branch)
        pointer = code.memo(("values", branch, ""), lambda: code.slot(slot, POINTER))
        return Scalar(widened(kind), code.load_stored(pointer, place, kind))

    def entries(self, code: Code, collection: str) -> tuple[Any, Any]:
        """Emit the first entry and the number of entries of a collection in the event."""
        return event_range(code, self.state.input("offsets", f"{collection}_pt"))


class UnsupportedExpressionError(UnsupportedError):
    """An expression of an event that cannot be compiled."""

    def __init__(self, text: str, reason: str):
        super().__init__(f"'{text}': {reason}")
        self.text = text
