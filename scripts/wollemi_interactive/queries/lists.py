"""Nested lists per event: awkward arrays with the number of axes that lambdas iterate over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np

from wollemi_engine.expressions.momenta import NAME
from wollemi_likelihood.expressions.syntax import MOMENTUM


@dataclass(frozen=True)
class Value:
    """Value of a part of a query.

    Args:
        array: Numbers, flags or records, with one axis per enclosing lambda and further axes for
            lists; or a single number or text.
        depth: Number of axes from lambdas; 0 for a constant, and for the list of events.
    """

    array: Any
    depth: int

    @property
    def is_constant(self) -> bool:
        """Whether the value is a single number or text."""
        return not isinstance(self.array, ak.Array)

    @property
    def is_list(self) -> bool:
        """Whether each element is a list."""
        return not self.is_constant and axes(self.array) > self.depth


def axes(array: ak.Array) -> int:
    """Number of axes of an array, not counting axes of record fields."""
    layout, found = array.layout, 1
    while not layout.is_record and not layout.is_leaf:
        if layout.is_list:
            found += 1
        layout = layout.content if hasattr(layout, "content") else layout.contents[0]
    return found


def lifted(value: Value, scopes: Sequence[ak.Array], depth: int) -> ak.Array:
    """A value repeated for each element that lambdas iterate over.

    Args:
        value: Value from an outer lambda, or a constant.
        scopes: Elements of each lambda, the outermost first.
        depth: Number of lambdas.

    Returns:
        Array with one axis per lambda, and further axes if the value is a list.
    """
    array, first = value.array, value.depth
    if value.is_constant:
        array, first = ak.Array(np.full(len(scopes[0]), array)), 1
    for level in range(first, depth):
        array = _repeated(array, scopes[level], level)
    return array


def _repeated(array: ak.Array, scope: ak.Array, level: int) -> ak.Array:
    """Each element of an array with `level` common axes, repeated once per element of the scope's
    next axis.
    """
    counts = ak.num(scope, axis=1)
    if level == 1:
        inner = array[np.repeat(np.arange(len(array)), np.asarray(counts))]
    else:
        inner = _repeated(ak.flatten(array, axis=1), ak.flatten(scope, axis=1), level - 1)
    return ak.unflatten(inner, counts)


def element(array: ak.Array, axis: int, number: int) -> ak.Array:
    """One element of each list; None if the list is too short.

    Args:
        array: Array with lists on the given axis.
        axis: Axis of the lists.
        number: Index of the element, from 0; from −1 for elements from the end.
    """
    part = slice(number, number + 1 or None)
    return without_options(ak.firsts(array[(*[slice(None)] * axis, part)], axis=axis))


def without_options(array: ak.Array) -> ak.Array:
    """The array with a plain type if nothing is missing."""
    found: ak.Array = ak.transform(_plain, array)
    return found


def _plain(layout: Any, **_: Any) -> Any:
    if layout.is_option and not np.any(np.asarray(layout.mask_as_bool(valid_when=False))):
        return ak.transform(_plain, layout.project(), highlevel=False)
    return None


def missing(array: ak.Array) -> int:
    """Number of missing values, at any depth."""
    found = [0]

    def count(layout: Any, **_: Any) -> None:
        if layout.is_option:
            found[0] += int(np.sum(np.asarray(layout.mask_as_bool(valid_when=False))))

    ak.transform(count, ak.to_packed(array), return_value="none")
    return found[0]


def raised(base: Any, exponent: Any) -> Any:
    """`**`, restricted to 64 bits for whole numbers, which are unbounded in Python.

    Raises:
        ArithmeticError: A power of two whole numbers exceeds 64 bits.
    """
    if (
        isinstance(base, int)
        and isinstance(exponent, int)
        and float(abs(base)) ** exponent >= 2**63
    ):
        raise ArithmeticError("a whole number beyond 64 bits")
    return base**exponent


def wide(array: Any) -> Any:
    """Numbers in the precision of the computation: float64 for smaller floats, and int64 for other
    integers, whose differences and products would wrap around.
    """
    return ak.transform(_wide, array) if isinstance(array, ak.Array) else array


def _wide(layout: Any, **_: Any) -> Any:
    if layout.is_list and layout.parameter("__array__") is not None:
        return layout  # text
    if not layout.is_numpy:
        return None
    kind, size = layout.dtype.kind, layout.dtype.itemsize
    if kind == "f" and size < 8:
        return ak.contents.NumpyArray(np.asarray(layout.data, np.float64))
    if kind == "u" or (kind == "i" and size < 8):
        # Values of 2⁶³ and above do not fit into int64.
        fits = kind == "i" or size < 8 or np.max(layout.data, initial=0) < 2**63
        return ak.contents.NumpyArray(np.asarray(layout.data, np.int64 if fits else np.float64))
    return None


def is_momentum(array: Any) -> bool:
    """Whether records have a four-momentum, or are one."""
    if not isinstance(array, ak.Array):
        return False
    fields = set(ak.fields(array))
    return any(fields.issuperset(parts) for parts in MOMENTUM.values()) or _is_vector(array)


def _is_vector(array: ak.Array) -> bool:
    """Whether the records were computed by vector, such as a sum."""
    return bool(array.layout.purelist_parameter("__record__") == NAME)


def momenta(array: ak.Array) -> ak.Array:
    """Only the four-momenta of records, in float64."""
    fields = set(ak.fields(array))
    parts = next((parts for parts in MOMENTUM.values() if fields.issuperset(parts)), None)
    return array if parts is None else ak.with_name(wide(array[list(parts)]), NAME)


class Logical:
    """`and` or `or` of flags; the second flag may be missing if the first decides.

    Args:
        decided: Value of a flag that decides the result.
    """

    def __init__(self, decided: bool):
        self._decided = decided

    def __call__(self, first: Any, second: Any) -> Any:
        """Flags, missing only where a deciding flag is missing."""
        both = np.logical_or(first, second) if self._decided else np.logical_and(first, second)
        settled = ak.fill_none(first == self._decided, False)
        return without_options(ak.where(settled, self._decided, both))
