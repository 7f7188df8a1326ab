"""Compilation of the steps on the candidates of an object: fields, cuts, neighbors, order, the best
one; see `events.objects`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import MappingProxyType
from typing import Any

from llvmlite import ir

from wollemi_engine.compiled.calls import DISTANCE
from wollemi_engine.compiled.code import (
    BIT,
    DOUBLE,
    INTEGER,
    POINTER,
    Code,
    UnsupportedError,
    double,
    integer,
)
from wollemi_engine.compiled.expressions import as_number, compile_tree
from wollemi_engine.compiled.formulas import Fields, evaluate_formula
from wollemi_engine.compiled.names import EventNames
from wollemi_engine.compiled.objects import ObjectNode
from wollemi_engine.compiled.random_numbers import uniform_number
from wollemi_engine.compiled.sorting import keep_first_smallest, sort_list
from wollemi_engine.compiled.values import FLOAT, Record, Scalar, Single, Value, converted, truth
from wollemi_engine.events.fields import COLLECTION_STRIDE
from wollemi_engine.expressions.fields import OF_EVENT, SELF, parse_fields

ORDER_KEY, BEST_KEY = "@@order", "@@best"


class OwnNames:
    """Fields of one object as the names of an expression.

    Args:
        node: Object.
        record: Fields of the object.
    """

    def __init__(self, node: ObjectNode, record: Record):
        self._node = node
        self._record = record

    def is_list(self, name: str) -> bool:
        """Whether a name is a list for the object; only names of the event can be."""
        return is_list_of_event(self._node, name)

    def value(self, code: Code, name: str) -> Value:
        """Emit a field, a name of the event, or the object itself."""
        if name == SELF:
            return Single(self._record)
        if name.startswith(OF_EVENT):
            with code.early():
                return _names_of_event(self._node).value(code, name.removeprefix(OF_EVENT))
        return self._record.get(code, name)

    def uniform(self, code: Code, use: int) -> Scalar:
        """Emit a random number of the object, by its index in the collection of its file."""
        origin = self._record.get(code, "@0")
        assert isinstance(origin, Scalar)
        place = code.builder.urem(origin.code, integer(COLLECTION_STRIDE))
        return uniform_number(code, self._node.program.key(code), use, place)

    def correction(self, code: Code, name: str, arguments: Sequence[Scalar]) -> Scalar:
        """Emit the value of a correction."""
        return self._node.program.correction(code, name, arguments)


def _names_of_event(node: ObjectNode) -> EventNames:
    return EventNames(node.program, node.view)


def is_list_of_event(node: ObjectNode, name: str) -> bool:
    """Whether a name in an expression on the fields of an object is a list of its event."""
    return name.startswith(OF_EVENT) and _names_of_event(node).is_list(name.removeprefix(OF_EVENT))


class ListCode:
    """Emitter of the function of an object.

    Args:
        node: Object.
        code: Builder, at the beginning of its function.
    """

    def __init__(self, node: ObjectNode, code: Code):
        self.node, self.code, self.item = node, code, node.item
        self.number = code.variable(integer(0))
        self.best = code.variable(double(0))
        if self.item.order is not None:
            self._key(ORDER_KEY)
            if self.item.best is not None:
                self._key(BEST_KEY)

    def _key(self, name: str) -> None:
        self.node.fields[name] = (self.node.program.state.array(FLOAT, self.node), FLOAT)

    def candidate(
        self, record: Fields, given: Mapping[str, ast.expr] = MappingProxyType({})
    ) -> None:
        """Emit the decision to keep or drop a candidate.

        Args:
            record: Fields so far.
            given: Further field → expression that replaces the analysis expression and reads its
                value.
        """
        code, item = self.code, self.item
        for name, text in item.fields.items():
            record = self.with_field(record, name, given.get(name) or parse_fields(text), record)
        with ExitStack() as nested:
            if item.cuts is not None:
                nested.enter_context(code.when(truth(code, self._value(item.cuts, record)).code))
            for keep, neighbors in ((True, item.near), (False, item.away_from)):
                for name, radius in neighbors.items():
                    close = self._meets(record, self.node.node(name), radius)
                    nested.enter_context(code.when(close if keep else code.builder.not_(close)))
            for name in item.not_in:
                nested.enter_context(
                    code.when(code.builder.not_(self._meets(record, self.node.node(name), None)))
                )
            self._keep(record)

    def with_field(self, record: Fields, name: str, tree: ast.expr, source: Record) -> Fields:
        """Add a field computed from the fields of `source` to a candidate."""
        kind = self.node.kind(name)

        def compute() -> Scalar:
            value = compile_tree(self.code, tree, OwnNames(self.node, source))
            if not isinstance(value, Scalar):
                raise UnsupportedError(f"the field {self.node.name}.{name}, which is not a number")
            if value.valid is None:
                return Scalar(kind, converted(self.code, value, kind))
            if kind == "bool":
                return truth(self.code, value)
            if kind != FLOAT:
                raise UnsupportedError(f"the field {self.node.name}.{name}, which may be missing")
            return Scalar(FLOAT, as_number(self.code, value))

        return Fields({**record.parts, name: compute}, record.coordinates)

    def _meets(self, record: Fields, others: ObjectNode, radius: float | None) -> Any:
        """Emit whether another object is closer than a radius and not the same; without a radius,
        whether one is the same.
        """
        code = self.code
        found = code.variable(ir.Constant(BIT, 0))
        with code.loop(others.length(code)) as index:
            other = others.element(code, index).record
            same = self._same(record, other, others.origins)
            flag = (
                same
                if radius is None
                else code.builder.and_(
                    _closer(code, record, other, radius), code.builder.not_(same)
                )
            )
            code.builder.store(code.builder.or_(code.get(found, BIT), flag), found)
        return code.get(found, BIT)

    def _same(self, record: Record, other: Record, origins: int) -> Any:
        result = ir.Constant(BIT, 0)
        for one in range(self.node.origins):
            for index in range(origins):
                result = self.code.builder.or_(
                    result, equal_origin(self.code, record, one, other, index)
                )
        return result

    def _keep(self, record: Fields) -> None:
        code, node = self.code, self.node
        if self.item.best is not None and self.item.order is None:
            key = self._finite(self.item.best, record)
            first = code.builder.icmp_signed("==", code.get(self.number, INTEGER), integer(0))
            with code.when(
                code.builder.or_(
                    first, code.builder.fcmp_ordered("<", key, code.get(self.best, DOUBLE))
                )
            ):
                code.builder.store(key, self.best)
                node.store(code, record, integer(0))
                code.builder.store(integer(1), self.number)
            return
        number = code.get(self.number, INTEGER)
        room = code.builder.icmp_signed("<", number, code.slot(node.capacity))
        code.overflow(code.builder.not_(room))
        with code.when(room):
            node.store(code, record, number)
            for key, text in ((ORDER_KEY, self.item.order), (BEST_KEY, self.item.best)):
                if text is not None:
                    code.store(
                        code.slot(node.fields[key][0], POINTER), number, self._finite(text, record)
                    )
            code.builder.store(code.builder.add(number, integer(1)), self.number)

    def _finite(self, text: str, record: Fields) -> Any:
        """Emit a value to compare; NaN counts as infinite."""
        value = self._value(text, record)
        if not isinstance(value, Scalar):
            raise UnsupportedError(f"an order of {self.node.name} by a value that is not a number")
        key = as_number(self.code, value)
        return self.code.builder.select(
            self.code.builder.fcmp_unordered("uno", key, key), double(float("inf")), key
        )

    def _value(self, text: str, record: Record) -> Value:
        return compile_tree(self.code, parse_fields(text), OwnNames(self.node, record))

    def end(self) -> None:
        """Emit the steps on the complete list."""
        node, code = self.node, self.code
        if self.item.order is not None:
            arrays = [(slot, kind) for slot, kind in node.fields.values()]
            sort_list(code, node, arrays, code.get(self.number, INTEGER))
            if self.item.best is not None:
                keep_first_smallest(code, node.fields[BEST_KEY][0], arrays, self.number)
        code.set_slot(node.count, code.get(self.number, INTEGER))
        code.end()


def _closer(code: Code, record: Record, other: Record, radius: float) -> Any:
    names = {
        "first_eta": (record, "eta"),
        "second_eta": (other, "eta"),
        "first": (record, "phi"),
        "second": (other, "phi"),
    }
    distance = evaluate_formula(
        code, DISTANCE, {name: item.get(code, field) for name, (item, field) in names.items()}
    )
    return code.builder.fcmp_ordered("<", distance.code, double(radius))


def equal_origin(code: Code, one: Record, first: int, other: Record, second: int) -> Any:
    """Emit whether two objects share an entry of the files, given at these positions."""
    left, right = one.get(code, f"@{first}"), other.get(code, f"@{second}")
    assert isinstance(left, Scalar)
    assert isinstance(right, Scalar)
    return code.builder.icmp_signed("==", left.code, right.code)
