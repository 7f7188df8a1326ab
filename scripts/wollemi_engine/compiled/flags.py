"""Flags of the events that pass each of several selections, from the compiled loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import awkward as ak

from wollemi_engine.compiled.fills import FillCode
from wollemi_engine.compiled.loop import CompiledLoop, compile_loop
from wollemi_engine.compiled.selected import FillSlots, Selection, Weighting
from wollemi_engine.events.model import NOMINAL, EventModel
from wollemi_likelihood.base.arrays import Flags


class CompiledFlags:
    """Evaluates selections in one compiled loop per batch; shared leading cuts are evaluated once.

    Args:
        loop: Compiled loop.
        slots: Slots of its results.
    """

    def __init__(self, loop: CompiledLoop, slots: FillSlots):
        self._loop, self._slots = loop, slots

    @classmethod
    def compile(
        cls, model: EventModel, sample: ak.Array, selections: Mapping[str, Sequence[str]]
    ) -> CompiledFlags | None:
        """Compile the loop; None if this is not possible.

        Args:
            model: Objects and columns.
            sample: Some events, for the types.
            selections: Name → terms.
        """
        regions = [Selection(name, tuple(terms)) for name, terms in selections.items()]
        compiled = compile_loop(
            model,
            sample,
            [NOMINAL],
            lambda program: FillCode(program, regions, [NOMINAL], Weighting(None, {})).slots,
            regions,
        )
        return cls(*compiled) if compiled else None

    def flags(self, batch: ak.Array) -> dict[str, Flags]:
        """Flags of the events that pass each selection (events,).

        Args:
            batch: Events with the branches as fields.

        Raises:
            UnfitError: The events have a problem that the awkward evaluation reports.
        """
        results = self._loop.run(batch, lambda: self._slots.counts(len(batch), False))
        return {name: results[cuts[-1]] for name, cuts in self._slots.cuts.items()}
