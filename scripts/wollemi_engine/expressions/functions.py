"""The functions of the expression language on awkward arrays with one value per event (events,) or
a list of values (events, var).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

import awkward as ak
import numpy as np

from wollemi_engine.expressions.distances import azimuth_difference, delta_r, nearest
from wollemi_engine.expressions.momenta import cartesian, four_momentum
from wollemi_likelihood.expressions.syntax import MOMENTUM


def plain(value: Any) -> Any:
    """A constant as a Python number, whatever numpy type a function returned: it then takes the
    type of the other operand.
    """
    return (
        value.item()
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0)
        else value
    )


def condition(value: Any) -> Any:
    """Convert values to truth values: nonzero numbers are true, None is false."""
    if isinstance(value, ak.Array):
        kind = str(value.type)
        is_flag = "bool" in kind
        # Searching for None in data without any takes three times as long as a comparison.
        has_none = "?" in kind or "option" in kind
        filled = ak.fill_none(value, False if is_flag else 0, axis=-1) if has_none else value
        return filled if is_flag else filled != 0
    return np.asarray(value, bool) if isinstance(value, np.ndarray) and value.ndim else bool(value)


def negation(value: Any) -> Any:
    """`not` of a condition; None is false, so its negation is true."""
    flags = condition(value)
    return not flags if isinstance(flags, bool) else ~flags


def as_number(value: Any) -> Any:
    """Prepare an operand of arithmetic: truth values become 0 and 1, so that their sum counts;
    uint64 is unsigned and becomes float64.
    """
    value = _flags_as_numbers(value)
    return (
        ak.values_astype(value, np.float64)
        if isinstance(value, ak.Array) and "uint64" in str(value.type)
        else value
    )


def _flags_as_numbers(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return (
        ak.values_astype(value, np.int64)
        if isinstance(value, ak.Array) and "bool" in str(value.type)
        else value
    )


def _of_numbers(
    operation: Callable[..., Any], convert: Callable[[Any], Any] = as_number
) -> Callable[..., Any]:
    return lambda *values: plain(operation(*map(convert, values)))


def divisible(first: Any, second: Any) -> tuple[Any, Any]:
    """Operands of a remainder or floor division; both become float64 unless the divisor is a
    nonzero constant: x % 0 is NaN, which integers cannot represent.
    """
    by_constant = not isinstance(second, (ak.Array, np.ndarray)) and second != 0
    return (first, second) if by_constant else (_as_float(first), _as_float(second))


def _as_float(value: Any) -> Any:
    if isinstance(value, ak.Array):
        return ak.values_astype(value, np.float64)
    return value.astype(np.float64) if isinstance(value, np.ndarray) else float(value)


def remainder(first: Any, second: Any) -> Any:
    """`%`; NaN if the divisor is 0."""
    return operator.mod(*divisible(first, second))


def floored(first: Any, second: Any) -> Any:
    """`//`; infinite or NaN if the divisor is 0."""
    return operator.floordiv(*divisible(first, second))


def choose(flags: Any, yes: Any, no: Any) -> Any:
    """`where`: the second value where the first is true, else the third; objects must have the same
    fields.

    Raises:
        TypeError: The objects have different fields, or only one value is an object.
    """
    flags = condition(flags)
    fields = [{*ak.fields(value)} if isinstance(value, ak.Array) else set() for value in (yes, no)]
    if fields[0] != fields[1]:
        both = "objects with different fields" if all(fields) else "an object and a number"
        raise TypeError(f"where() of {both}")
    if isinstance(flags, bool):
        arrays = [value for value in (yes, no) if isinstance(value, (ak.Array, np.ndarray))]
        if not arrays:
            return yes if flags else no
        flags = np.full(len(arrays[0]), flags)
    return ak.where(flags, yes, no)


def transverse_mass(first_pt: Any, first_phi: Any, second_pt: Any, second_phi: Any) -> Any:
    """Transverse mass of two massless momenta, in their unit: sqrt(2 pT₁ pT₂ (1 - cos Δφ)).

    Args:
        first_pt: Transverse momentum.
        first_phi: Azimuth.
        second_pt: Transverse momentum, such as the missing transverse momentum.
        second_phi: Azimuth.
    """
    return np.sqrt(
        2 * first_pt * second_pt * (1 - np.cos(azimuth_difference(first_phi, second_phi)))
    )


def momentum_sum(operation: Callable[[Any, Any], Any], first: Any, second: Any) -> Any:
    """Sum or difference of four-momenta, component by component: px, py, pz, E.

    vector itself adds pT, η, φ and m via the angles between the momenta: slower, and the last bits
    differ from the formula.
    """
    one, other = cartesian(first), cartesian(second)
    parts = {name: operation(one[name], other[name]) for name in MOMENTUM["cartesian"]}
    return ak.zip(parts, with_name="Momentum4D")


def _on_objects_too(operation: Callable[[Any, Any], Any], first: Any, second: Any) -> Any:
    if _is_object(first) and _is_object(second):
        return momentum_sum(operation, first, second)
    return _of_numbers(operation)(first, second)


def _is_object(value: Any) -> bool:
    return isinstance(value, ak.Array) and bool(ak.fields(value))


def _azimuth(value: Any) -> Any:
    return value.phi if _is_object(value) else as_number(value)


def _of_lists(reduction: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Apply a reduction to the list of each event. With one value per event, awkward would reduce
    all events to one number.

    Raises:
        ValueError: The values are not lists.
    """

    def reduce_lists(values: Any) -> Any:
        if getattr(values, "ndim", 0) < 2:
            raise ValueError("a list for each event is needed here, not one value")
        return reduction(values)

    return reduce_lists


