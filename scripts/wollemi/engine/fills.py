"""Compiles the loop over the events of a batch: selections, and the histograms under all
variations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from llvmlite import ir

from wollemi.engine.bins import add_arrays, add_one, constants, emit_weights, find_bin
from wollemi.engine.code import (
    BIT,
    DOUBLE,
    INTEGER,
    POINTER,
    Code,
    UnsupportedError,
    double,
    integer,
)
from wollemi.engine.names import event_range
from wollemi.engine.program import LoopProgram, UnsupportedExpressionError
from wollemi.engine.values import FLOAT, Listing, Scalar, converted
from wollemi.events.model import NOMINAL, Variation

RUN = "run"
FEW = 10  # regions; up to this number, events are counted for each set of them


@dataclass(frozen=True)
class Quantity:
    """A variable to histogram in a region, in bins of given edges (bins + 1,)."""

    name: str
    expression: str
    per_object: bool
    edges: tuple[float, ...]


@dataclass(frozen=True)
class Selection:
    """A region, or the skim: terms, and the quantities to histogram where all hold."""

    name: str
    terms: tuple[str, ...]
    quantities: tuple[Quantity, ...] = ()
    guard: tuple[str, ...] = ()  # terms that must also hold, but are not counted
    cuts: tuple[str, ...] = ()  # names of the terms


@dataclass(frozen=True)
class Weighting:
    """The event weight, and its variations: name → factor, in the nominal view only."""

    weight: str | None
    factors: Mapping[str, str]


class FillCode:
    """Emits the loop that fills.

    Args:
        program: the program to add it to.
        selections: the regions.
        views: nominal and object variations.
        weighting: the weights.
    """

    def __init__(
        self,
        program: LoopProgram,
        selections: Sequence[Selection],
        views: Sequence[Variation],
        weighting: Weighting,
    ):
        self.program, self.selections, self.views, self.weighting = (
            program,
            selections,
            views,
            weighting,
        )
        state = program.state
        self.passed = {item.name: state.new() for item in selections}
        self.few = len(selections) <= FEW
        # whether counts of terms are kept for each event
        self.each_event = not self.few or weighting.weight is not None
        self.counts = {item.name: state.new() for item in selections}
        self.sets, self.weights = state.new(), state.new()
        self.histograms: dict[tuple[str, str, str], int] = {}
        # counts of entries and of NaN entries, their Σw
        self.entries: dict[tuple[str, str], tuple[int, int]] = {}
        self._edges: dict[tuple[float, ...], Any] = {}
        functions = []
        for view in views:
            function = program.function(f"view_{view.name}")
            self._view(Code(function), view)
            functions.append(function)
        program.finish()
        emit_run(program, functions)

    def variations(self, view: Variation) -> list[str]:
        """Names of the histograms' variations that a view fills."""
        return [view.name, *(self.weighting.factors if view is NOMINAL else ())]

    def _view(self, code: Code, view: Variation) -> None:
        weights = self._weights(view)
        passed = {selection.name: code.variable(integer(0)) for selection in self.selections}
        for selection in self.selections:
            fill = partial(self._fill, code, selection, view, weights)
            emit_terms(code, self.program, selection, view, passed[selection.name], fill)
        if view is NOMINAL:
            self._count(code, passed)
        code.end()

    def _count(self, code: Code, passed: Mapping[str, Any]) -> None:
        """Count the event in the cutflow of each region, and in its set of regions."""
        builder, number, some = code.builder, integer(0), ir.Constant(BIT, 0)
        for selection in self.selections:
            count = code.get(passed[selection.name], INTEGER)
            add_one(code, code.slot(self.counts[selection.name], POINTER), count)
            inside = builder.icmp_signed("==", count, integer(len(selection.terms)))
            number = builder.add(builder.shl(number, integer(1)), builder.zext(inside, INTEGER))
            some = builder.or_(some, builder.icmp_signed(">", count, integer(0)))
            if self.each_event:
                store_count(code, self.passed[selection.name], count)
        if self.few:
            add_one(code, code.slot(self.sets, POINTER), number)
        if self.weighting.weight is not None:
            with code.when(some):
                weight = self.program.number(code, self.weighting.weight, NOMINAL)
                code.store(code.slot(self.weights, POINTER), code.event, weight)

    def _weights(self, view: Variation) -> tuple[Any, int, int, int]:
        """Emit a function that computes all weights of an event; returns it, its stamp, and the
        slots of the weights and of their squares.
        """
        program, names = self.program, self.variations(view)
        function, stamp = program.function(f"weights_{view.name}"), program.state.new()
        slots = [program.state.array(FLOAT, len(names)) for _ in range(2)]
        code = program.begin(function, stamp)
        text = self.weighting.weight
        nominal = double(1) if text is None else program.number(code, text, view)
        weights, squares = (code.slot(slot, POINTER) for slot in slots)
        code.store(weights, integer(0), double(1))
        for index, name in enumerate(names[1:], 1):
            code.store(
                weights,
                integer(index),
                program.direct_number(code, self.weighting.factors[name], view),
            )
        emit_weights(code, nominal, weights, squares, len(names))
        code.end()
        return function, stamp, slots[0], slots[1]

    def _fill(
        self, code: Code, selection: Selection, view: Variation, weights: tuple[Any, int, int, int]
    ) -> None:
        function, stamp, first, second = weights
        self.program.call_once(code, function, stamp)
        pointers = code.slot(first, POINTER), code.slot(second, POINTER)
        for quantity in selection.quantities:
            histogram = self.program.state.new()
            self.histograms[selection.name, quantity.name, view.name] = histogram
            add = partial(
                self._add, code, quantity.edges, histogram, pointers, len(self.variations(view))
            )
            fill = (
                partial(
                    self._count_and_add, code, (selection.name, quantity.name), pointers[0], add
                )
                if view is NOMINAL
                else add
            )
            if quantity.per_object:
                self._each(code, quantity.expression, view, fill)
            else:
                fill(self.program.entry_number(code, quantity.expression, view))

    def _count_and_add(
        self,
        code: Code,
        key: tuple[str, str],
        weights: Any,
        add: Callable[[Scalar], None],
        value: Scalar,
    ) -> None:
        """Count an entry, and whether its value is NaN; None is not an entry."""
        if key not in self.entries:
            self.entries[key] = self.program.state.new(), self.program.state.new()
        counts, sums = (code.slot(slot, POINTER) for slot in self.entries[key])
        with code.when(ir.Constant(BIT, 1) if value.valid is None else value.valid):
            add_one(code, counts, integer(0))
            with code.when(code.builder.fcmp_unordered("uno", value.code, value.code)):
                add_one(code, counts, integer(1))
                add_arrays(code, sums, weights, 1)
        add(value)

    def _each(self, code: Code, text: str, view: Variation, fill: Callable[[Scalar], None]) -> None:
        """Fill every value of a list; None is not an entry."""
        program = self.program
        if text in program.foreign:
            view = program.effective_of(text, view)
            values, present = (
                code.slot(program.state.input(part, text, view.name), POINTER)
                for part in ("lists", "lists present")
            )
            start, length = event_range(code, program.state.input("list offsets", text, view.name))
            with code.loop(length) as index:
                place = code.builder.add(start, index)
                fill(
                    Scalar(
                        FLOAT,
                        code.load(values, place, DOUBLE),
                        code.load_stored(present, place, "bool"),
                    )
                )
            return
        found = program.value(code, text, view)
        if not isinstance(found, Listing) or found.objects:
            raise UnsupportedExpressionError(text, "no list of numbers")
        count = (
            found.length
            if found.valid is None
            else code.builder.select(found.valid, found.length, integer(0))
        )
        with code.loop(count) as index:
            try:
                item = found.element(index)
            except UnsupportedError as error:
                raise UnsupportedExpressionError(text, str(error)) from error
            if not isinstance(item, Scalar):
                raise UnsupportedExpressionError(text, "no list of numbers")
            fill(Scalar(FLOAT, converted(code, item, FLOAT), item.valid))

    def _add(
        self,
        code: Code,
        edges: tuple[float, ...],
        histogram: int,
        weights: tuple[Any, Any],
        number: int,
        value: Scalar,
    ) -> None:
        """Add an entry under all variations of the weight; None and NaN are not entries."""
        builder = code.builder
        with code.when(code.both(builder.fcmp_ordered("ord", value.code, value.code), value.valid)):
            start = builder.mul(self._bin(code, edges, value.code), integer(2 * number))
            target = code.address(code.slot(histogram, POINTER), start, DOUBLE)
            for sums, source in zip(
                (target, code.address(target, integer(number), DOUBLE)), weights, strict=True
            ):
                add_arrays(code, sums, source, number)

    def _bin(self, code: Code, edges: tuple[float, ...], value: Any) -> Any:
        """Number of edges that are at most a value: the bin, 0 for the underflow."""
        if edges not in self._edges:
            self._edges[edges] = constants(self.program.module, edges)
        return find_bin(code, self._edges[edges], edges, value)


