"""Compilation of the loop over the events of a batch: selections, and histograms under all
variations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from llvmlite import ir

from wollemi_engine.compiled.bins import add_arrays, add_one, constants, emit_weights, find_bin
from wollemi_engine.compiled.code import (
    BIT,
    BYTE,
    DOUBLE,
    INTEGER,
    POINTER,
    Code,
    UnsupportedError,
    double,
    integer,
)
from wollemi_engine.compiled.names import event_range
from wollemi_engine.compiled.program import LoopProgram, UnsupportedExpressionError
from wollemi_engine.compiled.selected import FillSlots, Quantity, Selection, Weighting
from wollemi_engine.compiled.values import FLOAT, Listing, Scalar, converted
from wollemi_engine.events.model import NOMINAL, Variation

RUN = "run"
FEW = 10  # regions up to which events are counted for each set of regions


@dataclass
class Cut:
    """A leading term shared by regions, and the terms that follow it.

    Args:
        slot: Slot of the state with flags of the events that pass.
        counted: Whether it is a line of a cutflow.
    """

    slot: int
    counted: bool = False
    following: dict[str, Cut] = field(default_factory=dict)  # by term
    regions: list[Selection] = field(default_factory=list)  # which end with this term


@dataclass(frozen=True)
class Marks:
    """Bits of an event: whether it is in any cutflow, and whether it is in each region."""

    begun: Any
    inside: Mapping[str, Any]


class FillCode:
    """Emitter of the loop that fills.

    Args:
        program: Program that receives the loop.
        selections: Regions.
        views: Nominal view and object variations.
        weighting: Weights.
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
        self.few = len(selections) <= FEW
        self.cuts: dict[str, list[Cut]] = {}  # region → lines of its cutflow
        self._first = self._share_cuts()
        self.sets, self.weights = state.new(), state.new()
        self.histograms: dict[tuple[str, str, str], int] = {}
        # number of entries and of NaN entries, Σw of the latter
        self.entries: dict[tuple[str, str], tuple[int, int]] = {}
        self._adders: dict[Any, Any] = {}
        self._lists: dict[Any, Any] = {}
        functions = []
        for view in views:
            function = program.function(f"view_{view.name}")
            self._view(Code(function), view)
            functions.append(function)
        program.finish()
        emit_run(program, functions)

    @property
    def slots(self) -> FillSlots:
        """Slots of the results."""
        cuts = {name: [cut.slot for cut in cuts] for name, cuts in self.cuts.items()}
        return FillSlots(cuts, self.sets, self.few, self.weights, self.histograms, self.entries)

    def _share_cuts(self) -> dict[str, Cut]:
        """First cuts of all regions; shared leading terms are evaluated once."""
        first: dict[str, Cut] = {}
        for selection in self.selections:
            cuts, following = [], first
            for text in selection.ordered:
                cut = following.setdefault(text, Cut(self.program.state.new()))
                cuts.append(cut)
                following = cut.following
            cuts[-1].regions.append(selection)
            self.cuts[selection.name] = cuts[len(selection.guard) :]
            for cut in self.cuts[selection.name]:
                cut.counted = True
        return first

    def _view(self, code: Code, view: Variation) -> None:
        weights = self._weights(view)
        marks = Marks(
            code.variable(ir.Constant(BIT, 0)),
            {item.name: code.variable(ir.Constant(BIT, 0)) for item in self.selections}
            if self.few
            else {},
        )
        self._emit_cuts(code, self._first, view, weights, marks)
        if view is NOMINAL:
            self._count(code, marks)
        code.end()

    def _emit_cuts(
        self,
        code: Code,
        cuts: Mapping[str, Cut],
        view: Variation,
        weights: tuple[Any, int, int, int],
        marks: Marks,
    ) -> None:
        """Emit cuts, each with the cuts that follow it."""
        for text, cut in cuts.items():
            with ExitStack() as nested:
                # A selection may have more terms than the depth of function calls allows.
                while True:
                    nested.enter_context(code.when(self.program.condition(code, text, view)))
                    self._passed(code, cut, view, weights, marks)
                    if len(cut.following) != 1:
                        break
                    ((text, cut),) = cut.following.items()
                self._emit_cuts(code, cut.following, view, weights, marks)

    def _passed(
        self,
        code: Code,
        cut: Cut,
        view: Variation,
        weights: tuple[Any, int, int, int],
        marks: Marks,
    ) -> None:
        """Emit the work for an event that passes a cut."""
        if cut.counted and view is NOMINAL:
            code.store(code.slot(cut.slot, POINTER), code.event, ir.Constant(BYTE, 1))
            code.builder.store(ir.Constant(BIT, 1), marks.begun)
        for selection in cut.regions:
            self._fill(code, selection, view, weights)
            if selection.name in marks.inside:
                code.builder.store(ir.Constant(BIT, 1), marks.inside[selection.name])

    def _count(self, code: Code, marks: Marks) -> None:
        """Count the event in its set of regions, and store its weight if it is in a cutflow."""
        builder, number = code.builder, integer(0)
        for mark in marks.inside.values():
            bit = builder.zext(code.get(mark, BIT), INTEGER)
            number = builder.add(builder.shl(number, integer(1)), bit)
        if self.few:
            add_one(code, code.slot(self.sets, POINTER), number)
        if self.weighting.weight is not None:
            with code.when(code.get(marks.begun, BIT)):
                weight = self.program.number(code, self.weighting.weight, NOMINAL)
                code.store(code.slot(self.weights, POINTER), code.event, weight)

    def _weights(self, view: Variation) -> tuple[Any, int, int, int]:
        """Emit a function that computes all weights of an event; returns the function, its stamp,
        and the slots of the weights and their squares.
        """
        program, names = self.program, self.weighting.variations(view)
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
        function, stamp, *slots = weights
        self.program.call_once(code, function, stamp)
        for quantity in selection.quantities:
            targets = self._targets(code, selection.name, quantity.name, view)
            if quantity.per_object:
                each = self._fill_of_lists(quantity, view, slots)
                code.builder.call(each, [code.state, code.event, *targets])
            else:
                numbers = (
                    self.program.entry_number(code, one, view) for one in quantity.expressions
                )
                self._enter(code, quantity.edges, view, slots, targets, list(numbers))

    def _targets(self, code: Code, region: str, quantity: str, view: Variation) -> list[Any]:
        """Emit the addresses to which an entry is added: the histogram; in the nominal view also
        the counts of entries and NaN entries, and Σw of the latter.
        """
        new = self.program.state.new
        slots = [new()]
        self.histograms[region, quantity, view.name] = slots[0]
        if view is NOMINAL:
            self.entries[region, quantity] = new(), new()
            slots += self.entries[region, quantity]
        return [code.slot(slot, POINTER) for slot in slots]

    def _fill_of_lists(self, quantity: Quantity, view: Variation, slots: Sequence[int]) -> Any:
        """Emit a function that fills the values of an event into any targets with these edges, once
        for all regions: inlined, its code would be long in each of them.
        """
        key = (quantity.expressions, quantity.edges, view.name)
        if key not in self._lists:
            number = 3 if view is NOMINAL else 1
            function = self._function("each", [POINTER] * number)
            code = Code(function)
            enter = partial(self._enter, code, quantity.edges, view, slots, code.arguments)
            self._each(code, quantity.expressions, view, enter)
            code.end()
            self._lists[key] = function
        return self._lists[key]

    def _function(self, name: str, arguments: Sequence[Any]) -> Any:
        """A function of the state, the event and further arguments. It is not inlined, so that many
        regions do not take longer to compile.
        """
        module = self.program.module
        kind = ir.FunctionType(ir.VoidType(), (POINTER, INTEGER, *arguments))
        function = ir.Function(module, kind, module.get_unique_name(name))
        function.linkage = "internal"
        function.attributes.add("noinline")
        return function

    def _enter(
        self,
        code: Code,
        edges: tuple[tuple[float, ...], ...],
        view: Variation,
        slots: Sequence[int],
        targets: Sequence[Any],
        values: Sequence[Scalar],
    ) -> None:
        """Add an entry; in the nominal view, also count it, and separately if one of its values is
        NaN. None is not an entry.
        """
        histogram, *counted = targets
        if counted:
            counts, sums = counted
            valid = code.both(*(value.valid for value in values))
            with code.when(ir.Constant(BIT, 1) if valid is None else valid):
                add_one(code, counts, integer(0))
                with code.when(code.builder.not_(_all_numbers(code, values))):
                    add_one(code, counts, integer(1))
                    add_arrays(code, sums, code.slot(slots[0], POINTER), 1)
        self._add(code, edges, histogram, slots, len(self.weighting.variations(view)), values)

    def _each(
        self,
        code: Code,
        texts: Sequence[str],
        view: Variation,
        fill: Callable[[Sequence[Scalar]], None],
    ) -> None:
        """Fill every value of a list, or of lists of equal length; None is not an entry."""
        (count, _), *others = lists = [self._list(code, text, view) for text in texts]
        for other, _ in others:
            code.fail(code.builder.icmp_signed("!=", count, other))
            # No element beyond the shorter list is read; the batch is filled again.
            shorter = code.builder.icmp_signed("<", other, count)
            count = code.builder.select(shorter, other, count)
        with code.loop(count) as index:
            fill([element(index) for _, element in lists])

    def _list(self, code: Code, text: str, view: Variation) -> tuple[Any, Callable[[Any], Scalar]]:
        """Emit the length of a list of numbers; returns it with an emitter of the elements."""
        program = self.program
        if text in program.foreign:
            view = program.effective_of(text, view)
            values, present = (
                code.slot(program.state.input(part, text, view.name), POINTER)
                for part in ("lists", "lists present")
            )
            start, length = event_range(code, program.state.input("list offsets", text, view.name))

            def stored(index: Any) -> Scalar:
                place = code.builder.add(start, index)
                valid = code.load_stored(present, place, "bool")
                return Scalar(FLOAT, code.load(values, place, DOUBLE), valid)

            return length, stored
        found = program.value(code, text, view)
        if not isinstance(found, Listing) or found.objects:
            raise UnsupportedExpressionError(text, "no list of numbers")
        count = (
            found.length
            if found.valid is None
            else code.builder.select(found.valid, found.length, integer(0))
        )

        def computed(index: Any) -> Scalar:
            try:
                item = found.element(index)
            except UnsupportedError as error:
                raise UnsupportedExpressionError(text, str(error)) from error
            if not isinstance(item, Scalar):
                raise UnsupportedExpressionError(text, "no list of numbers")
            return Scalar(FLOAT, converted(code, item, FLOAT), item.valid)

        return count, computed

    def _add(
        self,
        code: Code,
        edges: tuple[tuple[float, ...], ...],
        histogram: Any,
        slots: Sequence[int],
        number: int,
        values: Sequence[Scalar],
    ) -> None:
        """Add an entry in all weight variations; None and NaN are not entries."""
        key = (edges, number)
        if key not in self._adders:
            self._adders[key] = self._adder(edges, number)
        valid = (value.valid for value in values)
        with code.when(code.both(_all_numbers(code, values), *valid)):
            sums = [histogram, *(code.slot(slot, POINTER) for slot in slots)]
            numbers = [value.code for value in values]
            code.builder.call(self._adders[key], [code.state, code.event, *sums, *numbers])

    def _adder(self, edges: tuple[tuple[float, ...], ...], number: int) -> Any:
        """Emit a function that adds weights and their squares to any histogram with these edges."""
        function = self._function("add", [POINTER] * 3 + [DOUBLE] * len(edges))
        code = Code(function)
        histogram, weights, squares, *values = code.arguments
        places = [
            find_bin(code, constants(self.program.module, ends), ends, value)
            for ends, value in zip(edges, values, strict=True)
        ]
        place = places[0]
        for ends, one in zip(edges[1:], places[1:], strict=True):
            place = code.builder.add(code.builder.mul(place, integer(len(ends) + 1)), one)
        start = code.builder.mul(place, integer(2 * number))
        target = code.address(histogram, start, DOUBLE)
        add_arrays(code, target, weights, number)
        add_arrays(code, code.address(target, integer(number), DOUBLE), squares, number)
        code.end()
        return function


def _all_numbers(code: Code, values: Sequence[Scalar]) -> Any:
    """Emit whether no value is NaN."""
    return code.both(*(code.builder.fcmp_ordered("ord", one.code, one.code) for one in values))


def emit_run(program: LoopProgram, functions: Sequence[Any]) -> None:
    """Emit the loop over the events; its arguments are the state and the number of events."""
    kind = ir.FunctionType(ir.VoidType(), (POINTER, INTEGER))
    code = Code(ir.Function(program.module, kind, RUN))
    with code.loop(code.event) as event:
        for function in functions:
            code.builder.call(function, [code.state, event])
    code.end()
