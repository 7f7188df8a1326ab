"""Compilation of the names of an analysis: branches, objects and columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import awkward as ak
import numpy as np

from wollemi_engine.compiled.code import INTEGER, POINTER, Code, UnsupportedError, integer
from wollemi_engine.compiled.expressions import compile_expression
from wollemi_engine.compiled.objects import Owner
from wollemi_engine.compiled.random_numbers import uniform_number
from wollemi_engine.compiled.values import FLOAT, Listing, Scalar, Value, code_type
from wollemi_engine.events.model import Variation

FLOATS = ("float16", "float32", "float64")


class EventNames:
    """Branches, objects and columns under a variation.

    Args:
        program: Program that uses the names.
        view: Variation.
        nominal: Branches and columns that keep their nominal value.
    """

    def __init__(self, program: Owner, view: Variation, nominal: frozenset[str] = frozenset()):
        self._program = program
        self._view = view
        self._nominal = nominal

    def is_list(self, name: str) -> bool:
        """Whether a name is a list in each event."""
        # A column may be a plain number.
        return bool(np.ndim(self._program.types(self._view)[name]) > 1)

    def value(self, code: Code, name: str) -> Value:
        """Emit the value of a name."""
        program = self._program
        view = program.effective([name], self._view)
        if name in view.columns and name not in self._nominal:
            return self._changed(code, name, view)
        column = program.model.columns.get(name)
        if isinstance(column, str) and column not in program.foreign:
            return self._column(code, name, column, view)
        if column is not None and name in view.columns:
            raise UnsupportedError(f"the column {name}, which is varied and not compiled")
        if column is not None:
            return self._read(code, name, view.name, f"column {name}")
        if name in program.model.objects:
            return program.object(name, view).listing(code)
        return self._read(code, name, "", name)

    def uniform(self, code: Code, use: int) -> Scalar:
        """Emit a random number of the event."""
        return uniform_number(code, self._program.key(code), use, integer(0))

    def correction(self, code: Code, name: str, arguments: Sequence[Scalar]) -> Scalar:
        """Emit the value of a correction."""
        return self._program.correction(code, name, arguments)

    def _column(self, code: Code, name: str, text: str, view: Variation) -> Value:
        def make(inner: Code) -> Value:
            return self._program.value(inner, text, view)

        return self._once(code, ("column", name, view.name), name, make)

    def _changed(self, code: Code, name: str, view: Variation) -> Value:
        """Emit a branch or column at ±1σ; its own name in the expression is the nominal value."""
        names = EventNames(self._program, view, self._nominal | {name})

        def make(inner: Code) -> Value:
            return compile_expression(inner, view.columns[name], names)

        return self._once(code, ("changed", name, view.name), name, make)

    def _once(self, code: Code, key: Any, name: str, make: Callable[[Code], Value]) -> Value:
        """Emit a number, computed once per event, or a list, computed wherever it is used."""
        kind = self._program.types(self._view)[name]
        if isinstance(kind, ak.Array) and (kind.ndim > 1 or kind.fields):
            return make(code)
        return self._program.scalar(code, key, partial(_number, make))

    def _read(self, code: Code, name: str, view: str, what: str) -> Value:
        """Emit a branch, or a column that cannot be compiled."""
        values = self._program.types(self._view)[name] if view else self._program.stored(name)
        kind, is_list = layout_of(values, what)
        state = self._program.state
        pointer = code.memo(
            ("values", name, view), lambda: code.slot(state.input("values", name, view), POINTER)
        )
        if not is_list:
            found = code.memo(
                ("read", name, view), lambda: code.load_stored(pointer, code.event, kind)
            )
            return Scalar(widened(kind), found)
        start, length = code.memo(
            ("range", name, view), lambda: event_range(code, state.input("offsets", name, view))
        )

        def element(index: Any) -> Scalar:
            place = code.builder.add(start, index)
            return Scalar(widened(kind), code.load_stored(pointer, place, kind))

        return Listing(length, element, axis=("branch", name, view))


def _number(make: Callable[[Code], Value], code: Code) -> Scalar:
    value = make(code)
    if not isinstance(value, Scalar):
        raise UnsupportedError("an object where a number is wanted")
    return value


def integer_of(value: Value) -> Any:
    """LLVM value of an integer of an event."""
    if not isinstance(value, Scalar) or value.code.type is not INTEGER or value.valid is not None:
        raise UnsupportedError("run, luminosityBlock or event that is not a whole number")
    return value.code


def event_range(code: Code, slot: int) -> tuple[Any, Any]:
    """First element and length of an event's list."""
    pointer = code.slot(slot, POINTER)
    start = code.load(pointer, code.event)
    stop = code.load(pointer, code.builder.add(code.event, integer(1)))
    return start, code.builder.sub(stop, start)


def layout_of(values: Any, what: str) -> tuple[str, bool]:
    """The numpy type, and whether each event has a list.

    Raises:
        UnsupportedError: The values have another form.
    """
    kind = ak.type(values).content
    is_list = isinstance(kind, ak.types.ListType)
    primitive = getattr(kind.content if is_list else kind, "primitive", None)
    if primitive not in FLOATS:
        code_type(str(primitive) if primitive else f"{kind} ({what})")
    # as in `engine_buffers`
    return "float32" if primitive == "float16" else str(primitive), is_list


def widened(kind: str) -> str:
    """Type used in computing with values stored in numpy's type `kind`."""
    if kind in FLOATS:
        return FLOAT
    return kind if kind in ("bool", "uint64") else "int64"
