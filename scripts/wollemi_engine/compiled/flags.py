"""Flags of the events that pass each of several selections, from the compiled loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import awkward as ak
import numpy as np

from wollemi_engine.compiled.buffers import Buffer
from wollemi_engine.compiled.fills import FillCode
from wollemi_engine.compiled.loop import CompiledLoop, compile_loop
from wollemi_engine.compiled.selected import Selection, Weighting
from wollemi_engine.events.model import NOMINAL, EventModel
from wollemi_likelihood.base.arrays import Flags


class CompiledFlags:
    """Evaluates selections in one compiled loop per batch; shared leading cuts are evaluated once.

    Args:
        loop: Compiled loop.
        code: Emitted code of the loop.
    """

    def __init__(self, loop: CompiledLoop, code: FillCode):
        self._loop, self._code = loop, code

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
            lambda program: FillCode(program, regions, [NOMINAL], Weighting(None, {})),
        )
        return cls(*compiled) if compiled else None

    def flags(self, batch: ak.Array) -> dict[str, Flags]:
        """Flags of the events that pass each selection (events,).

        Args:
            batch: Events with the branches as fields.

        Raises:
            UnfitError: The events have a problem that the awkward evaluation reports.
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
