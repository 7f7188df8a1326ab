"""Types of kernel arguments: numbers, arrays, and records of both."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, get_type_hints

import numpy as np

Reals = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
# Element type of each array type.
ELEMENTS = {Reals: float, Integers: int}
NUMBERS = (int, float, bool, type(None))


@cache
def signature(kernel: Callable[..., Any]) -> tuple[tuple[str, ...], tuple[Any, ...], Any]:
    """Argument names and types of a kernel, and the type of its result."""
    hints = get_type_hints(kernel)
    names = tuple(inspect.signature(kernel).parameters)
    return names, tuple(hints[name] for name in names), hints["return"]


@cache
def record_fields(kind: type) -> dict[str, Any]:
    """Fields and types of a record, in the order of their slots."""
    return get_type_hints(kind)


def is_record(kind: Any) -> bool:
    """Whether a type is a record."""
    return kind not in NUMBERS and kind not in ELEMENTS
