"""Values of the expressions of an analysis, event by event, on awkward arrays.

A name is one value or a list of values per event; arithmetic is float64 in stored order; `sum`,
`min`, `max`, `any`, `all`, `count` reduce the list of an event; a missing index (`muon[1]` with a
single muon) is None, and a comparison with None is false.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import awkward as ak
import numpy as np

from wollemi_engine.expressions.columns import Columns
from wollemi_engine.expressions.functions import (
    BINARY,
    CALLS,
    COMPARE,
    as_number,
    condition,
    negation,
)
from wollemi_engine.expressions.momenta import field_of
from wollemi_engine.expressions.random_numbers import NUMBERS
from wollemi_likelihood.base.errors import EvaluationError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.expressions.syntax import (
    CORRECTION,
    KINEMATICS,
    RANDOM,
    called_correction,
    parse_expression,
)

_OBJECT = (
    "an object is used where a number is needed",
    "take one of its fields, such as muon[0].pt",
)
# Part of the message of awkward or NumPy → problem and remedy.
_REASONS = {
    "overloads for custom types": _OBJECT,
    "cannot broadcast records": _OBJECT,
    "where() of objects": (
        "where() chooses between objects with different fields",
        "choose between their fields, such as where(a, muon[0].pt, jet[0].pt)",
    ),
    "where() of an object": (
        "where() chooses between an object and a number",
        "take a field of the object, such as where(a, muon[0].pt, 0)",
    ),
    "bitwise_and": ("'&' is for the bits of whole numbers", "write `and` between conditions"),
    "axis=1 exceeds the depth": (
        "an index needs a list for each event, not one value",
        "remove the index",
    ),
}


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """Evaluate an expression.

    Args:
        text: Text of the expression.
        names: Name → awkward array (events,) or (events, var), or records with a four-momentum.

    Returns:
        Awkward or numpy array over events.

    Raises:
        WollemiError: A name or field is unknown, or values do not fit together.
    """
    return _kept(names, "value", text, lambda: evaluate_tree(parse_expression(text), names, text))


def _kept(names: Mapping[str, Any], form: str, text: str, compute: Callable[[], Any]) -> Any:
    """The value of an expression in some form, computed once if the names keep values."""
    if isinstance(names, Columns) and names.keeps:
        return names.kept((form, text), compute)
    return compute()


def evaluate_tree(tree: ast.expr, names: Mapping[str, Any], text: str) -> Any:
    """Evaluate a parsed expression; see `evaluate`."""
    try:
        # NaN is counted where it is used, see `wollemi.events.not_numbers`.
        with np.errstate(all="ignore"):
            return _value(tree, names, text)
    except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise EvaluationError(text, *_explained(str(error).splitlines()[0])) from error


def _explained(reason: str) -> tuple[str, str]:
    """Problem and remedy for a library's message about incompatible values, in terms of
    expressions.
    """
    known = (text for part, text in _REASONS.items() if part in reason)
    return next(known, (reason, "check which names are lists and which are single values"))


def _value(node: ast.expr, names: Mapping[str, Any], text: str) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return _lookup(node.id, names, text)
        case ast.BinOp():
            return BINARY[type(node.op).__name__](
                _value(node.left, names, text), _value(node.right, names, text)
            )
        case ast.UnaryOp():
            return _unary(node.op, _value(node.operand, names, text))
        case ast.BoolOp():
            combine = operator.and_ if isinstance(node.op, ast.And) else operator.or_
            return _reduce(
                combine, [condition(_value(value, names, text)) for value in node.values]
            )
        case ast.Compare():
            return _comparison(node, names, text)
        case ast.Attribute():
            return _field(_value(node.value, names, text), node.attr, text)
        case ast.Subscript():
            return _element(_value(node.value, names, text), ast.literal_eval(node.slice))
        case ast.Call(func=ast.Name(id=name)) if name in RANDOM:
            return _lookup(NUMBERS, names, text).draw(name, ast.literal_eval(node.args[0]))
        case ast.Call():
            arguments = [_value(argument, names, text) for argument in node.args]
            return _function(node, names, text)(*arguments)
    raise TypeError(f"{type(node).__name__} is not part of the expression language")


def _function(node: ast.Call, names: Mapping[str, Any], text: str) -> Callable[..., Any]:
    correction = called_correction(node)
    if correction:
        return cast(Callable[..., Any], _lookup(f"{CORRECTION}.{correction}", names, text))
    return CALLS[node.func.id]  # type: ignore[attr-defined]


def _lookup(name: str, names: Mapping[str, Any], text: str) -> Any:
    try:
        value = names[name]
    except KeyError:
        problem = f"'{name}' is neither a branch, an object nor a column{did_you_mean(name, names)}"
        raise EvaluationError(text, problem, "correct the name in the expression") from None
    return _no_text(value, name, text)


def _no_text(value: Any, name: str, text: str) -> Any:
    """The value, unless it is text: numpy would read digits as numbers.

    Raises:
        EvaluationError: The value is text or lists of text.
    """
    layout = value.layout if isinstance(value, ak.Array) else None
    while layout is not None and (layout.is_list or layout.is_option or layout.is_indexed):
        if layout.parameter("__array__") in ("string", "bytestring"):
            remedy = "use numbers, or a column that a hook makes of the text"
            raise EvaluationError(text, f"'{name}' is text, not numbers", remedy)
        layout = layout.content
    return value


def _unary(op: ast.unaryop, value: Any) -> Any:
    if isinstance(op, ast.Not):
        return negation(value)
    return -as_number(value) if isinstance(op, ast.USub) else value


def _reduce(combine: Callable[[Any, Any], Any], values: list[Any]) -> Any:
    result = values[0]
    for value in values[1:]:
        result = combine(result, value)
    return result


def _comparison(node: ast.Compare, names: Mapping[str, Any], text: str) -> Any:
    """Evaluate a chain such as `60 < mass < 120` as the conjunction of its links."""
    values = [_value(operand, names, text) for operand in (node.left, *node.comparators)]
    if any(isinstance(value, ak.Array) and ak.fields(value) for value in values):
        # vector compares four-momenta, and treats missing ones as different.
        raise EvaluationError(text, *_OBJECT)
    pairs = zip(node.ops, values[:-1], values[1:], strict=True)
    return _reduce(
        operator.and_,
        [condition(COMPARE[type(op).__name__](left, right)) for op, left, right in pairs],
    )


def _field(value: Any, name: str, text: str) -> Any:
    fields = ak.fields(value)
    if name in fields or name in KINEMATICS:
        return _no_text(field_of(value, name), name, text)
    problem = f"there is no field '{name}'{did_you_mean(name, [*fields, *KINEMATICS])}"
    raise EvaluationError(text, problem, "correct the field in the analysis file")


def _element(value: Any, index: int) -> Any:
    """Element of each event's list; None if the list is too short."""
    present = ak.num(value) > index if index >= 0 else ak.num(value) >= -index
    return ak.mask(value, present)[:, index]


