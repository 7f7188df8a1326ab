"""Compilation of the order of a list of objects: stable, smallest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from wollemi_engine.compiled.code import BIT, DOUBLE, INTEGER, POINTER, Code, double, integer
from wollemi_engine.compiled.objects import ObjectNode
from wollemi_engine.compiled.values import FLOAT, code_type

MOST = 3000  # objects per event for insertion sort; the awkward evaluation handles more
Arrays = Sequence[tuple[int, str]]


def sort_list(code: Code, node: ObjectNode, arrays: Arrays, number: Any) -> None:
    """Emit the sort of the objects of an event by the array `@@order`; equal ones keep their order.

    Args:
        code: Builder that receives the instructions.
        node: Objects.
        arrays: Slot and type of each of their arrays.
        number: Number of objects.
    """
    state = node.program.state
    places, spare = state.array("int64", node), state.array(FLOAT, node)
    too_many = code.builder.icmp_signed(">", number, integer(MOST))
    code.fail(too_many)
    number = code.builder.select(too_many, integer(0), number)
    keys, order = code.slot(node.fields["@@order"][0], POINTER), code.slot(places, POINTER)
    with code.loop(number) as index:
        _insert(code, keys, order, index)
    for slot, kind in arrays:
        _permute(code, code.slot(slot, POINTER), code.slot(spare, POINTER), order, kind, number)


def _insert(code: Code, keys: Any, order: Any, index: Any) -> None:
    """Emit the search for the position of one more object, from the back."""
    builder = code.builder
    key = code.load(keys, index, DOUBLE)
    place, moving = code.variable(index), code.variable(ir.Constant(BIT, 1))
    with code.loop(index):
        at = code.get(place, INTEGER)
        before = code.load(order, builder.sub(at, integer(1)))
        larger = builder.fcmp_ordered(">", code.load(keys, before, DOUBLE), key)
        builder.store(builder.and_(code.get(moving, BIT), larger), moving)
        with code.when(code.get(moving, BIT)):
            code.store(order, at, before)
            builder.store(builder.sub(at, integer(1)), place)
    code.store(order, code.get(place, INTEGER), index)


def _permute(code: Code, array: Any, spare: Any, order: Any, kind: str, number: Any) -> None:
    stored = array_type(kind)
    with code.loop(number) as index:
        code.store(spare, index, code.load(array, code.load(order, index), stored))
    with code.loop(number) as index:
        code.store(array, index, code.load(spare, index, stored))


def array_type(kind: str) -> Any:
    """LLVM type of an element of an array of numpy's type `kind`."""
    if code_type(kind) is DOUBLE:
        return DOUBLE
    return ir.IntType(8 if kind == "bool" else int("".join(filter(str.isdigit, kind))))


def keep_first_smallest(code: Code, slot: int, arrays: Arrays, number: Any) -> None:
    """Emit the selection of the object with the smallest value, the first of equal ones.

    Args:
        code: Builder that receives the instructions.
        slot: Slot of the array of values.
        arrays: Slot and type of each array of the objects.
        number: Variable with the number of objects.
    """
    builder = code.builder
    keys, place, best = (
        code.slot(slot, POINTER),
        code.variable(integer(0)),
        code.variable(double(float("inf"))),
    )
    with code.loop(code.get(number, INTEGER)) as index:
        key = code.load(keys, index, DOUBLE)
        with code.when(builder.fcmp_ordered("<", key, code.get(best, DOUBLE))):
            builder.store(key, best)
            builder.store(index, place)
    with code.when(builder.icmp_signed(">", code.get(number, INTEGER), integer(0))):
        for array, kind in arrays:
            pointer = code.slot(array, POINTER)
            code.store(
                pointer, integer(0), code.load(pointer, code.get(place, INTEGER), array_type(kind))
            )
        builder.store(integer(1), number)
