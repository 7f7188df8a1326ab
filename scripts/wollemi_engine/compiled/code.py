"""Emission of the code (LLVM) of one function: constants, memory, branches, loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

BIT = ir.IntType(1)
BYTE = ir.IntType(8)
INTEGER = ir.IntType(64)
DOUBLE = ir.DoubleType()
POINTER = ir.PointerType()
FUNCTION = ir.FunctionType(ir.VoidType(), (POINTER, INTEGER))  # arguments: state and event
STATUS = 0  # slot of the state: nonzero if a batch cannot be evaluated
LOADED = {
    "bool": 8,
    "int8": 8,
    "uint8": 8,
    "int16": 16,
    "uint16": 16,
    "int32": 32,
    "uint32": 32,
    "int64": 64,
    "uint64": 64,
}


class UnsupportedError(Exception):
    """Code that the compiler does not support; the awkward evaluation is used instead."""


def integer(value: int) -> Any:
    """A constant 64-bit integer."""
    return ir.Constant(INTEGER, value)


def double(value: float) -> Any:
    """A constant float64."""
    return ir.Constant(DOUBLE, float(value))


class Code:
    """One function of the state (an array of 64-bit slots), the number of the event, and optional
    further arguments.

    Emitted values are reused wherever they are certain to have been computed: `memo` keeps track of
    the blocks.

    Args:
        function: Function without a body.
    """

    def __init__(self, function: Any):
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        self.state, self.event, *self.arguments = function.args
        self._scopes: list[dict[Any, Any]] = [{}]
        self._early: Any = None
        self._main: Any = None
        self._early_scopes: list[dict[Any, Any]] = []

    def memo(self, key: Any, make: Callable[[], Any]) -> Any:
        """Result of `make`, emitted once in this block or an enclosing one."""
        for scope in self._scopes:
            if key in scope:
                return scope[key]
        scope = self._scopes[-1]
        scope[key] = make()
        return scope[key]

    @contextmanager
    def _scope(self) -> Iterator[None]:
        self._scopes.append({})
        yield
        self._scopes.pop()

    def begin_main(self) -> None:
        """End the early part of the function: `early` emits into it from now on."""
        self._early = self.builder.block
        self._main = self.builder.append_basic_block("main")
        self._early_scopes = list(self._scopes)
        self.builder.position_at_end(self._main)
        self._scopes.append({})

    def end_main(self) -> None:
        """End the main part; code from `early` comes before it."""
        block = self.builder.block
        self.builder.position_at_end(self._early)
        self.builder.branch(self._main)
        self.builder.position_at_end(block)
        self._early = None
        self._scopes.pop()

    @contextmanager
    def early(self) -> Iterator[None]:
        """Emit the body before the main part, outside its loops; without a main part, or within the
        early part, emit it here.
        """
        if self._early is None or self._scopes is self._early_scopes:
            yield
            return
        block, scopes = self.builder.block, self._scopes
        self.builder.position_at_end(self._early)
        self._scopes = self._early_scopes
        yield
        self._early, self._scopes = self.builder.block, scopes
        self.builder.position_at_end(block)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Emit the body in an unreachable block to find its type."""
        block = self.builder.block
        self.builder.position_at_end(self.builder.append_basic_block("aside"))
        with self._scope():
            yield
        self.builder.unreachable()
        self.builder.position_at_end(block)

    @contextmanager
    def when(self, condition: Any) -> Iterator[None]:
        """Execute the body if a condition is true."""
        with self.builder.if_then(condition), self._scope():
            yield

    @contextmanager
    def loop(self, count: Any, start: Any = None) -> Iterator[Any]:
        """Execute the body for each index from `start` (0) to before `count`."""
        builder = self.builder
        start = integer(0) if start is None else start
        before = builder.block
        header, body, after = (
            builder.append_basic_block(name) for name in ("header", "body", "after")
        )
        builder.branch(header)
        builder.position_at_end(header)
        index = builder.phi(INTEGER)
        index.add_incoming(start, before)
        builder.cbranch(builder.icmp_signed("<", index, count), body, after)
        builder.position_at_end(body)
        with self._scope():
            yield index
        index.add_incoming(builder.add(index, integer(1)), builder.block)
        builder.branch(header)
        builder.position_at_end(after)

    def variable(self, start: Any) -> Any:
        """Memory for a mutable value in the function's frame."""
        with self.builder.goto_entry_block():
            place = self.builder.alloca(start.type)
        self.builder.store(start, place)
        return place

    def entry_variable(self, kind: Any) -> Any:
        """Memory for a mutable value, set to zero when the function begins."""
        with self.builder.goto_entry_block():
            place = self.builder.alloca(kind)
            self.builder.store(ir.Constant(kind, 0), place)
        return place

    def entry_array(self, kind: Any, length: int) -> Any:
        """Memory for a few values in the function's frame."""
        with self.builder.goto_entry_block():
            return self.builder.alloca(kind, length)

    def get(self, place: Any, kind: Any) -> Any:
        """Value of a variable."""
        return self.builder.load(place, typ=kind)

    def slot(self, index: int, kind: Any = INTEGER) -> Any:
        """A slot of the state."""
        return self.builder.load(self._slot_address(index), typ=kind)

    def set_slot(self, index: int, value: Any) -> None:
        """Change a slot of the state."""
        self.builder.store(value, self._slot_address(index))

    def _slot_address(self, index: int) -> Any:
        return self.builder.gep(self.state, [integer(index)], source_etype=INTEGER)

    def address(self, pointer: Any, index: Any, kind: Any) -> Any:
        """Address of an element of an array."""
        return self.builder.gep(pointer, [index], source_etype=kind)

    def load(self, pointer: Any, index: Any, kind: Any = INTEGER) -> Any:
        """An element of an array."""
        return self.builder.load(self.address(pointer, index, kind), typ=kind)

    def store(self, pointer: Any, index: Any, value: Any) -> None:
        """Change an element of an array."""
        self.builder.store(value, self.address(pointer, index, value.type))

    def load_stored(self, pointer: Any, index: Any, kind: str) -> Any:
        """An element of an array of numpy's type `kind`; floats are widened to float64, integers
        to 64 bits.
        """
        if kind in ("float64", "float32"):
            stored = DOUBLE if kind == "float64" else ir.FloatType()
            value = self.load(pointer, index, stored)
            return value if kind == "float64" else self.builder.fpext(value, DOUBLE)
        value = self.load(pointer, index, ir.IntType(LOADED[kind]))
        if kind == "bool":
            return self.builder.icmp_unsigned("!=", value, ir.Constant(value.type, 0))
        if LOADED[kind] == 64:
            return value
        return (
            self.builder.zext(value, INTEGER)
            if kind[0] == "u"
            else self.builder.sext(value, INTEGER)
        )

    def fail(self, condition: Any) -> None:
        """Give up the batch if a condition is true: the awkward evaluation reports the problem."""
        with self.when(condition):
            self.set_slot(STATUS, integer(1))

    def overflow(self, condition: Any) -> None:
        """Request more memory if a condition is true."""
        with self.when(condition):
            self.set_slot(STATUS, integer(2))

    def both(self, *flags: Any) -> Any:
        """Conjunction of conditions; None means certainly true."""
        present = [flag for flag in flags if flag is not None]
        result = present[0] if present else None
        for flag in present[1:]:
            result = self.builder.and_(result, flag)
        return result

    def end(self) -> None:
        """Return from the function."""
        self.builder.ret_void()
        if self._early is not None:
            self.end_main()


def intrinsic(code: Code, name: str, *arguments: Any) -> Any:
    """An LLVM operation on float64 that rounds correctly on each processor, such as `sqrt`."""
    module = code.builder.module
    full = f"llvm.{name}.f64"
    function = module.globals.get(full)
    if function is None:
        function = ir.Function(module, ir.FunctionType(DOUBLE, [DOUBLE] * len(arguments)), full)
    return code.builder.call(function, arguments)
