"""numpy's own loops for elementary functions, called from compiled code: the same bits as the
awkward evaluation.

A ufunc holds the addresses of its loops (`PyUFuncObject.functions`, part of numpy's stable C API
since 1.0). Their results do not depend on how many values a call has; a test compares calls one by
one with a single call.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from llvmlite import ir

from wollemi.engine.code import DOUBLE, INTEGER, POINTER, Code, integer

_FUNCTIONS = "exp log log10 sin cos tan sinh cosh arctan2 arcsinh arctan arccos power remainder"
LOOPS = {name: getattr(np, name) for name in _FUNCTIONS.split()}
# of PyUFuncObject, before the pointers: nin, nout, nargs, identity
_HEAD = object.__basicsize__ + 16
_LOOP = ir.FunctionType(ir.VoidType(), (POINTER, POINTER, POINTER, POINTER))


def loop_symbols() -> dict[str, int]:
    """Name in compiled code → address of the loop for float64, of each of `LOOPS`."""
    return {f"numpy_{name}": _address(ufunc) for name, ufunc in LOOPS.items()}


def _address(ufunc: Any) -> int:
    index = ufunc.types.index("dd->d" if ufunc.nin == 2 else "d->d")
    functions, data = (
        ctypes.c_void_p.from_address(id(ufunc) + _HEAD + 8 * place).value for place in (0, 1)
    )
    if data and ctypes.c_void_p.from_address(data + 8 * index).value:
        raise NotImplementedError(f"this numpy's loop of {ufunc.__name__} needs data")
    return int(ctypes.c_void_p.from_address((functions or 0) + 8 * index).value or 0)


def call_loop(code: Code, name: str, *values: Any, constant_second: bool = False) -> Any:
    """Value of an elementary function of one or two doubles.

    Args:
        code: where to emit.
        name: one of `LOOPS`.
        values: the operands.
        constant_second: whether the second operand is the same for all, which numpy's loop for
            powers checks.
    """
    places = [code.entry_variable(DOUBLE) for _ in values]
    for value, place in zip(values, places, strict=True):
        code.builder.store(value, place)
    result = code.entry_variable(DOUBLE)
    steps = [8] * len(values)
    if constant_second:
        steps[1] = 0
    call_loop_on(code, name, integer(1), [*places, result], [*steps, 8])
    return code.get(result, DOUBLE)


def call_loop_on(code: Code, name: str, count: Any, arrays: list[Any], steps: list[int]) -> None:
    """Call a loop on arrays.

    Args:
        code: where to emit.
        name: one of `LOOPS`.
        count: number of elements.
        arrays: addresses of the operands, then of the result.
        steps: bytes between elements of each.
    """
    module = code.builder.module
    function = module.globals.get(f"numpy_{name}") or ir.Function(module, _LOOP, f"numpy_{name}")
    pointers, numbers = (
        code.entry_array(POINTER, len(arrays)),
        code.entry_array(INTEGER, 1 + len(steps)),
    )
    for index, array in enumerate(arrays):
        code.store(pointers, integer(index), array)
    for index, number in enumerate((count, *map(integer, steps))):
        code.store(numbers, integer(index), number)
    code.builder.call(
        function,
        [pointers, numbers, code.address(numbers, integer(1), INTEGER), ir.Constant(POINTER, None)],
    )
