"""Formulas of corrections in compiled code: correctionlib's operations, with the functions of the
C library that it calls.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

from llvmlite import ir

from wollemi_engine.compiled.code import DOUBLE, Code, double, intrinsic

_LIBRARY = {
    1: "log log10 exp erf cos sin tan acos asin atan cosh sinh tanh acosh asinh atanh".split(),  # noqa: SIM905
    2: ["pow", "atan2"],
}
_OPERANDS = {name: number for number, names in _LIBRARY.items() for name in names}
_ARITHMETIC = {"PLUS": "fadd", "MINUS": "fsub", "TIMES": "fmul", "DIV": "fdiv"}
_ORDER = {"GREATER": ">", "LESS": "<", "GREATEREQ": ">=", "LESSEQ": "<=", "EQUAL": "=="}
Tree = tuple[Any, ...]


def library_symbols() -> dict[str, int]:
    """Name in compiled code → address of a function of the C library."""
    library = ctypes.CDLL(None)
    return {
        f"library_{name}": ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
        for name in _OPERANDS
    }


def literals(tree: Tree) -> list[float]:
    """Numbers in a formula, in order."""
    if tree[0] == "literal":
        return [tree[1]]
    return [] if tree[0] == "input" else [value for part in tree[1:] for value in literals(part)]


def without_literals(tree: Tree) -> Tree:
    """A formula without its numbers."""
    if tree[0] in ("literal", "input"):
        return ("literal",) if tree[0] == "literal" else tree
    return (tree[0], *(without_literals(part) for part in tree[1:]))


def emit_formula(code: Code, tree: Tree, numbers: Iterator[Any], values: list[Any]) -> Any:
    """Emit a formula.

    Args:
        code: Builder that receives the instructions.
        tree: Tree of the formula.
        numbers: Numbers of the formula in order, LLVM doubles.
        values: LLVM values of the inputs of the correction.
    """
    if tree[0] == "literal":
        return next(numbers)
    if tree[0] == "input":
        return values[tree[1]]
    operands = [emit_formula(code, part, numbers, values) for part in tree[1:]]
    return _operation(code, tree[0], operands)


def _operation(code: Code, name: str, operands: list[Any]) -> Any:
    builder = code.builder
    if name in _ARITHMETIC:
        return getattr(builder, _ARITHMETIC[name])(*operands)
    if name == "NEGATIVE":
        return builder.fneg(*operands)
    if name in ("SQRT", "ABS"):
        return intrinsic(code, "sqrt" if name == "SQRT" else "fabs", *operands)
    if name in ("MAX", "MIN"):
        left, right = operands
        # as std::max and std::min: the result for NaN depends on the order of the operands
        other = builder.fcmp_ordered("<", *((left, right) if name == "MAX" else (right, left)))
        return builder.select(other, right, left)
    if name.lower() in _OPERANDS:
        return call_library(code, name.lower(), operands)
    return builder.uitofp(_condition(code, name, operands), DOUBLE)


def _condition(code: Code, name: str, operands: list[Any]) -> Any:
    builder = code.builder
    if name in _ORDER:
        return builder.fcmp_ordered(_ORDER[name], *operands)
    if name == "NOTEQUAL":
        return builder.fcmp_unordered("!=", *operands)
    left, right = (builder.fcmp_unordered("!=", operand, double(0)) for operand in operands)
    return {"LOGICALOR": builder.or_, "LOGICALAND": builder.and_}[name](left, right)


def call_library(code: Code, name: str, operands: list[Any]) -> Any:
    """Emit a call of a C library function."""
    module, full = code.builder.module, f"library_{name}"
    kind = ir.FunctionType(DOUBLE, [DOUBLE] * _OPERANDS[name])
    function = module.globals.get(full) or ir.Function(module, kind, full)
    return code.builder.call(function, operands)
