"""Functions of the expression language in compiled code; their counterparts for arrays are in
`wollemi_engine.expressions.functions`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from typing import Any

from llvmlite import ir

from wollemi_engine.compiled.arithmetic import (
    absolute,
    choose,
    elementary,
    extreme,
    precedes,
    result_kind,
)
from wollemi_engine.compiled.code import BIT, INTEGER, Code, UnsupportedError, double, integer
from wollemi_engine.compiled.formulas import (
    MOMENTUM_ONLY,
    Fields,
    coordinates_of,
    evaluate_formula,
    momentum,
)
from wollemi_engine.compiled.values import (
    Listing,
    Scalar,
    Single,
    Value,
    code_type,
    converted,
    field_of,
    is_float,
    spread,
    truth,
)
from wollemi_likelihood.expressions.syntax import MOMENTUM

AZIMUTH = "(first - second + pi) % (2 * pi) - pi"
DISTANCE = f"sqrt((first_eta - second_eta)**2 + ({AZIMUTH})**2)"
FORMULAS = {
    "delta_phi": (("first", "second"), AZIMUTH),
    "mt": (
        ("first_pt", "first", "second_pt", "second"),
        f"sqrt(2 * first_pt * second_pt * (1 - cos({AZIMUTH})))",
    ),
}


def call(code: Code, name: str, arguments: list[Value]) -> Value:
    """Emit a call of a function.

    Args:
        code: Builder that receives the instructions.
        name: Name of the function.
        arguments: Arguments of the function.

    Raises:
        UnsupportedError: The function cannot be compiled for such arguments.
    """
    if name in _REDUCTIONS and len(arguments) == 1:
        return _reduction(code, name, arguments[0])
    if name in ("min", "max"):
        return reduce(
            lambda first, second: spread(
                code, partial(_scalars, extreme, code, name), first, second
            ),
            arguments,
        )
    if name == "abs":
        return spread(code, partial(_scalars, absolute, code), *arguments)
    if name == "where":
        return _where(code, *arguments)
    if name == "delta_r":
        return delta_r(code, *arguments)
    if name in FORMULAS:
        return _formula_of(code, name, arguments)
    if name == "nearest":
        return _nearest(code, *arguments)
    return spread(code, partial(_scalars, elementary, code, name), *arguments)


def _scalars(make: Callable[..., Scalar], *arguments: Any) -> Scalar:
    if any(isinstance(argument, Single) for argument in arguments):
        raise UnsupportedError("a function of objects")
    return make(*arguments)


def _where(code: Code, flags: Value, yes: Value, no: Value) -> Value:
    if all(isinstance(value, Scalar) and value.kind == "constant" for value in (flags, yes, no)):
        return yes if flags.constant else no  # type: ignore[union-attr]
    if isinstance(flags, Scalar) and isinstance(yes, Scalar) and isinstance(no, Scalar):
        return choose(code, truth(code, flags), yes, no)
    if isinstance(flags, Scalar) and isinstance(yes, Single) and isinstance(no, Single):
        return _one_of(code, truth(code, flags), yes, no)
    if isinstance(flags, Scalar) and isinstance(yes, Listing) and isinstance(no, Listing):
        return _one_list(code, truth(code, flags).code, yes, no)
    if not isinstance(flags, Listing) or flags.valid is not None:
        raise UnsupportedError("where() of one condition per event, a list and a single value")
    if any(isinstance(value, Single) or value.valid is not None for value in (yes, no)):
        raise UnsupportedError("where() of a list and a value that may be missing")
    return spread(
        code, lambda flag, a, b: _scalars(choose, code, truth(code, flag), a, b), flags, yes, no
    )


def _one_list(code: Code, flag: Any, yes: Listing, no: Listing) -> Listing:
    """Emit the list that the condition selects in each event; the lists may differ in length."""
    if yes.valid is not None or no.valid is not None or yes.objects != no.objects:
        raise UnsupportedError("where() of one condition per event and such lists")
    length = code.builder.select(flag, yes.length, no.length)
    axis = yes.axis if yes.axis is no.axis or yes.axis == no.axis else object()
    choose_element = _element_object if yes.objects else _element_number
    element = partial(choose_element, code, flag, yes, no)
    return Listing(length, element, axis, objects=yes.objects)


def _element_object(code: Code, flag: Any, yes: Listing, no: Listing, index: Any) -> Value:
    """Emit an object of one of two lists; the object of the other list is arbitrary, such as the
    first of an empty list.
    """
    builder, first = code.builder, integer(0)
    one = yes.element(builder.select(flag, index, first))
    other = no.element(builder.select(flag, first, index))
    assert isinstance(one, Single)
    assert isinstance(other, Single)
    return _one_of(code, Scalar("bool", flag), one, other)


def _element_number(code: Code, flag: Any, yes: Listing, no: Listing, index: Any) -> Scalar:
    """Emit a number of one of two lists; the other list may be too short."""
    with code.aside():
        items = [_scalars(_same, item.element(integer(0))) for item in (yes, no)]
        kind = result_kind("where", Scalar("bool"), *items)
    if not isinstance(kind, str):
        raise UnsupportedError("where() of lists of constants")
    number, present = code.entry_variable(code_type(kind)), code.entry_variable(BIT)
    for chosen, values in ((flag, yes), (code.builder.not_(flag), no)):
        with code.when(chosen):
            item = values.element(index)
            assert isinstance(item, Scalar)
            code.builder.store(converted(code, item, kind), number)
            certain = ir.Constant(BIT, 1)
            code.builder.store(certain if item.valid is None else item.valid, present)
    valid = None if all(item.valid is None for item in items) else code.get(present, BIT)
    return Scalar(kind, code.get(number, code_type(kind)), valid)


def _same(value: Scalar) -> Scalar:
    return value


def _one_of(code: Code, flag: Scalar, yes: Single, no: Single) -> Single:
    """Emit one of two objects; derived fields follow from the selected stored fields."""
    names = yes.record.stored()
    if set(names) != set(no.record.stored()):
        raise UnsupportedError("where() of objects with different fields")

    def part(name: str) -> Value:
        one, other = (item.record.get(code, name) for item in (yes, no))
        if isinstance(one, Single) and isinstance(other, Single):
            return _one_of(code, flag, one, other)
        return _scalars(choose, code, flag, one, other)

    parts = {name: partial(part, name) for name in names}
    certain = ir.Constant(BIT, 1)
    valid = (
        None
        if yes.valid is None and no.valid is None
        else code.builder.select(flag.code, yes.valid or certain, no.valid or certain)
    )
    return Single(Fields(parts, coordinates_of(set(names))), valid)


def _formula_of(code: Code, name: str, arguments: list[Value]) -> Value:
    names, text = FORMULAS[name]
    if name == "delta_phi":
        arguments = [_azimuth(code, argument) for argument in arguments]
    return spread(
        code,
        lambda *values: evaluate_formula(code, text, dict(zip(names, values, strict=True))),
        *arguments,
    )


def _azimuth(code: Code, value: Value) -> Value:
    if isinstance(value, Single) or (isinstance(value, Listing) and value.objects):
        return field_of(code, value, "phi")
    return value


def delta_r(code: Code, first: Value, second: Value) -> Value:
    """Emit the distance between objects, element by element."""
    parts = {
        "first": (first, "phi"),
        "second": (second, "phi"),
        "first_eta": (first, "eta"),
        "second_eta": (second, "eta"),
    }
    values = {name: field_of(code, value, field) for name, (value, field) in parts.items()}
    return spread(
        code,
        lambda *found: evaluate_formula(code, DISTANCE, dict(zip(values, found, strict=True))),
        *values.values(),
    )


def _nearest(code: Code, first: Value, second: Value) -> Value:
    if not isinstance(second, Listing) or not second.objects or second.valid is not None:
        raise UnsupportedError("nearest() among values that are not a list of objects")
    if isinstance(first, Single):
        found = _nearest_of(code, first, second)
        return Single(found.record, code.both(found.valid, first.valid))
    if not isinstance(first, Listing) or not first.objects:
        raise UnsupportedError("nearest() of values that are not objects")
    return Listing(
        first.length,
        lambda index: _nearest_of(code, first.element(index), second),
        first.axis,
        first.valid,
        True,
    )


def _nearest_of(code: Code, one: Value, others: Listing) -> Single:
    best, place = code.variable(double(0)), code.variable(integer(-1))
    with code.loop(others.length) as index:
        distance = delta_r(code, one, others.element(index))
        assert isinstance(distance, Scalar)
        unset = code.builder.icmp_signed("<", code.get(place, INTEGER), integer(0))
        closer = precedes(
            code, "min", "float64", distance.code, code.get(best, distance.code.type), equal=""
        )
        with code.when(code.builder.or_(unset, closer)):
            code.builder.store(distance.code, best)
            code.builder.store(index, place)
    found = code.get(place, INTEGER)
    present = code.builder.icmp_signed(">=", found, integer(0))
    element = others.element(code.builder.select(present, found, integer(0)))
    assert isinstance(element, Single)
    return Single(element.record, code.both(present, element.valid))


def _reduction(code: Code, name: str, value: Value) -> Value:
    if not isinstance(value, Listing):
        raise UnsupportedError(f"{name}() of one value an event")
    if value.objects:
        if name == "count":
            return Scalar("int64", value.length, value.valid)
        if name == "sum":
            return _momentum_total(code, value)
        raise UnsupportedError(f"{name}() of objects")
    return _REDUCTIONS[name](code, name, value)


def _momentum_total(code: Code, objects: Listing) -> Single:
    parts = {}
    for name in MOMENTUM["cartesian"]:
        values = field_of(code, objects, f"{MOMENTUM_ONLY}{name}")
        assert isinstance(values, Listing)
        parts[name] = _fold(code, "sum", values)
    return Single(momentum(parts), objects.valid)


def _numbers(value: Value) -> Scalar:
    if not isinstance(value, Scalar) or value.kind == "constant":
        raise UnsupportedError("a list of values that are not numbers")
    return value


def _fold(code: Code, name: str, values: Listing) -> Scalar:
    """Emit a sum or product, from the first to the last value; None is skipped."""
    with code.aside():
        kind = _FOLDED.get(_numbers(values.element(integer(0))).kind, "int64")
    total = code.variable(ir.Constant(code_type(kind), int(name == "prod")))
    builder = code.builder
    whole, real = (builder.mul, builder.fmul) if name == "prod" else (builder.add, builder.fadd)
    with code.loop(values.length) as index:
        item = _numbers(values.element(index))
        with code.when(item.valid if item.valid is not None else ir.Constant(BIT, 1)):
            result = (real if is_float(kind) else whole)(
                code.get(total, code_type(kind)), converted(code, item, kind)
            )
            builder.store(result, total)
    return Scalar(kind, code.get(total, code_type(kind)), values.valid)


_FOLDED = {
    "float64": "float64",
    "uint8": "uint64",
    "uint16": "uint64",
    "uint32": "uint64",
    "uint64": "uint64",
}


def _extreme_of_list(code: Code, name: str, values: Listing) -> Scalar:
    """Emit the extreme, starting from ±infinity: NaN is never selected. None without values."""
    with code.aside():
        kind = _numbers(values.element(integer(0))).kind
    if not is_float(kind):
        return _extreme_of_integers(code, name, values, kind)
    best = code.variable(double(float("inf") if name == "min" else float("-inf")))
    some = code.variable(ir.Constant(BIT, 0))
    with code.loop(values.length) as index:
        item = _numbers(values.element(index))
        with code.when(item.valid if item.valid is not None else ir.Constant(BIT, 1)):
            code.builder.store(ir.Constant(BIT, 1), some)
            with code.when(
                precedes(code, name, kind, item.code, code.get(best, item.code.type), equal="")
            ):
                code.builder.store(item.code, best)
    return Scalar(
        kind, code.get(best, code_type(kind)), code.both(code.get(some, BIT), values.valid)
    )


def _extreme_of_integers(code: Code, name: str, values: Listing, kind: str) -> Scalar:
    best, some = code.variable(ir.Constant(code_type(kind), 0)), code.variable(ir.Constant(BIT, 0))
    with code.loop(values.length) as index:
        item = _numbers(values.element(index))
        with code.when(item.valid if item.valid is not None else ir.Constant(BIT, 1)):
            beyond = precedes(
                code, name, kind, item.code, code.get(best, code_type(kind)), equal=""
            )
            with code.when(code.builder.or_(beyond, code.builder.not_(code.get(some, BIT)))):
                code.builder.store(item.code, best)
            code.builder.store(ir.Constant(BIT, 1), some)
    return Scalar(
        kind, code.get(best, code_type(kind)), code.both(code.get(some, BIT), values.valid)
    )


def _any_or_all(code: Code, name: str, values: Listing) -> Scalar:
    result = code.variable(ir.Constant(BIT, int(name == "all")))
    with code.loop(values.length) as index:
        flag = truth(code, values.element(index)).code
        combine = code.builder.and_ if name == "all" else code.builder.or_
        code.builder.store(combine(code.get(result, BIT), flag), result)
    return Scalar("bool", code.get(result, BIT), values.valid)


def _count(code: Code, name: str, values: Listing) -> Scalar:
    total = code.variable(integer(0))
    with code.loop(values.length) as index:
        flag = truth(code, values.element(index)).code
        code.builder.store(
            code.builder.add(code.get(total, INTEGER), code.builder.zext(flag, INTEGER)), total
        )
    return Scalar("int64", code.get(total, INTEGER), values.valid)


_REDUCTIONS: dict[str, Callable[[Code, str, Listing], Scalar]] = {
    "sum": _fold,
    "prod": _fold,
    "min": _extreme_of_list,
    "max": _extreme_of_list,
    "any": _any_or_all,
    "all": _any_or_all,
    "count": _count,
}
