"""Compilation of an expression; the result must equal `wollemi_engine.expressions.evaluation`'s."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from llvmlite import ir

from wollemi_engine.compiled.arithmetic import binary, compare, negative
from wollemi_engine.compiled.calls import call
from wollemi_engine.compiled.code import BIT, Code, UnsupportedError, double
from wollemi_engine.compiled.formulas import MOMENTUM_ONLY, momentum
from wollemi_engine.compiled.random_numbers import random_number
from wollemi_engine.compiled.values import (
    FLOAT,
    Listing,
    Scalar,
    Single,
    Value,
    as_constant,
    chosen,
    converted,
    field_of,
    spread,
    truth,
)
from wollemi_likelihood.expressions.syntax import MOMENTUM, RANDOM, parse_expression

_REDUCTIONS = frozenset("sum prod any all count".split())  # noqa: SIM905


class Names(Protocol):
    """Meaning of the names in an expression."""

    def is_list(self, name: str) -> bool:
        """Whether a name is a list in each event."""
        ...

    def value(self, code: Code, name: str) -> Value:
        """Emit the value of a name."""
        ...

    def uniform(self, code: Code, use: int) -> Scalar:
        """Emit a random number in (0, 1)."""
        ...

    def correction(self, code: Code, name: str, arguments: Sequence[Scalar]) -> Scalar:
        """Emit the value of a correction."""
        ...


def compile_expression(code: Code, text: str, names: Names) -> Value:
    """Emit the value of an expression.

    Args:
        code: Builder that receives the instructions.
        text: Text of the expression.
        names: Meaning of its names.

    Raises:
        UnsupportedError: A part of the expression cannot be compiled.
    """
    return compile_tree(code, parse_expression(text), names)


def compile_tree(code: Code, tree: ast.expr, names: Names) -> Value:
    """Emit the value of a parsed expression; see `compile_expression`."""
    return _Compiler(code, names).value(tree)


class _Compiler:
    def __init__(self, code: Code, names: Names):
        self._code = code
        self._names = names

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant():
                return as_constant(node.value)
            case ast.Name():
                return self._names.value(self._code, node.id)
            case ast.BinOp():
                return self._binary(
                    type(node.op).__name__, self.value(node.left), self.value(node.right)
                )
            case ast.UnaryOp():
                return self._unary(node.op, node.operand)
            case ast.BoolOp():
                return self._conditions(
                    isinstance(node.op, ast.And),
                    [partial(self.value, item) for item in node.values],
                    node.values,
                )
            case ast.Compare():
                return self._comparison(node)
            case ast.Attribute():
                return field_of(self._code, self.value(node.value), node.attr)
            case ast.Subscript():
                return chosen(self._code, self.value(node.value), ast.literal_eval(node.slice))
            case ast.Call(func=ast.Name(id=name)) if name in RANDOM:
                use = ast.literal_eval(node.args[0])
                return random_number(self._code, name, use, self._names.uniform)
            case ast.Call():
                return self._call(node)
        raise UnsupportedError(type(node).__name__)

    def _call(self, node: ast.Call) -> Value:
        arguments = [self.value(argument) for argument in node.args]
        if isinstance(node.func, ast.Name):
            return call(self._code, node.func.id, arguments)
        name = ast.unparse(node.func)

        def correct(*values: Value) -> Value:
            scalars = [value for value in values if isinstance(value, Scalar)]
            if len(scalars) < len(values):
                raise UnsupportedError("a correction of objects")
            return self._names.correction(self._code, name, scalars)

        return spread(self._code, correct, *arguments)

    def _binary(self, name: str, first: Value, second: Value) -> Value:
        result = spread(self._code, partial(_binary, self._code, name), first, second)
        if isinstance(result, Listing):
            return replace(
                result,
                objects=any(isinstance(item, Listing) and item.objects for item in (first, second)),
            )
        return result

    def _unary(self, op: ast.unaryop, operand: ast.expr) -> Value:
        value = self.value(operand)
        if isinstance(op, ast.Not):
            return spread(self._code, partial(_negation, self._code), value)
        return (
            spread(self._code, partial(_minus, self._code), value)
            if isinstance(op, ast.USub)
            else value
        )

    def _comparison(self, node: ast.Compare) -> Value:
        operands = [node.left, *node.comparators]
        links = zip(node.ops, operands[:-1], operands[1:], strict=True)
        makers = [partial(self._link, type(op).__name__, left, right) for op, left, right in links]
        return makers[0]() if len(makers) == 1 else self._conditions(True, makers, operands)

    def _link(self, name: str, left: ast.expr, right: ast.expr) -> Value:
        return spread(
            self._code, partial(_compare, self._code, name), self.value(left), self.value(right)
        )

    def _conditions(
        self, conjunction: bool, makers: Sequence[Callable[[], Value]], nodes: Sequence[ast.expr]
    ) -> Value:
        """Emit `and` or `or`; for single values, later ones are computed only if they matter."""
        if not any(self._is_list(node) for node in nodes):
            return _short_circuit(self._code, conjunction, makers)

        def combine(*values: Value) -> Value:
            return _short_circuit(
                self._code, conjunction, [partial(_same, value) for value in values]
            )

        return spread(self._code, combine, *(_of_one(self._code, make()) for make in makers))

    def _is_list(self, node: ast.expr) -> bool:
        match node:
            case ast.Name():
                return self._names.is_list(node.id)
            case ast.Subscript():
                return False
            case ast.Call():
                function = node.func.id if isinstance(node.func, ast.Name) else ""
                if function in _REDUCTIONS or (function in ("min", "max") and len(node.args) == 1):
                    return False
                if function == "nearest":
                    return self._is_list(node.args[0])
                return any(self._is_list(argument) for argument in node.args)
        return any(
            self._is_list(child)
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.expr)
        )


def _same(value: Value) -> Value:
    return value


def _of_one(code: Code, value: Value) -> Value:
    """Single values as conditions before they are combined with lists: None is false and does not
    make a list None.
    """
    return value if isinstance(value, Listing) else truth(code, value)


def _short_circuit(code: Code, conjunction: bool, makers: Sequence[Callable[[], Value]]) -> Scalar:
    result = code.variable(ir.Constant(BIT, int(not conjunction)))
    _decide(code, conjunction, list(makers), result)
    return Scalar("bool", code.get(result, BIT))


def _decide(code: Code, conjunction: bool, makers: list[Callable[[], Value]], result: Any) -> None:
    flag = truth(code, makers[0]()).code
    if len(makers) == 1:
        code.builder.store(flag, result)
        return
    if not conjunction:
        flag = code.builder.not_(flag)
    code.builder.store(ir.Constant(BIT, int(not conjunction)), result)
    with code.when(flag):
        _decide(code, conjunction, makers[1:], result)


def _negation(code: Code, value: Value) -> Scalar:
    if isinstance(value, Scalar) and value.kind == "constant":
        return as_constant(not value.constant)
    return Scalar("bool", code.builder.not_(truth(code, value).code))


def _minus(code: Code, value: Value) -> Scalar:
    if not isinstance(value, Scalar):
        raise UnsupportedError("the negative of an object")
    return negative(code, value)


def _compare(code: Code, name: str, first: Value, second: Value) -> Scalar:
    if not isinstance(first, Scalar) or not isinstance(second, Scalar):
        raise UnsupportedError("a comparison of objects")
    return compare(code, name, first, second)


def _binary(code: Code, name: str, first: Value, second: Value) -> Value:
    if isinstance(first, Scalar) and isinstance(second, Scalar):
        return binary(code, name, first, second)
    if (
        not isinstance(first, Single)
        or not isinstance(second, Single)
        or name not in ("Add", "Sub")
    ):
        raise UnsupportedError(f"{name} of objects and numbers")
    parts = {}
    for part in MOMENTUM["cartesian"]:
        left, right = (item.record.get(code, f"{MOMENTUM_ONLY}{part}") for item in (first, second))
        assert isinstance(left, Scalar)
        assert isinstance(right, Scalar)
        parts[part] = binary(code, name, left, right)
    return Single(momentum(parts), code.both(first.valid, second.valid))


def as_number(code: Code, value: Value) -> Any:
    """Emit a value of an event as a double; None becomes NaN.

    Raises:
        UnsupportedError: The value is a list or an object.
    """
    if not isinstance(value, Scalar):
        raise UnsupportedError("a list or an object where a number is wanted")
    number = converted(code, value, FLOAT)
    return (
        number
        if value.valid is None
        else code.builder.select(value.valid, number, double(float("nan")))
    )


def as_condition(code: Code, value: Value) -> Any:
    """Emit a value of an event as a bit; None is false.

    Raises:
        UnsupportedError: The value is not a truth value.
    """
    return truth(code, value).code
