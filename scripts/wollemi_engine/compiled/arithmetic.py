"""Arithmetic of the compiled event loop, with the types and the rounding of numpy for each
operation.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import awkward as ak
import numpy as np
from llvmlite import ir

from wollemi_engine.compiled.code import (
    BIT,
    DOUBLE,
    Code,
    UnsupportedError,
    double,
    integer,
    intrinsic,
)
from wollemi_engine.compiled.numpy_loops import call_loop
from wollemi_engine.compiled.values import (
    FLOAT,
    Scalar,
    as_constant,
    code_type,
    converted,
    is_float,
    wrapped,
)
from wollemi_engine.expressions.functions import BINARY, CALLS, COMPARE, as_number, plain

# Functions of the language, and further ones for the formulas of four-momenta.
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **BINARY, **CALLS, **COMPARE, "USub": lambda value: -as_number(value),
    "copysign": np.copysign, "arcsinh": np.arcsinh, "arctan": np.arctan, "arccos": np.arccos,
}  # fmt: skip
LOOP_NAMES = {"atan2": "arctan2"}
_INTEGER = {"Add": "add", "Sub": "sub", "Mult": "mul", "BitAnd": "and_"}
_FLOAT = {"Add": "fadd", "Sub": "fsub", "Mult": "fmul", "Div": "fdiv"}
_ORDER = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!="}


@lru_cache(maxsize=4096)
def _result(name: str, operands: tuple[tuple[str, Any, type], ...]) -> Any:
    """Result of the awkward evaluation: a numpy type, or a constant for constants."""
    constants = all(kind == "constant" for kind, _, _ in operands)
    values = [
        value if kind == "constant" else ak.Array(np.ones(1, kind)) for kind, value, _ in operands
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = _FUNCTIONS[name](*values)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise UnsupportedError(
                f"{name} of {', '.join(kind for kind, _, _ in operands)}"
            ) from error
    return plain(result) if constants else str(ak.to_numpy(result).dtype)


def result_kind(name: str, *operands: Scalar) -> Any:
    """Type of the result of an operation; for constants, the result itself.

    Args:
        name: Name of the operation in `wollemi_engine.expressions.functions`.
        operands: Operands.

    Raises:
        UnsupportedError: The operation is unknown to awkward, or its result cannot be compiled.
    """
    result = _result(
        name, tuple((item.kind, item.constant, type(item.constant)) for item in operands)
    )
    if isinstance(result, str):
        code_type(result)
    return result


def _is_constant(*operands: Scalar) -> bool:
    return all(item.kind == "constant" for item in operands)


def binary(code: Code, name: str, first: Scalar, second: Scalar) -> Scalar:
    """Emit `+ - * / ** % &` of two numbers."""
    kind = result_kind(name, first, second)
    if _is_constant(first, second):
        return as_constant(kind)
    valid = code.both(first.valid, second.valid)
    if name == "Pow":
        return Scalar(kind, _power(code, kind, first, second), valid)
    left, right = converted(code, first, kind), converted(code, second, kind)
    if name == "Mod":
        return Scalar(kind, _remainder(code, kind, left, right, second), valid)
    if is_float(kind):
        return Scalar(kind, getattr(code.builder, _FLOAT[name])(left, right), valid)
    if kind == "bool":
        return Scalar(kind, code.builder.and_(left, right), valid)
    return Scalar(
        kind, wrapped(code, getattr(code.builder, _INTEGER[name])(left, right), kind), valid
    )


def _power(code: Code, kind: str, base: Scalar, exponent: Scalar) -> Any:
    """Emit a power like numpy: a square is x · x; other powers use numpy's loop, which knows that
    the exponent is a constant.
    """
    if exponent.kind != "constant":
        raise UnsupportedError("an exponent that is not a constant")
    value = converted(code, base, kind)
    if is_float(kind):
        if exponent.constant == 2:
            return code.builder.fmul(value, value)
        return call_loop(code, "power", value, double(exponent.constant), constant_second=True)
    if not 0 <= exponent.constant <= 16 or kind == "bool":
        raise UnsupportedError(f"a whole number to the power of {exponent.constant}")
    result = integer(1)
    for _ in range(exponent.constant):
        result = wrapped(code, code.builder.mul(result, value), kind)
    return result


def _remainder(code: Code, kind: str, value: Any, divisor: Any, second: Scalar) -> Any:
    if is_float(kind):
        return float_remainder(code, value, divisor)
    if second.constant <= 0:
        raise UnsupportedError("the remainder of whole numbers by a negative constant")
    builder = code.builder
    if kind[0] == "u":
        return builder.urem(value, divisor)
    rest = builder.srem(value, divisor)
    return builder.select(
        builder.icmp_signed("<", rest, integer(0)), builder.add(rest, divisor), rest
    )


def float_remainder(code: Code, value: Any, divisor: Any) -> Any:
    """Emit Python's `%` of float64 as numpy computes it: an exact remainder of the magnitudes, then
    the sign of the divisor.

    The rounded quotient is at least the integer part of the true one, and exceeds it by at most
    one: x - n·y, rounded once, is exact in both cases, and so is adding y if it is negative. No
    stepwise division is needed.
    """
    builder, place, zero = code.builder, code.variable(double(0)), double(0)
    size = intrinsic(code, "fabs", value)
    quotient = builder.fdiv(size, divisor)
    usual = builder.and_(
        builder.fcmp_ordered(">", divisor, zero),
        builder.fcmp_ordered("<", divisor, double(float("inf"))),
    )
    usual = builder.and_(usual, builder.fcmp_ordered("<", quotient, double(2.0**52)))
    with builder.if_else(usual) as (then, otherwise):
        with then:
            rest = intrinsic(
                code, "fma", builder.fneg(intrinsic(code, "floor", quotient)), divisor, size
            )
            rest = builder.select(
                builder.fcmp_ordered("<", rest, zero), builder.fadd(rest, divisor), rest
            )
            below = builder.and_(
                builder.fcmp_ordered("<", value, zero), builder.fcmp_ordered(">", rest, zero)
            )
            builder.store(
                builder.select(below, builder.fadd(builder.fneg(rest), divisor), rest), place
            )
        with otherwise:
            builder.store(call_loop(code, "remainder", value, divisor), place)
    return code.get(place, DOUBLE)


def compare(code: Code, name: str, first: Scalar, second: Scalar) -> Scalar:
    """Emit a comparison; false for None."""
    result = result_kind(name, first, second)
    if _is_constant(first, second):
        return as_constant(result)
    builder, sign = code.builder, _ORDER[name]
    kinds = [
        item.kind if item.kind != "constant" else type(item.constant).__name__
        for item in (first, second)
    ]
    if any("float" in kind for kind in kinds):
        left, right = converted(code, first, FLOAT), converted(code, second, FLOAT)
        flag = (builder.fcmp_unordered if name == "NotEq" else builder.fcmp_ordered)(
            sign, left, right
        )
    else:
        left, right = converted(code, first, "int64"), converted(code, second, "int64")
        if (
            "uint64" in kinds
            and any(kind.startswith("int") for kind in kinds)
            and not _is_natural(first, second)
        ):
            raise UnsupportedError("a comparison of uint64 with a whole number that has a sign")
        flag = (builder.icmp_unsigned if "uint64" in kinds else builder.icmp_signed)(
            sign, left, right
        )
    return Scalar("bool", code.both(flag, first.valid, second.valid))


def _is_natural(*operands: Scalar) -> bool:
    """Whether every operand other than uint64 is a constant of at least 0."""
    return all(
        item.kind == "uint64" or (item.kind == "constant" and item.constant >= 0)
        for item in operands
    )


def negative(code: Code, value: Scalar) -> Scalar:
    """Emit `-x`."""
    kind = result_kind("USub", value)
    if _is_constant(value):
        return as_constant(kind)
    number = converted(code, value, kind)
    minus = (
        code.builder.fneg(number)
        if is_float(kind)
        else wrapped(code, code.builder.neg(number), kind)
    )
    return Scalar(kind, minus, value.valid)


def absolute(code: Code, value: Scalar) -> Scalar:
    """Emit `abs(x)`."""
    kind = result_kind("abs", value)
    if _is_constant(value):
        return as_constant(kind)
    if is_float(kind):
        return Scalar(kind, intrinsic(code, "fabs", converted(code, value, kind)), value.valid)
    if value.kind == "bool" or kind[0] == "u":
        return Scalar(kind, converted(code, value, kind), value.valid)
    below = code.builder.icmp_signed("<", value.code, integer(0))
    return Scalar(
        kind,
        wrapped(code, code.builder.select(below, code.builder.neg(value.code), value.code), kind),
        value.valid,
    )


def extreme(code: Code, name: str, first: Scalar, second: Scalar) -> Scalar:
    """Emit the smaller or larger value (`min`, `max`); NaN if either is NaN."""
    kind = result_kind(name, first, second)
    if _is_constant(first, second):
        return as_constant(kind)
    left, right = converted(code, first, kind), converted(code, second, kind)
    better = precedes(code, name, kind, left, right)
    if is_float(kind):
        better = code.builder.or_(better, code.builder.fcmp_unordered("uno", left, left))
    return Scalar(
        kind, code.builder.select(better, left, right), code.both(first.valid, second.valid)
    )


def precedes(code: Code, name: str, kind: str, left: Any, right: Any, equal: str = "=") -> Any:
    """Emit whether a value is at most (`min`) or at least (`max`) another."""
    sign = ("<" if name == "min" else ">") + equal
    if is_float(kind):
        return code.builder.fcmp_ordered(sign, left, right)
    unsigned = kind == "bool" or kind[0] == "u"
    return (code.builder.icmp_unsigned if unsigned else code.builder.icmp_signed)(sign, left, right)


def choose(code: Code, flag: Scalar, yes: Scalar, no: Scalar) -> Scalar:
    """Emit `where(flag, yes, no)`."""
    kind = result_kind("where", Scalar("bool"), yes, no)
    builder = code.builder
    value = builder.select(flag.code, converted(code, yes, kind), converted(code, no, kind))
    if yes.valid is None and no.valid is None:
        return Scalar(kind, value)
    certain = ir.Constant(BIT, 1)
    return Scalar(kind, value, builder.select(flag.code, yes.valid or certain, no.valid or certain))


def elementary(code: Code, name: str, *operands: Scalar) -> Scalar:
    """Emit a function such as `exp` or `atan2` by numpy's own loop; `sqrt` and `floor` are exact
    without it.
    """
    kind = result_kind(name, *operands)
    if _is_constant(*operands):
        return as_constant(kind)
    valid = code.both(*(item.valid for item in operands))
    if name == "floor" and not is_float(kind):
        return Scalar(kind, converted(code, operands[0], kind), valid)
    if not is_float(kind):
        raise UnsupportedError(f"{name} as {kind}")
    values = [converted(code, item, kind) for item in operands]
    if name in ("sqrt", "floor", "copysign"):
        return Scalar(kind, intrinsic(code, name, *values), valid)
    return Scalar(kind, call_loop(code, LOOP_NAMES.get(name, name), *values), valid)
