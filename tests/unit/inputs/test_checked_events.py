"""Branches that files of a part store in different number types: any pair of types."""

import itertools

import awkward as ak
import numpy as np
import pytest

from wollemi.inputs.checked_events import SameTypes
from wollemi_likelihood.base.errors import WollemiError

KINDS = ["bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]
VALUES = [0, 1, -1, 2, 100, -100, 200, 40_000, 70_000, 2**24 + 1, 2**31, 2**32 - 1, 2**53 + 1]
VALUES += [2**63, 2**64 - 1, 0.5, 0.1, 1e-50, 1e30, 1e300, float("nan"), float("inf")]


def stored(value, kind):
    """The value as a file has it; None if it cannot."""
    try:
        with np.errstate(all="raise"):
            found = np.array([value]).astype(kind)[0]
    except (OverflowError, FloatingPointError, ValueError):
        return None
    return found if is_same(found, value) else None


def is_same(one, other):
    """Whether two numbers are equal in Python, which compares whole numbers exactly."""
    one, other = (x.item() if isinstance(x, np.generic) else x for x in (one, other))
    return one == other or (one != one and other != other)


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize(("first", "second"), [*itertools.permutations(KINDS, 2)])
def test_a_value_stays_itself_or_is_refused(first, second, nested):
    def batch(values):
        numbers = np.array(values)
        return ak.Array({"x": ak.unflatten(numbers, [len(values)]) if nested else numbers})

    for value in VALUES:
        found = stored(value, second)
        if found is None:
            continue
        types = SameTypes()
        types.converted("a.root", batch(np.zeros(2, first)))
        numbers = batch(np.array([found, found], second))
        if stored(value, first) is None:
            with pytest.raises(WollemiError, match=f"and as {np.dtype(first)} in a.root"):
                types.converted("b.root", numbers)
        else:
            given = ak.flatten(types.converted("b.root", numbers)["x"], axis=None)
            assert str(given.type.content) == str(np.dtype(first))
            assert all(is_same(one, value) for one in np.asarray(given)), (value, first, second)


def test_equal_types_are_left_alone():
    types, batch = SameTypes(), ak.Array({"x": [1.0]})
    assert types.converted("a.root", batch) is batch
    assert types.converted("b.root", batch) is batch