def _count(values: Any) -> Any:
    """Number of objects in an event, or of objects that satisfy a condition."""
    if ak.fields(values):
        return ak.num(values, axis=-1)
    return ak.sum(condition(values), axis=-1)


def _extreme(of_list: Callable[..., Any], of_pair: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Extreme value of a list, or of several values from left to right."""
    return lambda *values: (
        plain(reduce(of_pair, values))
        if len(values) > 1
        else _of_lists(partial(of_list, axis=-1))(values[0])
    )


CALLS: dict[str, Callable[..., Any]] = {
    "abs": _of_numbers(abs),
    "sqrt": _of_numbers(np.sqrt),
    "exp": _of_numbers(np.exp),
    "log": _of_numbers(np.log),
    "log10": _of_numbers(np.log10),
    "sin": _of_numbers(np.sin),
    "cos": _of_numbers(np.cos),
    "tan": _of_numbers(np.tan),
    "sinh": _of_numbers(np.sinh),
    "cosh": _of_numbers(np.cosh),
    "atan2": _of_numbers(np.arctan2),
    "floor": _of_numbers(np.floor),
    "min": _extreme(ak.min, np.minimum),
    "max": _extreme(ak.max, np.maximum),
    "sum": _of_lists(lambda values: ak.sum(four_momentum(values), axis=-1)),
    "prod": _of_lists(lambda values: ak.prod(values, axis=-1)),
    "any": _of_lists(lambda values: ak.any(condition(values), axis=-1)),
    "all": _of_lists(lambda values: ak.all(condition(values), axis=-1)),
    "count": _of_lists(_count),
    "where": choose,
    "delta_r": delta_r,
    "delta_phi": lambda first, second: plain(azimuth_difference(_azimuth(first), _azimuth(second))),
    "nearest": nearest,
    "mt": _of_numbers(transverse_mass),
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "Add": partial(_on_objects_too, operator.add),
    "Sub": partial(_on_objects_too, operator.sub),
    "Mult": _of_numbers(operator.mul),
    "Div": _of_numbers(operator.truediv),
    "Pow": _of_numbers(operator.pow),
    "Mod": _of_numbers(remainder, _flags_as_numbers),
    "BitAnd": operator.and_,
}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "Eq": operator.eq,
    "NotEq": operator.ne,
}
