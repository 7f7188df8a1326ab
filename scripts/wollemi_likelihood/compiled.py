"""Compile the kernels of a likelihood to machine code and call them with numpy arrays."""

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from wollemi_likelihood.compiler import types
from wollemi_likelihood.expressions import factors
from wollemi_likelihood.kernels import (
    algebra,
    curvature,
    descent,
    equations,
    evaluation,
    factor_kernels,
    records,
    refit,
)
from wollemi_likelihood.kernels.records import Model, Observed, Work

# Kernels called from Python.
KERNELS: tuple[Callable[..., Any], ...] = (
    evaluation.expect,
    evaluation.half_deviance,
    descent.evaluate,
    descent.curve_at,
    descent.descend,
    descent.descend_each,
    descent.invert_at,
    descent.solve_at,
    refit.refit,
)
# Arrays and records are passed as addresses.
_C_TYPES = {int: ctypes.c_int64, float: ctypes.c_double, bool: ctypes.c_bool, type(None): None}
_LOCK = Lock()
_LIBRARY: "list[Library]" = []


class Library:
    """Machine code of all kernels; it must outlive the functions."""

    def __init__(self) -> None:
        # LLVM takes 0.1 s to load, and many programs with a likelihood never evaluate it.
        from wollemi_likelihood.compiler import expressions, kernels
        from wollemi_likelihood.compiler.native import Native

        language = (types, expressions, kernels)
        ours = (algebra, curvature, descent, equations, evaluation, factor_kernels, records, refit)
        files = [Path(str(module.__file__)) for module in (*language, *ours, factors)]
        source = "".join(file.read_text(encoding="utf-8") for file in files)
        self._code = Native(source, partial(kernels.translate, KERNELS), {}, unroll=False)
        self.functions = {kernel: self._function(kernel) for kernel in KERNELS}

    def _function(self, kernel: Callable[..., Any]) -> Callable[..., Any]:
        _, kinds, result = types.signature(kernel)
        c_types: list[Any] = [_C_TYPES.get(kind, ctypes.c_void_p) for kind in (result, *kinds)]
        return ctypes.CFUNCTYPE(*c_types)(self._code.address(kernel.__name__))


def compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The compiled kernel, as a function of addresses and numbers."""
    if not _LIBRARY:
        with _LOCK:
            if not _LIBRARY:
                _LIBRARY.append(Library())
    return _LIBRARY[0].functions[kernel]


class CompiledModel:
    """A model packed for the kernels, with the layout of their work space.

    Args:
        model: Flattened model.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.slots = pack(model)
        self.address = address(self.slots)
        self._sizes = work_sizes(model)
        ends = np.cumsum([0, *self._sizes.values()])
        self._offsets = 8 * ends[:-1]
        self._size = int(ends[-1])
        self._places = {
            name: slice(int(begin), int(begin) + size)
            for (name, size), begin in zip(self._sizes.items(), ends, strict=False)
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Pack the model again in another process, where addresses have no meaning."""
        return CompiledModel, (self.model,)

    def work(self) -> "Space":
        """Allocate work space."""
        return Space(self._places, self._offsets, self._size)

    def call(
        self,
        function: Callable[..., Any],
        data: "PackedData",
        work: "Space",
        *arguments: np.ndarray | int,
    ) -> Any:
        """Call a kernel with the model, data, work space and further arguments."""
        rest = [item if isinstance(item, int) else address(item) for item in arguments]
        return compiled(function)(self.address, data.address, work.address, *rest)


class PackedData:
    """Observations packed for the kernels.

    Args:
        main: Observed events per bin, shape (B,).
        auxiliary: Auxiliary observations in the order of the constrained parameters.
        wall: Width, in events, of the parabola below an expectation of 0 in bins without events.
    """

    def __init__(
        self, main: np.ndarray, auxiliary: np.ndarray, wall: float = records.BARRIER_WIDTH
    ) -> None:
        main = np.ascontiguousarray(main, dtype=float)
        auxiliary = np.ascontiguousarray(auxiliary, dtype=float)
        self._observed = Observed(main, auxiliary, np.array([wall]))
        self._slots = pack(self._observed)
        self.address = address(self._slots)


class Space:
    """Work space of the kernels in one block of memory.

    Args:
        places: Range of elements of each array.
        offsets: Address offsets of the arrays in bytes.
        size: Number of elements of all arrays.
    """

    def __init__(self, places: Mapping[str, slice], offsets: np.ndarray, size: int) -> None:
        self._places = places
        self._memory = np.empty(size)
        self._slots = offsets + address(self._memory)
        self.address = address(self._slots)

    def __getitem__(self, name: str) -> np.ndarray:
        return self._memory[self._places[name]]


def work_sizes(model: Model) -> dict[str, int]:
    """Number of elements of each work-space array."""
    widths, counts = np.diff(model.channel_column), np.diff(model.channel_bin)
    values = model.parameters + model.normsys
    square = model.shared**2
    arguments, operations = (
        np.diff(begins) for begins in (model.expression_argument, model.expression_operation)
    )
    most = int(arguments.max(initial=0))
    steps = int(operations.max(initial=0))
    sizes = {
        **dict.fromkeys(["value", "log_slope", "curvature"], values),
        **dict.fromkeys(["down", "up", "down_slope", "up_slope", "up_curvature"], model.shifting),
        **dict.fromkeys(["cells", "factors"], len(model.nominal)),
        **dict.fromkeys(["expected", "slope", "weight", "own", "own_information"], model.bins),
        **dict.fromkeys(["jacobian", "coupling"], int(model.channel_matrix[-1])),
        **dict.fromkeys(["line", "other_line"], int(widths.max())),
        **dict.fromkeys(["matrix", "inverse"], square),
        **dict.fromkeys(["spread", "explained"], model.bins * model.shared),
        **dict.fromkeys(["diagonal", "solution"], model.shared),
        "scaled": int((widths * counts).max()),
        "local": int(widths.max()) ** 2,
        "summary": 3,
        **dict.fromkeys(["product", "share"], len(model.group_floor)),
        **dict.fromkeys(["spread_value", "spread_pull"], model.spreads),
        "expression_value": model.expressions,
        "expression_slope": int(arguments.sum()),
        "expression_curvature": int((arguments**2).sum()),
        "operation_value": steps,
        "operation_slope": steps * most,
        "operation_curvature": steps * most**2,
    }
    return {field.name: sizes.get(field.name, model.parameters) for field in fields(Work)}


def pack(record: Any) -> np.ndarray:
    """Pack the fields of a record, numbers and addresses, into slots of 8 bytes.

    The arrays must outlive the slots.
    """
    values = [getattr(record, field.name) for field in fields(record)]
    return np.array([v if isinstance(v, int) else address(v) for v in values], dtype=np.int64)


def address(array: np.ndarray) -> int:
    """Address of the elements of an array of 64-bit numbers."""
    if array.itemsize != 8 or not array.flags.c_contiguous:
        raise TypeError(f"not contiguous numbers of 64 bits: {array.dtype}, {array.strides}")
    if array.size and array.flags.writeable:  # five times faster than other ways
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
    return int(array.__array_interface__["data"][0])