def emit_terms(
    code: Code,
    program: LoopProgram,
    selection: Selection,
    view: Variation,
    passed: Any,
    inside: Callable[[], None],
) -> None:
    """Count the terms of a selection that hold, up to the first that does not; where all hold, do
    more.
    """
    counts = [*([0] * len(selection.guard)), 1, *range(2, len(selection.terms) + 1)]
    with ExitStack() as nested:
        for text, count in zip(
            [selection.terms[0], *selection.guard, *selection.terms[1:]], counts, strict=True
        ):
            nested.enter_context(code.when(program.condition(code, text, view)))
            code.builder.store(integer(count), passed)
        inside()


def store_count(code: Code, slot: int, count: Any) -> None:
    """Write a small count of the event into an array of bytes."""
    code.store(code.slot(slot, POINTER), code.event, code.builder.trunc(count, ir.IntType(8)))


def emit_run(program: LoopProgram, functions: Sequence[Any]) -> None:
    """The function that loops over the events: of the state and their number."""
    kind = ir.FunctionType(ir.VoidType(), (POINTER, INTEGER))
    code = Code(ir.Function(program.module, kind, RUN))
    with code.loop(code.event) as event:
        for function in functions:
            code.builder.call(function, [code.state, event])
    code.end()


class SkimCode:
    """Emits the loop that finds the largest number of terms of the skim that an event passes in any
    variation.
    """

    def __init__(self, program: LoopProgram, selection: Selection, views: Sequence[Variation]):
        self.program = program
        self.passed = program.state.new()
        function = program.function("skim")
        code = Code(function)
        most = code.variable(integer(0))
        for view in views:
            with code.when(
                code.builder.icmp_signed(
                    "<", code.get(most, INTEGER), integer(len(selection.terms))
                )
            ):
                passed = code.variable(integer(0))
                emit_terms(code, program, selection, view, passed, lambda: None)
                more = code.get(passed, INTEGER)
                better = code.builder.icmp_signed(">", more, code.get(most, INTEGER))
                code.builder.store(code.builder.select(better, more, code.get(most, INTEGER)), most)
        store_count(code, self.passed, code.get(most, INTEGER))
        code.end()
        program.finish()
        emit_run(program, [function])
