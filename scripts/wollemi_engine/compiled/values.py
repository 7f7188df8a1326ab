"""Values of expressions during compilation: a number, a list of an event, or an object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from llvmlite import ir

from wollemi_engine.compiled.code import (
    BIT,
    DOUBLE,
    INTEGER,
    LOADED,
    Code,
    UnsupportedError,
    double,
    integer,
)
from wollemi_likelihood.expressions.syntax import LEGS

FLOAT = "float64"


@dataclass(frozen=True, eq=False)
class Scalar:
    """A number or truth value.

    Args:
        kind: Type of numpy, `bool`, an integer or `float64`; or `constant`.
        code: LLVM value: a bit, 64-bit integer or double.
        valid: LLVM bit that is 0 for None; None if the value is always valid.
        constant: Number of a constant.
    """

    kind: str
    code: Any = None
    valid: Any = None
    constant: Any = None


class Record(Protocol):
    """Fields of one object."""

    def get(self, code: Code, name: str) -> Value:
        """Value of a field, or a leg as an object."""
        ...

    def stored(self) -> list[str]:
        """Names of the fields that are not derived, legs included."""
        ...


@dataclass(frozen=True, eq=False)
class Single:
    """One object of an event; `valid` as in `Scalar`."""

    record: Record
    valid: Any = None


@dataclass(frozen=True, eq=False)
class Listing:
    """A list per event.

    Args:
        length: Length of the list, an LLVM integer.
        element: Function that gives the element at an index.
        axis: Key that is equal for lists with certainly the same length.
        valid: LLVM bit that is 0 if the list is None; None if it is always valid.
        objects: Whether the elements are objects; element 0 of an empty list may then be
            requested.
    """

    length: Any
    element: Callable[[Any], Value]
    axis: Any = field(default_factory=object)
    valid: Any = None
    objects: bool = False


Value = Scalar | Single | Listing


def as_constant(value: Any) -> Scalar:
    """A number of the expression as a constant."""
    return Scalar("constant", constant=value)


def is_float(kind: str) -> bool:
    """Whether values of a kind are doubles."""
    return kind == FLOAT


def code_type(kind: str) -> Any:
    """LLVM type of values of a kind.

    Raises:
        UnsupportedError: The kind does not have one.
    """
    if kind == FLOAT:
        return DOUBLE
    if kind not in LOADED:
        raise UnsupportedError(f"values of type {kind}")
    return BIT if kind == "bool" else INTEGER


def converted(code: Code, scalar: Scalar, kind: str) -> Any:
    """LLVM value of a scalar converted to a kind, as in numpy."""
    if scalar.kind == "constant":
        return _constant(scalar.constant, kind)
    if scalar.kind == kind:
        return scalar.code
    builder = code.builder
    if kind == "bool":
        zero = double(0) if is_float(scalar.kind) else ir.Constant(scalar.code.type, 0)
        return (
            builder.fcmp_unordered("!=", scalar.code, zero)
            if is_float(scalar.kind)
            else builder.icmp_signed("!=", scalar.code, zero)
        )
    if is_float(kind):
        unsigned = scalar.kind == "bool" or scalar.kind[0] == "u"
        return (
            builder.uitofp(scalar.code, DOUBLE) if unsigned else builder.sitofp(scalar.code, DOUBLE)
        )
    if is_float(scalar.kind):
        raise UnsupportedError(f"{scalar.kind} to {kind}")
    value = builder.zext(scalar.code, INTEGER) if scalar.kind == "bool" else scalar.code
    return wrapped(code, value, kind)


def _constant(value: Any, kind: str) -> Any:
    if is_float(kind):
        return double(value)
    if kind == "bool":
        return ir.Constant(BIT, int(bool(value)))
    if code_type(kind) is not INTEGER or int(value) != value:
        raise UnsupportedError(f"the constant {value} as {kind}")
    return integer(int(value))


def wrapped(code: Code, value: Any, kind: str) -> Any:
    """A 64-bit integer modulo the range of a kind."""
    bits = LOADED[kind]
    if bits == 64:
        return value
    short = code.builder.trunc(value, ir.IntType(bits))
    return (
        code.builder.zext(short, INTEGER) if kind[0] == "u" else code.builder.sext(short, INTEGER)
    )


def truth(code: Code, value: Value) -> Scalar:
    """Convert a value to a condition; None is false.

    Raises:
        UnsupportedError: The value is not a truth value.
    """
    if isinstance(value, Scalar) and value.kind == "constant":
        return Scalar("bool", ir.Constant(BIT, int(bool(value.constant))))
    if not isinstance(value, Scalar):
        raise UnsupportedError("a condition that is not a truth value")
    return Scalar("bool", code.both(converted(code, value, "bool"), value.valid))


def spread(code: Code, make: Callable[..., Value], *values: Value) -> Value:
    """Apply an operation element by element; single values are combined with each element of lists.

    Args:
        code: Builder that receives the instructions.
        make: Operation on single values.
        values: Operands.
    """
    lists = [value for value in values if isinstance(value, Listing)]
    if not lists:
        return make(*values)
    valid = code.both(*(value.valid for value in values))
    length = _common_length(code, lists, valid)
    plain = [
        value if isinstance(value, Listing) else replace(value, valid=None) for value in values
    ]

    def element(index: Any) -> Value:
        return make(
            *(value.element(index) if isinstance(value, Listing) else value for value in plain)
        )

    return Listing(length, element, lists[0].axis, valid)


def _common_length(code: Code, lists: list[Listing], valid: Any) -> Any:
    length = lists[0].length
    for other in lists[1:]:
        if other.axis is not lists[0].axis and other.axis != lists[0].axis:
            differ = code.both(code.builder.icmp_signed("!=", length, other.length), valid)
            code.fail(differ)
            length = code.builder.select(differ, integer(0), length)
    return length


def field_of(code: Code, value: Value, name: str) -> Value:
    """Field of an object, or of each object in a list."""
    if isinstance(value, Scalar):
        raise UnsupportedError(f"a field '{name}' of a number")
    if isinstance(value, Listing):
        fields = partial(_field_at, code, value, name)
        return Listing(value.length, fields, value.axis, value.valid, objects=name in LEGS)
    found = value.record.get(code, name)
    if isinstance(found, Listing):
        raise UnsupportedError(f"a field '{name}' that is a list")
    return replace(found, valid=code.both(found.valid, value.valid))


def _field_at(code: Code, values: Listing, name: str, index: Any) -> Value:
    return field_of(code, values.element(index), name)


def chosen(code: Code, value: Value, index: int) -> Value:
    """Element of a list; None if the list is too short."""
    if not isinstance(value, Listing):
        raise UnsupportedError("an index of a value that is not a list")
    builder = code.builder
    present = builder.icmp_signed(">" if index >= 0 else ">=", value.length, integer(abs(index)))
    present = code.both(present, value.valid)
    place = integer(index) if index >= 0 else builder.add(value.length, integer(index))
    if value.objects:
        found = value.element(builder.select(present, place, integer(0)))
        assert isinstance(found, Single)
        return Single(found.record, code.both(found.valid, present))
    with code.when(present):
        found = value.element(place)
        if not isinstance(found, Scalar) or found.kind == "constant":
            raise UnsupportedError("an element that is not a number")
        number, valid = code.entry_variable(found.code.type), code.entry_variable(BIT)
        builder.store(found.code, number)
        builder.store(ir.Constant(BIT, 1) if found.valid is None else found.valid, valid)
    return Scalar(
        found.kind,
        code.get(number, code_type(found.kind)),
        code.both(code.get(valid, BIT), present),
    )
