"""Corrections in compiled code: the nodes of correctionlib's trees.

An experiment's correction has thousands of bins with formulas that differ only in their numbers.
Nodes of one shape are therefore emitted once; their numbers are read from a table by the index of
the node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from llvmlite import ir

from wollemi_engine.compiled.bins import count_edges
from wollemi_engine.compiled.code import DOUBLE, INTEGER, POINTER, Code, double, integer, intrinsic
from wollemi_engine.compiled.correction_formulas import emit_formula, literals, without_literals
from wollemi_engine.compiled.correction_random import emit_random
from wollemi_engine.compiled.correction_trees import (
    Bins,
    Choice,
    Constant,
    Edges,
    Formula,
    Node,
    Random,
    Refused,
    Regular,
    Transform,
)
from wollemi_engine.compiled.state import State

LARGEST = 2.0**63  # upper limit of integers


class NodeCode:
    """Emitter of nodes.

    Args:
        code: Builder that receives the instructions.
        state: State with the tables.
    """

    def __init__(self, code: Code, state: State):
        self._code = code
        self._state = state
        self._emitters: dict[type, Callable[..., Any]] = {
            Constant: self._constants,
            Bins: self._bins,
            Choice: self._choices,
            Formula: self._formulas,
            Transform: self._transforms,
            Random: self._random,
            Refused: self._refused,
        }

    def value(self, nodes: Sequence[Node], index: Any, values: list[Any]) -> Any:
        """Emit the value of one of several nodes.

        Args:
            nodes: Candidates.
            index: Index of the node to evaluate, an LLVM integer.
            values: LLVM values of the inputs of the correction: doubles and integers.
        """
        groups: dict[Any, list[int]] = {}
        for place, node in enumerate(nodes):
            groups.setdefault(_shape(node), []).append(place)
        if len(groups) == 1:
            return self._emitters[type(nodes[0])](nodes, index, values)
        return self._switch(nodes, list(groups.values()), index, values)

    def _switch(
        self, nodes: Sequence[Node], groups: list[list[int]], index: Any, values: list[Any]
    ) -> Any:
        """Emit nodes of several shapes: a table gives the shape and the index within the shape."""
        builder = self._code.builder
        shapes, places = [0] * len(nodes), [0] * len(nodes)
        for number, members in enumerate(groups):
            for place, member in enumerate(members):
                shapes[member], places[member] = number, place
        shape, place = self._whole(shapes, index), self._whole(places, index)
        never, after = (builder.append_basic_block(name) for name in ("never", "after"))
        switch, found = builder.switch(shape, never), []
        for number, members in enumerate(groups):
            block = builder.append_basic_block("shape")
            switch.add_case(integer(number), block)
            builder.position_at_end(block)
            value = self.value([nodes[member] for member in members], place, values)
            found.append((value, builder.block))
            builder.branch(after)
        builder.position_at_end(never)
        builder.unreachable()
        builder.position_at_end(after)
        result = builder.phi(DOUBLE)
        for pair in found:
            result.add_incoming(*pair)
        return result

    def _constants(self, nodes: Sequence[Constant], index: Any, _: list[Any]) -> Any:
        return self._number([node.value for node in nodes], index)

    def _refused(self, nodes: Sequence[Refused], index: Any, _: list[Any]) -> Any:
        self._code.fail(ir.Constant(ir.IntType(1), 1))
        return double(0)

    def _random(self, nodes: Sequence[Random], index: Any, values: list[Any]) -> Any:
        inputs = [values[number] for number in nodes[0].inputs]
        return emit_random(self._code, nodes[0].distribution, inputs)

    def _formulas(self, nodes: Sequence[Formula], index: Any, values: list[Any]) -> Any:
        rows = np.array([literals(node.tree) for node in nodes], np.float64)
        numbers = iter(self._columns(rows.reshape(len(nodes), -1), index))
        return emit_formula(self._code, nodes[0].tree, numbers, values)

    def _transforms(self, nodes: Sequence[Transform], index: Any, values: list[Any]) -> Any:
        code, number = self._code, nodes[0].input
        value = self.value([node.rule for node in nodes], index, values)
        whole = values[number].type is INTEGER
        if whole:
            value = intrinsic(code, "round", value)
        value = required(code, value, LARGEST if whole else float("inf"))
        changed = list(values)
        changed[number] = code.builder.fptosi(value, INTEGER) if whole else value
        return self.value([node.content for node in nodes], index, changed)

    def _choices(self, nodes: Sequence[Choice], index: Any, values: list[Any]) -> Any:
        builder, keys = self._code.builder, nodes[0].keys
        place = integer(len(keys))
        for number, key in enumerate(keys):
            same = builder.icmp_signed("==", values[nodes[0].input], integer(key))
            place = builder.select(same, integer(number), place)
        return self._content(nodes, index, place, values)

    def _bins(self, nodes: Sequence[Bins], index: Any, values: list[Any]) -> Any:
        builder, flow = self._code.builder, nodes[0].flow
        place, outside = integer(0), ir.Constant(ir.IntType(1), 0)
        for number, name in enumerate(nodes[0].inputs):
            value = values[name]
            if value.type is INTEGER:
                value = builder.sitofp(value, DOUBLE)
            axes: Sequence[Any] = [node.axes[number] for node in nodes]
            find = self._regular_bin if isinstance(axes[0], Regular) else self._any_bin
            found, beyond = find(axes, index, value, flow)
            place = builder.add(
                builder.mul(place, self._whole([axis.number for axis in axes], index)), found
            )
            outside = builder.or_(outside, beyond)
        if flow == "value":
            last = self._whole([len(node.content) - 1 for node in nodes], index)
            place = builder.select(outside, last, place)
        elif flow == "error":
            self._code.fail(outside)
        return self._content(nodes, index, place, values)

    def _content(
        self, nodes: Sequence[Bins] | Sequence[Choice], index: Any, place: Any, values: list[Any]
    ) -> Any:
        """Emit one content of one of several nodes."""
        sizes = [len(node.content) for node in nodes]
        first = self._whole([0, *accumulate(sizes[:-1])], index)
        content = [item for node in nodes for item in node.content]
        return self.value(content, self._code.builder.add(first, place), values)

    def _any_bin(self, axes: Sequence[Edges], index: Any, value: Any, flow: str) -> tuple[Any, Any]:
        """Emit the bin, and whether it is only the nearest one."""
        code, builder = self._code, self._code.builder
        distinct = list(dict.fromkeys(axis.values for axis in axes))
        starts = dict(zip(distinct, accumulate([0, *map(len, distinct[:-1])]), strict=True))
        slot = self._state.table(np.concatenate(distinct).astype(np.float64))
        start = self._whole([starts[axis.values] for axis in axes], index)
        edges = code.address(code.slot(slot, POINTER), start, DOUBLE)
        number = self._whole([axis.number for axis in axes], index)
        count = builder.add(number, integer(1))
        if flow == "wrap":
            value = self._wrapped(axes, index, value)
        found = count_edges(code, edges, count, max(map(len, distinct)), value)
        below = builder.icmp_signed("==", found, integer(0))
        above = builder.icmp_signed("==", found, count)
        outside = builder.or_(below, above)
        if flow == "wrap":
            code.fail(outside)
        place = builder.sub(builder.select(above, number, found), integer(1))
        return builder.select(below, integer(0), place), outside

    def _wrapped(self, axes: Sequence[Edges], index: Any, value: Any) -> Any:
        """Emit the value wrapped into the range of the edges."""
        builder = self._code.builder
        low = self._number([axis.values[0] for axis in axes], index)
        width = self._number([axis.values[-1] - axis.values[0] for axis in axes], index)
        part = builder.fdiv(builder.fsub(value, low), width)
        part = builder.fsub(part, intrinsic(self._code, "floor", part))
        return builder.fadd(low, builder.fmul(part, width))

    def _regular_bin(
        self, axes: Sequence[Regular], index: Any, value: Any, flow: str
    ) -> tuple[Any, Any]:
        """Emit the bin for bins of equal width, see `_any_bin`; the batch fails if rounding puts a
        value beyond the last bin.
        """
        code, builder = self._code, self._code.builder
        low, high = (
            self._number([getattr(axis, name) for axis in axes], index) for name in ("low", "high")
        )
        number = self._whole([axis.number for axis in axes], index)
        size = self._number([float(axis.number) for axis in axes], index)
        below = builder.fcmp_ordered("<", value, low)
        outside = builder.or_(below, builder.fcmp_ordered(">=", value, high))
        part = builder.fdiv(
            builder.fsub(value, low), self._number([axis.high - axis.low for axis in axes], index)
        )
        if flow == "wrap":
            part = builder.fsub(part, intrinsic(code, "floor", part))
            outside = ir.Constant(ir.IntType(1), 0)
        scaled = builder.fmul(size, part)
        fine = builder.and_(
            builder.fcmp_ordered(">=", scaled, double(0)), builder.fcmp_ordered("<", scaled, size)
        )
        code.fail(builder.not_(builder.or_(outside, fine)))
        place = builder.fptosi(builder.select(fine, scaled, double(0)), INTEGER)
        nearest = builder.select(below, integer(0), builder.sub(number, integer(1)))
        return builder.select(outside, nearest, place), outside

    def _number(self, numbers: Sequence[float], index: Any) -> Any:
        return self._columns(np.array(numbers, np.float64)[:, np.newaxis], index)[0]

    def _columns(self, rows: Any, index: Any) -> list[Any]:
        """Emit the numbers of one of several rows; numbers equal in all rows become constants."""
        bits = rows.view(np.int64)
        differ = (bits != bits[:1]).any(axis=0)
        if not differ.any():
            return [double(number) for number in rows[0]]
        code, table = self._code, self._state.table(rows[:, differ])
        start = code.builder.mul(index, integer(int(differ.sum())))
        address = code.address(code.slot(table, POINTER), start, DOUBLE)
        places = np.cumsum(differ) - 1
        return [
            code.load(address, integer(int(place)), DOUBLE) if varies else double(number)
            for number, varies, place in zip(rows[0], differ, places, strict=True)
        ]

    def _whole(self, numbers: Sequence[int], index: Any) -> Any:
        if len(set(numbers)) == 1:
            return integer(numbers[0])
        table = self._state.table(np.array(numbers, np.int64))
        return self._code.load(self._code.slot(table, POINTER), index)


def required(code: Code, value: Any, limit: float = float("inf")) -> Any:
    """Emit a double whose magnitude is below a limit; otherwise the batch fails."""
    size = intrinsic(code, "fabs", value)
    fine = code.builder.fcmp_ordered("<", size, double(limit))
    code.fail(code.builder.not_(fine))
    return code.builder.select(fine, value, double(0))


def _shape(node: Node) -> Any:
    """Key that is equal for nodes that differ only in numbers."""
    if isinstance(node, Bins):
        return Bins, node.inputs, node.flow, tuple(type(axis) for axis in node.axes)
    if isinstance(node, Choice):
        return Choice, node.input, node.keys
    if isinstance(node, Formula):
        return Formula, without_literals(node.tree)
    if isinstance(node, Random):
        return Random, node.inputs, node.distribution
    return (Transform, node.input) if isinstance(node, Transform) else type(node)
