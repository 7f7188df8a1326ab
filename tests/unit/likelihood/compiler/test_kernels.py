"""Compiled kernels against the same functions in plain Python, and what a kernel cannot have."""

import ctypes
from dataclasses import dataclass
from math import exp, log, log1p, sqrt

import numpy as np
import pytest

from wollemi_likelihood.compiler.kernels import translate
from wollemi_likelihood.compiler.native import Native
from wollemi_likelihood.compiler.types import Integers, Reals

LIMIT = 5
FACTOR = 0.5
OF = {float: ctypes.c_double, int: ctypes.c_int64, bool: ctypes.c_bool, type(None): None}


@dataclass(frozen=True)
class Table:
    rows: int
    width: int
    values: Reals
    places: Integers


def arithmetic(x: float, n: int) -> float:
    result = -x * n + n / 4 - FACTOR
    result += x
    result -= 2.0
    result *= n - LIMIT
    return result


def functions(x: float, n: int) -> float:
    return exp(-abs(x)) + log(1.0 + x * x) + log1p(abs(x)) + sqrt(abs(x)) + float(n)


def choices(x: float, n: int) -> float:
    if (x > 1.0 and n > 2) or not n < 4:
        return max(x, 2.0) + min(n, 3)
    if n == 1:
        x = x - 1.0
    elif n != 2:
        x = 7.5
    else:
        pass
    return x if x >= 0.0 else -x


def loops(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        for j in range(i, 10, 3):
            if j > 7:
                break
            total += x * j
    k = 0
    while True:
        k += 1
        if k * k > n:
            break
    return total + k


def empty_loop(x: float, n: int) -> float:
    for _ in range(n, n):
        x = x + 1.0
    return x


SCALAR = (arithmetic, functions, choices, loops, empty_loop)


def row_sum(row: Reals, count: int) -> float:
    total = 0.0
    for i in range(count):
        total += row[i]
    return total


def tables(table: Table, out: Reals) -> int:
    """Elements, rests of arrays, records, and a call of another kernel."""
    found = 0
    for i in range(table.rows):
        row = table.values[i * table.width :]
        out[table.places[i]] += row_sum(row, table.width)
        found = max(found, table.places[i])
    out[0] = out[0] / 2.0
    return found


def guarded(table: Table, out: Reals) -> int:
    """What does not decide any more is not evaluated: the place does not exist."""
    far = 1000000000000
    seen = 0
    if table.rows < 0 and out[far] > 0.0:
        seen = 1
    if table.rows > 0 or out[far] > 0.0:
        seen += 2
    value = 1.0 if table.rows > 0 else out[far]
    return seen if value == 1.0 else -1


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WOLLEMI_CACHE", str(tmp_path_factory.mktemp("cache")))
        kernels = (*SCALAR, tables, guarded)
        return Native("these tests", lambda: translate(kernels), {}, unroll=False)


@pytest.mark.parametrize("kernel", SCALAR, ids=lambda kernel: kernel.__name__)
@pytest.mark.parametrize("x", [-2.5, -0.25, 0.0, 1.5, float("inf"), float("nan")])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 9])
def test_numbers(library, kernel, x, n):
    address = library.address(kernel.__name__)
    compiled = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_int64)(address)
    assert compiled(x, n) == pytest.approx(kernel(x, n), rel=1e-15, abs=1e-15, nan_ok=True)


@pytest.mark.parametrize("kernel", [tables, guarded], ids=lambda kernel: kernel.__name__)
def test_arrays_and_records(library, kernel):
    random = np.random.default_rng(1)
    table = Table(3, 21, random.normal(size=63), np.array([2, 0, 2]))
    ours, theirs = np.arange(4.0), np.arange(4.0)
    slots = np.array([3, 21, table.values.ctypes.data, table.places.ctypes.data])
    address = library.address(kernel.__name__)
    compiled = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(address)
    found = compiled(slots.ctypes.data, ours.ctypes.data)
    if kernel is tables:
        assert found == kernel(table, theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)
    else:
        assert found == 2


def comprehension(x: float) -> float:
    return sum([x])


def power(x: float) -> float:
    return x**2


def chained(x: float) -> float:
    return 1.0 if 0.0 < x < 1.0 else 0.0


def number_as_condition(x: float) -> float:
    return x if x else 1.0


def keyword(x: float) -> float:
    return power(x=x)


def unknown_name(x: float) -> float:
    return x + SCALAR


def over_a_list(x: float) -> float:
    for y in (x, x):
        x = y
    return x


def fraction_as_index(x: Reals) -> float:
    return x[0.5]


def two_targets(x: float) -> float:
    y = z = x
    return y + z


def with_context(x: float) -> float:
    with x:
        return x


@pytest.mark.parametrize(
    "kernel",
    [
        comprehension,
        power,
        chained,
        number_as_condition,
        keyword,
        unknown_name,
        over_a_list,
        fraction_as_index,
        two_targets,
        with_context,
    ],
    ids=lambda kernel: kernel.__name__,
)
def test_what_a_kernel_cannot_have_is_named(kernel):
    with pytest.raises(TypeError, match=f"^{kernel.__name__}: a kernel cannot have "):
        translate([kernel])


def turned(x: float) -> float:
    x = 1.0
    n = 1
    n = x
    return n


def test_a_name_keeps_its_type():
    with pytest.raises(TypeError, match=r"turned: .*float.* is not .*int"):
        translate([turned])
