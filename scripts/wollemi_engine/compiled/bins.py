"""Compilation of the search for a value's bin and the addition of weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from wollemi_engine.compiled.code import DOUBLE, INTEGER, Code, double, integer, intrinsic


def add_arrays(code: Code, sums: Any, source: Any, number: int) -> None:
    """Emit the addition of an array of a fixed number of doubles to another."""
    if number == 1:
        code.store(
            sums,
            integer(0),
            code.builder.fadd(
                code.load(sums, integer(0), DOUBLE), code.load(source, integer(0), DOUBLE)
            ),
        )
        return
    with code.loop(integer(number)) as index:
        code.store(
            sums,
            index,
            code.builder.fadd(code.load(sums, index, DOUBLE), code.load(source, index, DOUBLE)),
        )


def add_one(code: Code, counts: Any, index: Any) -> None:
    """Emit a count in an array of integers."""
    code.store(counts, index, code.builder.add(code.load(counts, index), integer(1)))


def emit_weights(code: Code, nominal: Any, weights: Any, squares: Any, number: int) -> None:
    """Emit the multiplication of factors by the nominal weight, in place, and the squares of the
    products; the batch fails if a product is not finite.

    Args:
        code: Builder that receives the instructions.
        nominal: Weight of the event.
        weights: Address of the factors.
        squares: Address of the squares.
        number: Number of factors.
    """
    builder = code.builder
    bad = code.variable(integer(0))
    with code.loop(integer(number)) as index:
        value = builder.fmul(nominal, code.load(weights, index, DOUBLE))
        code.store(weights, index, value)
        code.store(squares, index, builder.fmul(value, value))
        finite = builder.fcmp_ordered("<", intrinsic(code, "fabs", value), double(float("inf")))
        builder.store(
            builder.or_(code.get(bad, INTEGER), builder.zext(builder.not_(finite), INTEGER)), bad
        )
    code.fail(builder.icmp_signed("!=", code.get(bad, INTEGER), integer(0)))


def constants(module: Any, values: Sequence[float]) -> Any:
    """An array of fixed doubles."""
    kind = ir.ArrayType(DOUBLE, len(values))
    variable = ir.GlobalVariable(module, kind, module.get_unique_name("edges"))
    variable.global_constant, variable.linkage = True, "internal"
    variable.initializer = ir.Constant(kind, [double(value) for value in values])
    return variable


def find_bin(code: Code, address: Any, edges: tuple[float, ...], value: Any) -> Any:
    """Emit the number of edges that are at most a value: the bin, 0 for the underflow.

    Args:
        code: Builder that receives the instructions.
        address: Address of the edges.
        edges: Edges of the bins, shape (bins + 1,).
        value: Value, a double that is not NaN.
    """
    equal = np.array_equal(edges, np.linspace(edges[0], edges[-1], len(edges)))
    return (_regular_bin if equal else _any_bin)(code, address, edges, value)


def _regular_bin(code: Code, address: Any, edges: tuple[float, ...], value: Any) -> Any:
    """Emit a guess from the width, off by at most one, and its correction with the edges."""
    builder, lower, upper, size = code.builder, edges[0], edges[-1], len(edges) - 1
    inside = builder.and_(
        builder.fcmp_ordered(">=", value, double(lower)),
        builder.fcmp_ordered("<", value, double(upper)),
    )
    scaled = builder.fmul(builder.fsub(value, double(lower)), double(size / (upper - lower)))
    guess = builder.fptosi(builder.select(inside, scaled, double(0)), INTEGER)
    guess = builder.select(builder.icmp_signed("<", guess, integer(size)), guess, integer(size - 1))
    above = builder.fcmp_ordered(">=", value, code.load(address, guess, DOUBLE))
    guess = builder.select(above, guess, builder.sub(guess, integer(1)))
    next_edge = code.load(address, builder.add(guess, integer(1)), DOUBLE)
    index = builder.add(
        guess, builder.select(builder.fcmp_ordered(">=", value, next_edge), integer(2), integer(1))
    )
    outside = builder.select(
        builder.fcmp_ordered("<", value, double(lower)), integer(0), integer(size + 1)
    )
    return builder.select(inside, index, outside)


def _any_bin(code: Code, address: Any, edges: tuple[float, ...], value: Any) -> Any:
    return count_edges(code, address, integer(len(edges)), len(edges), value)


def count_edges(code: Code, address: Any, number: Any, most: int, value: Any) -> Any:
    """Emit the number of edges that are at most a value.

    Args:
        code: Builder that receives the instructions.
        address: Address of the edges.
        number: Number of edges, an LLVM integer.
        most: Upper bound on `number`.
        value: Value, a double that is not NaN.
    """
    builder, found = code.builder, integer(0)
    step = 1 << (most.bit_length() - 1)
    while step:
        after = builder.add(found, integer(step))
        within = builder.icmp_signed("<=", after, number)
        place = builder.select(within, builder.sub(after, integer(1)), integer(0))
        below = builder.fcmp_ordered("<=", code.load(address, place, DOUBLE), value)
        found = builder.select(builder.and_(within, below), after, found)
        step >>= 1
    return found
