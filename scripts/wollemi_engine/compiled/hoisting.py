"""Elementary functions moved out of the loop over the entries of a collection: numpy computes
several values in one call.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from functools import partial
from typing import Any

from wollemi_engine.compiled.arithmetic import LOOP_NAMES, result_kind
from wollemi_engine.compiled.code import DOUBLE, POINTER, Code, UnsupportedError
from wollemi_engine.compiled.expressions import compile_tree
from wollemi_engine.compiled.formulas import Fields
from wollemi_engine.compiled.lists import OwnNames, is_list_of_event
from wollemi_engine.compiled.numpy_loops import LOOPS, call_loop_on
from wollemi_engine.compiled.objects import ObjectNode
from wollemi_engine.compiled.values import FLOAT, Scalar, Value, converted
from wollemi_engine.expressions.event_random import SECOND
from wollemi_engine.expressions.fields import SELF, parse_fields

# as in wollemi_engine.expressions.event_random
NORMAL = f"sqrt(-2.0 * log(uniform({{}}))) * cos({2.0 * math.pi!r} * uniform({{}}))"
Parts = dict[str, Callable[[Any], Value]]  # name of a precomputed value → value for an entry
RecordAt = Callable[[Any], Fields]


def hoist(
    node: ObjectNode, code: Code, text: str, length: Any, record_at: RecordAt
) -> tuple[ast.expr, Parts]:
    """Emit the elementary functions of an expression for all entries of an event.

    Args:
        node: Object.
        code: Builder, before the loop over the entries.
        text: Text of the expression.
        length: Number of entries.
        record_at: Function that returns the fields of an entry.

    Returns:
        Expression with names in place of these functions, and the values of the names.
    """
    hoister = _Hoister(node, code, length, record_at)
    tree: ast.expr = hoister.visit(parse_fields(text))
    return tree, hoister.parts


class _Hoister(ast.NodeTransformer):
    def __init__(self, node: ObjectNode, code: Code, length: Any, record_at: RecordAt):
        self._node, self._code, self._length, self._record_at = node, code, length, record_at
        self.parts: Parts = {}

    def visit_Call(self, call: ast.Call) -> ast.expr:
        """Visit inner functions first; replace normal random numbers by their formula."""
        function = call.func.id if isinstance(call.func, ast.Name) else ""
        if function == "normal":
            use = ast.literal_eval(call.args[0])
            normal: ast.expr = self.visit(
                ast.parse(NORMAL.format(use, use + SECOND), mode="eval").body
            )
            return normal
        self.generic_visit(call)
        if LOOP_NAMES.get(function, function) not in LOOPS or not self._is_of_entries(call):
            return call
        arrays = [self._node.program.state.array(FLOAT, self._node) for _ in call.args]
        pointers = [self._code.slot(array, POINTER) for array in arrays]
        with self._code.loop(self._length) as index:
            for pointer, value in zip(
                pointers, self._arguments(function, call, index), strict=True
            ):
                self._code.store(pointer, index, value)
        call_loop_on(
            self._code,
            LOOP_NAMES.get(function, function),
            self._length,
            [*pointers, pointers[0]],
            [8] * (len(pointers) + 1),
        )
        name = f"__{arrays[0]}"
        self.parts[name] = partial(self._result, pointers[0])
        return ast.Name(name)

    def _is_of_entries(self, call: ast.Call) -> bool:
        """Whether a function has a value per entry that depends only on one number per entry."""
        names = [
            [part.id for part in ast.walk(argument) if isinstance(part, ast.Name)]
            for argument in call.args
        ]
        return bool(names[0]) and not any(
            name == SELF or is_list_of_event(self._node, name) for part in names for name in part
        )

    def _result(self, pointer: Any, index: Any) -> Scalar:
        return Scalar(FLOAT, self._code.load(pointer, index, DOUBLE))

    def _arguments(self, function: str, call: ast.Call, index: Any) -> list[Any]:
        record = with_parts(self._record_at(index), self.parts, index)
        names = OwnNames(self._node, record)
        values = [compile_tree(self._code, argument, names) for argument in call.args]
        scalars = [value for value in values if isinstance(value, Scalar) and value.valid is None]
        if len(scalars) < len(values) or result_kind(function, *scalars) != FLOAT:
            raise UnsupportedError(f"'{ast.unparse(call)}'")
        return [converted(self._code, scalar, FLOAT) for scalar in scalars]


def with_parts(record: Fields, parts: Parts, index: Any) -> Fields:
    """Add the precomputed values to an entry."""
    return Fields(
        {**record.parts, **{name: partial(part, index) for name, part in parts.items()}},
        record.coordinates,
    )