def evaluate_flags(
    text: str, names: Mapping[str, Any], events: int
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Evaluate a selection to one truth value per event (events,); see `evaluate`, `as_flags`."""
    flags: np.ndarray[Any, np.dtype[np.bool_]] = _kept(
        names, "flags", text, lambda: as_flags(evaluate(text, names), events, text)
    )
    return flags


def evaluate_values(
    text: str, names: Mapping[str, Any], events: int
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Evaluate a variable or weight to one number per event (events,); see `evaluate` and
    `as_values`.
    """
    values: np.ndarray[Any, np.dtype[np.float64]] = _kept(
        names, "values", text, lambda: as_values(evaluate(text, names), events, text)
    )
    return values


def as_flags(value: Any, events: int, text: str = "") -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Convert a selection to one truth value per event; None is false.

    Args:
        value: Result of an expression, shape (events,).
        events: Number of events, for a constant.
        text: Text of the expression, for the error.

    Raises:
        WollemiError: The expression gives a list or an object for each event.
    """
    if isinstance(value, ak.Array) and ak.fields(value):
        problem = "gives an object for each event, not one truth value"
        raise EvaluationError(
            text, problem, "compare one of its fields, such as muon[0].pt > 30", "selection"
        )
    if isinstance(value, ak.Array) and value.ndim > 1:
        problem = "gives a list for each event, not one truth value"
        raise EvaluationError(text, problem, "use any(...) or all(...)", "selection")
    flags = condition(value)
    flags = ak.to_numpy(flags) if isinstance(flags, ak.Array) else flags
    return np.broadcast_to(np.asarray(flags, bool), (events,))


def as_values(value: Any, events: int, text: str = "") -> np.ndarray[Any, np.dtype[np.float64]]:
    """Convert a variable to one float64 per event; None becomes NaN.

    Args:
        value: Result of an expression, shape (events,).
        events: Number of events, for a constant.
        text: Text of the expression, for the error.

    Raises:
        WollemiError: The expression gives a list or an object for each event.
    """
    if isinstance(value, ak.Array) and (value.ndim > 1 or ak.fields(value)):
        problem = "gives a list or an object for each event, not one number"
        raise EvaluationError(
            text, problem, "choose one, such as muon[0].pt, or use sum(...), min(...), max(...)"
        )
    has_none = isinstance(value, ak.Array) and not value.layout.is_numpy
    filled = ak.fill_none(value, np.nan) if has_none else value
    return np.broadcast_to(np.asarray(ak.to_numpy(filled), np.float64), (events,))


@dataclass(frozen=True)
class Entries:
    """Entries of a variable.

    Args:
        values: Values, NaN for None, shape (entries,).
        present: Flags of entries that are not None, shape (entries,).
        counts: Number of entries per selected event, shape (events,).
    """

    values: np.ndarray[Any, np.dtype[np.float64]]
    present: np.ndarray[Any, np.dtype[np.bool_]]
    counts: np.ndarray[Any, np.dtype[np.int64]]


def evaluate_entry(
    text: str, names: Mapping[str, Any], flags: np.ndarray[Any, np.dtype[np.bool_]]
) -> Entries:
    """Evaluate a variable with one entry per event; see `evaluate_entries`."""
    value = evaluate(text, names)
    values, missing = (
        as_values(value, flags.size, text)[flags],
        is_missing(value, flags.size)[flags],
    )
    return Entries(values, ~missing, np.ones(values.size, np.int64))


def is_missing(value: Any, events: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Flags of events whose value is None (events,)."""
    return np.asarray(ak.is_none(value)) if isinstance(value, ak.Array) else np.zeros(events, bool)


def evaluate_entries(
    text: str, names: Mapping[str, Any], flags: np.ndarray[Any, np.dtype[np.bool_]]
) -> Entries:
    """Evaluate a variable with several entries per event.

    Args:
        text: Text of the expression.
        names: Name → array, as for `evaluate`.
        flags: Flags of selected events, shape (events,).

    Raises:
        WollemiError: The expression does not give a list of numbers for each event.
    """
    value = evaluate(text, names)
    if isinstance(value, ak.Array) and ak.fields(value):
        raise EvaluationError(text, *_OBJECT)
    if not isinstance(value, ak.Array) or value.ndim != 2:
        problem = "does not give a list of numbers for each event"
        raise EvaluationError(
            text, problem, "use a list such as jet.pt with `per: object`, or remove `per`"
        )
    lists = value[flags]
    values = ak.flatten(ak.fill_none(lists, np.nan, axis=1))
    counts = ak.fill_none(ak.num(lists), 0)  # a list that is None has no entries
    missing = np.asarray(ak.is_none(ak.flatten(lists)), bool)
    return Entries(np.asarray(values, np.float64), ~missing, np.asarray(counts, np.int64))
