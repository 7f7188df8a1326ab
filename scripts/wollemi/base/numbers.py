"""Checks of numbers from outside (datacards, XML, JSON, options): the expected type, finite, and in
range. Standard library only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from wollemi.base.schema_keys import dotted
from wollemi_likelihood.base.errors import WollemiError

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_SHOWN = 40  # characters of a value in a message


def plain_number(
    where: str,
    name: str,
    value: Any,
    at_least: float = -math.inf,
    at_most: float = math.inf,
    whole: bool = False,
) -> float:
    """Check a number among plain values, such as JSON: strings and booleans are refused.

    Args:
        where: File, or part of it, for the error.
        name: Name of the quantity, such as `width of the luminosity`.
        value: Value found.
        at_least: Lower bound, inclusive.
        at_most: Upper bound, inclusive.
        whole: Whether the number must be an integer.

    Returns:
        Number as a float.

    Raises:
        WollemiError: The value is not such a number.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise WollemiError(where, f"{name} is {shown(value)}, not a number", "write a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    problem = _problem(number, at_least, at_most, whole)
    if problem:
        raise WollemiError(where, f"{name} is {shown(value)}, {problem}", "correct the number")
    return number


def text_number(
    where: str,
    name: str,
    text: str,
    at_least: float = -math.inf,
    at_most: float = math.inf,
    whole: bool = False,
) -> float:
    """Read a number from text in decimal notation; arguments and errors as in `plain_number`."""
    if not (_DECIMAL.fullmatch(text) or _NOT_FINITE.fullmatch(text)):
        raise WollemiError(where, f"{name} is {shown(text)}, not a number", "write a number")
    problem = _problem(float(text), at_least, at_most, whole)
    if problem:
        raise WollemiError(where, f"{name} is {shown(text)}, {problem}", "correct the number")
    return float(text)


def check_finite(where: str, value: Any, place: tuple[str | int, ...] = ()) -> None:
    """Refuse plain values that contain a non-finite number, at any depth.

    Args:
        where: File, for the error.
        value: Plain values.
        place: Path of the values in the file.

    Raises:
        WollemiError: A number is not finite; the message gives its path.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            check_finite(where, item, (*place, key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            check_finite(where, item, (*place, index))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        plain_number(where, dotted(place), value)


def shown(value: Any) -> str:
    """A value as shown in a message, shortened."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 1000:
        return f"a whole number of {value.bit_length():,} bits"
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _problem(number: float, at_least: float, at_most: float, whole: bool) -> str:
    """Reason to refuse a number; empty if it is accepted."""
    if not math.isfinite(number):
        return "not a finite number"
    if whole and number != math.floor(number):
        return "not a whole number"
    if number < at_least:
        return f"below {at_least:g}"
    return f"above {at_most:g}" if number > at_most else ""
