"""numpy's own loops for elementary functions, called from compiled code for bit-identical results
to the awkward evaluation.

A ufunc contains the addresses of its loops (`PyUFuncObject.functions`, part of numpy's stable C API
since 1.0). Their results do not depend on the number of values per call; a test compares single
calls with one call for all values.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from llvmlite import ir

from wollemi_engine.compiled.code import DOUBLE, INTEGER, POINTER, Code, integer

_FUNCTIONS = "exp log log10 sin cos tan sinh cosh arctan2 arcsinh arctan arccos power remainder"
LOOPS = {name: getattr(np, name) for name in _FUNCTIONS.split()}
# nin, nout, nargs, identity of PyUFuncObject, before the pointers
_HEAD = object.__basicsize__ + 16
_LOOP = ir.FunctionType(ir.VoidType(), (POINTER, POINTER, POINTER, POINTER))


def loop_symbols() -> dict[str, int]:
    """Name in compiled code → address of the float64 loop, for each of `LOOPS`."""
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
    """Emit an elementary function of one or two doubles.

    Args:
        code: Builder that receives the instructions.
        name: Name of a loop in `LOOPS`.
        values: Operands.
        constant_second: Whether the second operand is the same for all, which numpy's loop for
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
    """Emit a call of a loop on arrays.

    Args:
        code: Builder that receives the instructions.
        name: Name of a loop in `LOOPS`.
        count: Number of elements.
        arrays: Addresses of the operands and the result.
        steps: Number of bytes between elements, per array.
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
