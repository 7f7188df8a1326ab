"""Histograms and cutflows from the compiled loop, and flags of the skim; the counterparts of the
awkward evaluation in the programs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import awkward as ak
import numpy as np

from wollemi.events.account import count_combinations, name_of_set
from wollemi.events.cutflow import Line, cutflow_line, unweighted_line
from wollemi_engine.compiled.buffers import Buffer
from wollemi_engine.compiled.code import BYTE, INTEGER, POINTER, Code, integer
from wollemi_engine.compiled.fills import FillCode, emit_run
from wollemi_engine.compiled.loop import CompiledLoop, compile_loop
from wollemi_engine.compiled.program import LoopProgram
from wollemi_engine.compiled.selected import FillSlots, Quantity, Selection, Weighting
from wollemi_engine.events.model import EventModel, Variation
from wollemi_engine.expressions.selections import selection_terms
from wollemi_likelihood.base.arrays import Flags, Floats
from wollemi_likelihood.expressions.syntax import split_conjunction

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Region, Variable

# region and variable → sums of weights and squared weights (variations, 2, bins + 2)
Sums = dict[tuple[str, str], Floats]


def selections(
    regions: Mapping[str, Region],
    variables: Mapping[str, Variable],
    edges: Mapping[str, Sequence[Floats]],
    skim: Sequence[tuple[str, str]],
) -> list[Selection]:
    """Regions with the variables of their histograms; each is part of the skim.

    Args:
        regions: Regions of the analysis.
        variables: Variables of the analysis.
        edges: Edges of the bins of each variable, per axis, shape (bins + 1,).
        skim: Name and condition of each cut of the skim.
    """
    guard = tuple(term for _, text in skim for term in split_conjunction(text))
    return [
        Selection(
            name,
            tuple(term for _, term in selection_terms(region.selection)),
            tuple(
                _quantity(item, variables, edges[item])
                for item in dict.fromkeys((region.variable, *region.monitor))
            ),
            guard,
            tuple(cut for cut, _ in selection_terms(region.selection)),
        )
        for name, region in regions.items()
    ]


def _quantity(name: str, variables: Mapping[str, Variable], edges: Sequence[Floats]) -> Quantity:
    axes = [variables[axis] for axis in variables[name].axes or (name,)]
    return Quantity(
        name,
        tuple(axis.expression for axis in axes),
        axes[0].per == "object",
        tuple(tuple(ends.tolist()) for ends in edges),
    )


def weighting(weight: str, factors: Mapping[str, str]) -> Weighting:
    """The weight and the factors of its variations, by variation."""
    return Weighting(None if weight == "1" else weight, factors)


class CompiledFiller:
    """Fills all histograms of an analysis in one compiled loop per batch.

    Args:
        loop: Compiled loop.
        slots: Slots of its results.
        regions: Selections and their quantities.
        weights: Event weight.
    """

    def __init__(
        self, loop: CompiledLoop, slots: FillSlots, regions: Sequence[Selection], weights: Weighting
    ):
        self._loop, self._slots = loop, slots
        self._regions, self._weights = regions, weights

    @classmethod
    def compile(
        cls,
        model: EventModel,
        sample: ak.Array,
        regions: Sequence[Selection],
        views: Sequence[Variation],
        weights: Weighting,
    ) -> CompiledFiller | None:
        """Compile the loop; None if this is not possible.

        Args:
            model: Objects and columns.
            sample: Some events, for the types.
            regions: Selections and their quantities.
            views: Nominal view and object variations.
            weights: Event weight.
        """
        compiled = compile_loop(
            model,
            sample,
            views,
            lambda program: FillCode(program, regions, views, weights).slots,
            (regions, weights),
        )
        return cls(*compiled, regions, weights) if compiled else None

    def fill(self, batch: ak.Array) -> tuple[Sums, dict[str, Any]]:
        """Fill the histograms and count the events of a batch.

        Args:
            batch: Events with the branches as fields.

        Raises:
            UnfitError: The events have a problem that the awkward evaluation reports.
        """
        results = self._loop.run(batch, lambda: self._outputs(len(batch)))
        filled = {
            (region.name, item.name): self._sums(results, region, item)
            for region in self._regions
            for item in region.quantities
        }
        return filled, self._counts(results)

    def _outputs(self, events: int) -> dict[int, Buffer]:
        slots = self._slots
        arrays = slots.counts(events, self._weights.weight is not None)
        for counts, sums in slots.entries.values():
            arrays |= {counts: np.zeros(2, np.int64), sums: np.zeros(1)}
        sizes = {
            (region.name, item.name): item.size
            for region in self._regions
            for item in region.quantities
        }
        names = {view.name: len(self._weights.variations(view)) for view in self._loop.views}
        for (region, variable, view), slot in slots.histograms.items():
            arrays[slot] = np.zeros((sizes[region, variable], 2, names[view]))
        return arrays

    def _sums(self, results: dict[int, Buffer], region: Selection, item: Quantity) -> Floats:
        slots = (
            self._slots.histograms[region.name, item.name, view.name] for view in self._loop.views
        )
        bins = np.concatenate([results[slot] for slot in slots], axis=2)
        return np.ascontiguousarray(bins.T)

    def _counts(self, results: dict[int, Buffer]) -> dict[str, Any]:
        """Cutflow of each region in the nominal view, and the number of events in each exact set of
        regions.
        """
        not_numbers: dict[str, Any] = {}
        for (region, variable), slots in self._slots.entries.items():
            (entries, bad), (total,) = (results[slot].tolist() for slot in slots)
            not_numbers.setdefault(region, {})[variable] = {
                "entries": entries,
                "not_numbers": bad,
                "sum_of_weights": total,
            }
        return {
            "regions": self._cutflows(results),
            "selected": self._selected(results),
            "not_numbers": not_numbers,
        }

    def _cutflows(self, results: dict[int, Buffer]) -> dict[str, list[Line]]:
        """Cutflow lines of each region; shared leading cuts are counted once."""
        slots = {cut for cuts in self._slots.cuts.values() for cut in cuts}
        lines = {slot: self._line(results, results[slot]) for slot in slots}
        return {
            item.name: [
                lines[cut] | {"cut": name}
                for name, cut in zip(item.cuts, self._slots.cuts[item.name], strict=True)
            ]
            for item in self._regions
        }

    def _line(self, results: dict[int, Buffer], passed: Flags) -> Line:
        """Unnamed cutflow line of the events that pass (events,)."""
        if self._weights.weight is None:
            return unweighted_line("", int(np.sum(passed)))
        return cutflow_line("", results[self._slots.weights][np.flatnonzero(passed)])

    def _selected(self, results: dict[int, Buffer]) -> dict[str, int]:
        slots, names = self._slots, [item.name for item in self._regions]
        if not slots.few:
            return count_combinations({name: results[slots.cuts[name][-1]] for name in names})
        counts = results[slots.sets].tolist()
        return {
            name_of_set(names, number): count
            for number, count in enumerate(counts)
            if number and count
        }


class SkimCode:
    """Emitter of the loop that finds the largest number of skim terms that an event passes in any
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
                self._terms(code, selection, view, passed)
                more = code.get(passed, INTEGER)
                better = code.builder.icmp_signed(">", more, code.get(most, INTEGER))
                code.builder.store(code.builder.select(better, more, code.get(most, INTEGER)), most)
        count = code.builder.trunc(code.get(most, INTEGER), BYTE)
        code.store(code.slot(self.passed, POINTER), code.event, count)
        code.end()
        program.finish()
        emit_run(program, [function])

    def _terms(self, code: Code, selection: Selection, view: Variation, passed: Any) -> None:
        """Count the terms of a selection that are true, up to the first false one."""
        counts = [*([0] * len(selection.guard)), 1, *range(2, len(selection.terms) + 1)]
        with ExitStack() as nested:
            for text, count in zip(selection.ordered, counts, strict=True):
                nested.enter_context(code.when(self.program.condition(code, text, view)))
                code.builder.store(integer(count), passed)


class CompiledSkim:
    """Finds the events that pass the skim, in one compiled loop per batch.

    Args:
        loop: Compiled loop.
        passed: Slot of the number of terms that an event passes.
        terms: Number of terms in the selection.
    """

    def __init__(self, loop: CompiledLoop, passed: int, terms: int):
        self._loop, self._passed, self._terms = loop, passed, terms

    @classmethod
    def compile(
        cls, model: EventModel, sample: ak.Array, terms: Sequence[str], views: Sequence[Variation]
    ) -> CompiledSkim | None:
        """Compile the loop; None if this is not possible."""
        selection = Selection("skim", tuple(terms))
        compiled = compile_loop(
            model,
            sample,
            views,
            lambda program: SkimCode(program, selection, views).passed,
            selection,
        )
        return cls(*compiled, len(terms)) if compiled else None

    def flags(self, batch: ak.Array) -> list[Flags]:
        """Flags of events that pass the first terms in any variation, for each number of terms.

        Raises:
            UnfitError: The events have a problem that the awkward evaluation reports.
        """
        results = self._loop.run(batch, lambda: {self._passed: np.zeros(len(batch), np.int8)})
        return [results[self._passed] >= number for number in range(1, self._terms + 1)]
