"""Lists of lists of events: awkward arrays that know through how many of their axes lambdas go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np

from wollemi.expressions.momenta import NAME
from wollemi_likelihood.expressions.syntax import MOMENTUM


@dataclass(frozen=True)
class Value:
    """What a part of a query is.

    Args:
        array: numbers, flags or records, of one axis for each lambda around, and more where each is
            a list; or one number or text.
        depth: how many axes are those of lambdas; 0 for a constant, and for the list of events.
    """

    array: Any
    depth: int

    @property
    def is_constant(self) -> bool:
        """Whether it is one number or text."""
        return not isinstance(self.array, ak.Array)

    @property
    def is_list(self) -> bool:
        """Whether each is a list."""
        return not self.is_constant and axes(self.array) > self.depth


def axes(array: ak.Array) -> int:
    """Number of axes of an array, those of the fields of records left aside."""
    layout, found = array.layout, 1
    while not layout.is_record and not layout.is_leaf:
        if layout.is_list:
            found += 1
        layout = layout.content if hasattr(layout, "content") else layout.contents[0]
    return found


def lifted(value: Value, scopes: Sequence[ak.Array], depth: int) -> ak.Array:
    """A value repeated for each element that lambdas go through.

    Args:
        value: of an outer lambda, or a constant.
        scopes: elements of each lambda, the outermost first.
        depth: number of lambdas.

    Returns:
        An array with one axis for each of them, and further ones where the value is a list.
    """
    array, first = value.array, value.depth
    if value.is_constant:
        array, first = ak.Array(np.full(len(scopes[0]), array)), 1
    for level in range(first, depth):
        array = _repeated(array, scopes[level], level)
    return array


def _repeated(array: ak.Array, scope: ak.Array, level: int) -> ak.Array:
    """Each element of an array of `level` common axes, as often as the scope has elements on its
    next one.
    """
    counts = ak.num(scope, axis=1)
    if level == 1:
        inner = array[np.repeat(np.arange(len(array)), np.asarray(counts))]
    else:
        inner = _repeated(ak.flatten(array, axis=1), ak.flatten(scope, axis=1), level - 1)
    return ak.unflatten(inner, counts)


def element(array: ak.Array, axis: int, number: int) -> ak.Array:
    """One element of each list, None where it is too short.

    Args:
        array: of lists on this axis.
        axis: which.
        number: from 0; from −1 for those from the end.
    """
    part = slice(number, number + 1 or None)
    return without_options(ak.firsts(array[(*[slice(None)] * axis, part)], axis=axis))


def without_options(array: ak.Array) -> ak.Array:
    """The same array, with a plain type where nothing is missing."""
    found: ak.Array = ak.transform(_plain, array)
    return found


def _plain(layout: Any, **_: Any) -> Any:
    if layout.is_option and not np.any(np.asarray(layout.mask_as_bool(valid_when=False))):
        return ak.transform(_plain, layout.project(), highlevel=False)
    return None


def missing(array: ak.Array) -> int:
    """How many values are missing, at any depth."""
    found = [0]

    def count(layout: Any, **_: Any) -> None:
        if layout.is_option:
            found[0] += int(np.sum(np.asarray(layout.mask_as_bool(valid_when=False))))

    ak.transform(count, ak.to_packed(array), return_value="none")
    return found[0]


def raised(base: Any, exponent: Any) -> Any:
    """`**`, of whole numbers only as far as they have 64 bits: Python's own have no end.

    Raises:
        ArithmeticError: a power of two whole numbers has more.
    """
    if (
        isinstance(base, int)
        and isinstance(exponent, int)
        and float(abs(base)) ** exponent >= 2**63
    ):
        raise ArithmeticError("a whole number beyond 64 bits")
    return base**exponent


def wide(array: Any) -> Any:
    """Numbers as they are computed with: float64 for floats of less, int64 for other integers,
    whose differences and products would wrap around.
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
        # What is at 2⁶³ or above is no int64.
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
    """Whether they are what vector has computed, such as a sum."""
    return bool(array.layout.purelist_parameter("__record__") == NAME)


def momenta(array: ak.Array) -> ak.Array:
    """The four-momenta of records alone, in float64."""
    fields = set(ak.fields(array))
    parts = next((parts for parts in MOMENTUM.values() if fields.issuperset(parts)), None)
    return array if parts is None else ak.with_name(wide(array[list(parts)]), NAME)


class Logical:
    """`and` or `or` of flags, of which the second may be missing where the first decides.

    Args:
        decided: the flag that decides.
    """

    def __init__(self, decided: bool):
        self._decided = decided

    def __call__(self, first: Any, second: Any) -> Any:
        """Flags, missing only where a flag that decides is."""
        both = np.logical_or(first, second) if self._decided else np.logical_and(first, second)
        settled = ak.fill_none(first == self._decided, False)
        return without_options(ak.where(settled, self._decided, both))
