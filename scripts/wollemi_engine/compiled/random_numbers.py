"""Random numbers of events in compiled code, identical to
`wollemi_engine.expressions.event_random`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from wollemi_engine.compiled.code import DOUBLE, Code, double, integer
from wollemi_engine.compiled.formulas import evaluate_formula
from wollemi_engine.compiled.values import FLOAT, Scalar
from wollemi_engine.expressions.event_random import EXPRESSIONS, SECOND

NORMAL = f"sqrt(-2.0 * log(first)) * cos({2.0 * math.pi!r} * second)"


def random_number(
    code: Code, function: str, use: int, uniform: Callable[[Code, int], Scalar]
) -> Scalar:
    """Emit a random number of `uniform` or `normal`.

    Args:
        code: Builder that receives the instructions.
        function: Name of the function.
        use: Number that identifies the purpose.
        uniform: Function that emits a uniform number for a use.
    """
    first = uniform(code, EXPRESSIONS + use)
    if function == "uniform":
        return first
    return evaluate_formula(
        code, NORMAL, {"first": first, "second": uniform(code, EXPRESSIONS + use + SECOND)}
    )


def event_key(code: Code, values: list[Any]) -> Any:
    """Emit the key of an event from run, luminosity block and event number, as 64-bit integers."""
    key = integer(0)
    for value in values:
        key = _mix(code, key, value)
    return key


def uniform_number(code: Code, key: Any, use: int, index: Any) -> Scalar:
    """Emit a number in the open interval (0, 1).

    Args:
        code: Builder that receives the instructions.
        key: Key of the event.
        use: Number that identifies the purpose.
        index: Index of the object in the collection of its file.
    """
    bits = _mix(code, _mix(code, key, integer(use)), index)
    number = code.builder.uitofp(code.builder.lshr(bits, integer(11)), DOUBLE)
    return Scalar(
        FLOAT, code.builder.fmul(code.builder.fadd(number, double(0.5)), double(2.0**-53))
    )


def _mix(code: Code, state: Any, value: Any) -> Any:
    builder = code.builder
    mixed = builder.add(builder.xor(state, value), integer(0x9E3779B97F4A7C15))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = builder.mul(
            builder.xor(mixed, builder.lshr(mixed, integer(shift))), integer(factor)
        )
    return builder.xor(mixed, builder.lshr(mixed, integer(31)))
