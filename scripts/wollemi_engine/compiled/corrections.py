"""Corrections in compiled code: functions of their arguments, bit-identical to correctionlib.

Arguments refused by `wollemi_engine.events.corrections` end the batch: the awkward evaluation
reports them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from wollemi_engine.compiled.code import (
    DOUBLE,
    INTEGER,
    POINTER,
    Code,
    UnsupportedError,
    double,
    integer,
)
from wollemi_engine.compiled.correction_nodes import LARGEST, NodeCode, required
from wollemi_engine.compiled.correction_trees import Stack, Tree
from wollemi_engine.compiled.state import State
from wollemi_engine.compiled.values import FLOAT, Scalar, as_constant, converted, is_float
from wollemi_engine.events.corrections import CorrectionCall, CorrectionInput

_STEPS = {"+": "fadd", "*": "fmul", "/": "fdiv"}


def emit_correction(
    module: Any, state: State, name: str, call: CorrectionCall, tree: Tree | Stack
) -> Any:
    """Emit the function of a correction; its arguments are the state, the event and the variable
    inputs, doubles and integers.

    Args:
        module: Module that receives the function.
        state: State with its tables.
        name: Name of the function.
        call: Correction as called in expressions.
        tree: Nodes of the correction.
    """
    kinds = [_kind(item) for item in call.inputs if item.argument]
    kind = ir.FunctionType(DOUBLE, (POINTER, INTEGER, *kinds))
    function = ir.Function(module, kind, module.get_unique_name(name))
    function.linkage = "internal"
    code = Code(function)
    nodes, arguments = NodeCode(code, state), iter(code.arguments)
    values = [
        _argument(code, item, next(arguments)) if item.argument else _constant(item)
        for item in call.inputs
    ]
    if isinstance(tree, Stack):
        result = _stacked(code, nodes, tree, values)
    else:
        result = nodes.value([tree.content], integer(0), values)
    code.builder.ret(required(code, result))
    return function


def call_correction(
    code: Code, function: Any, call: CorrectionCall, arguments: Sequence[Scalar]
) -> Scalar:
    """Emit the value of a correction; None if an argument is None.

    Args:
        code: Builder that receives the instructions.
        function: Function of the correction.
        call: Correction as called in expressions.
        arguments: Arguments in the expression.
    """
    if all(item.kind == "constant" for item in arguments):
        return as_constant(call(*(item.constant for item in arguments)))
    valid = code.both(*(item.valid for item in arguments))
    place = code.entry_variable(DOUBLE)
    with code.when(ir.Constant(ir.IntType(1), 1) if valid is None else valid):
        values = [
            _input(code, arguments[item.argument - 1], item.kind)
            for item in call.inputs
            if item.argument
        ]
        value = code.builder.call(function, [code.state, code.event, *values])
        code.builder.store(value, place)
    return Scalar(FLOAT, code.get(place, DOUBLE), valid)


def _kind(item: CorrectionInput) -> Any:
    return INTEGER if item.kind == "int" else DOUBLE


def _argument(code: Code, item: CorrectionInput, value: Any) -> Any:
    return value if item.kind == "int" else required(code, value)


def _constant(item: CorrectionInput) -> Any:
    if isinstance(item.constant, str):
        return None
    if not math.isfinite(item.constant) or (item.kind == "int" and abs(item.constant) >= LARGEST):
        raise UnsupportedError(f"a correction with the input {item.constant}")
    return integer(int(item.constant)) if item.kind == "int" else double(item.constant)


def _input(code: Code, scalar: Scalar, kind: str) -> Any:
    """Emit an argument in the type of an input; non-integers for integer inputs end the batch."""
    if kind == "real":
        return converted(code, scalar, FLOAT)
    if scalar.kind == "constant" and not abs(scalar.constant) < LARGEST:
        raise UnsupportedError(f"a correction of {scalar.constant}")
    if scalar.kind == "constant" or not is_float(scalar.kind):
        value = converted(code, scalar, "int64")
        if scalar.kind == "uint64":
            code.fail(code.builder.icmp_signed("<", value, integer(0)))
        return value
    builder = code.builder
    number = required(code, scalar.code, LARGEST)
    whole = builder.fptosi(number, INTEGER)
    code.fail(builder.fcmp_unordered("!=", builder.sitofp(whole, DOUBLE), number))
    return whole


def _stacked(code: Code, nodes: NodeCode, stack: Stack, values: list[Any]) -> Any:
    """Emit corrections in sequence; each may change the inputs of the next ones."""
    names, values = list(stack.inputs), list(values)
    result = None
    for member in stack.members:
        inputs = [values[names.index(name)] for name in member.inputs]
        factor = nodes.value([member.content], integer(0), inputs)
        for place in stack.updates:
            step = getattr(code.builder, _STEPS[stack.input_op])
            values[place] = required(code, step(values[place], factor))
        if result is None or stack.output_op == "last":
            result = factor
        else:
            result = getattr(code.builder, _STEPS[stack.output_op])(result, factor)
    return result
