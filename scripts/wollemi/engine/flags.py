"""Which events pass each of several selections, from the compiled loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import awkward as ak
import numpy as np

from wollemi.engine.buffers import Buffer
from wollemi.engine.fills import FillCode
from wollemi.engine.loop import CompiledLoop, compile_loop
from wollemi.engine.selected import Selection, Weighting
from wollemi.events.model import NOMINAL, EventModel
from wollemi_likelihood.base.arrays import Flags


class CompiledFlags:
    """Evaluates selections in one compiled loop per batch; cuts that several begin with are
    evaluated once.

    Args:
        loop: the loop.
        code: what it was compiled from.
    """

    def __init__(self, loop: CompiledLoop, code: FillCode):
        self._loop, self._code = loop, code

    @classmethod
    def compile(
        cls, model: EventModel, sample: ak.Array, selections: Mapping[str, Sequence[str]]
    ) -> CompiledFlags | None:
        """Compile the loop; None if that is not possible.

        Args:
            model: objects and columns.
            sample: some events, for the types.
            selections: name → terms.
        """
        regions = [Selection(name, tuple(terms)) for name, terms in selections.items()]
        compiled = compile_loop(
            model,
            sample,
            [NOMINAL],
            lambda program: FillCode(program, regions, [NOMINAL], Weighting(None, {})),
        )
        return cls(*compiled) if compiled else None

    def flags(self, batch: ak.Array) -> dict[str, Flags]:
        """Selection → which events pass it (events,).

        Args:
            batch: events with the branches as fields.

        Raises:
            UnfitError: something is wrong with the events; the awkward evaluation reports what.
        """
        results = self._loop.run(batch, lambda: self._outputs(len(batch)))
        return {name: results[cuts[-1].slot] for name, cuts in self._code.cuts.items()}

    def _outputs(self, events: int) -> dict[int, Buffer]:
        code = self._code
        arrays: dict[int, Buffer] = {
            cut.slot: np.zeros(events, np.bool_) for cuts in code.cuts.values() for cut in cuts
        }
        arrays[code.sets] = np.zeros(1 << len(code.selections) if code.few else 1, np.int64)
        arrays[code.weights] = np.zeros(1)
        return arrays
