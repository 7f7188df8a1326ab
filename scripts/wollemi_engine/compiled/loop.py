"""The compiled evaluation of an analysis: one loop over the events of a batch; see
`docs/engine.md`.

Its results equal the awkward evaluation's exactly; the awkward evaluation takes over anything that
the compiler does not support.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi_engine.compiled.buffers import Buffer, UnfitError, column, equal_offsets, flat_buffers
from wollemi_engine.compiled.cached_loops import LoopCode, loop_file, read_loop, write_loop
from wollemi_engine.compiled.code import UnsupportedError
from wollemi_engine.compiled.correction_formulas import library_symbols
from wollemi_engine.compiled.correction_trees import correction_trees
from wollemi_engine.compiled.entries import entry_values
from wollemi_engine.compiled.fills import RUN
from wollemi_engine.compiled.numpy_loops import loop_symbols
from wollemi_engine.compiled.program import LoopProgram, UnsupportedExpressionError
from wollemi_engine.compiled.state import Layout, State
from wollemi_engine.events.model import EventModel, Variation
from wollemi_engine.expressions.evaluation import as_flags, as_values, evaluate, is_missing
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.compiler.native import Native, is_cached

LOGGER = logging.getLogger("wollemi")
DONE, UNFIT, OVERFLOW = range(3)
FIRST_CAPACITY = 256
LAST_CAPACITY = 2_000_000  # combinations per event


@dataclass
class CompiledLoop:
    """A compiled loop with its memory.

    Args:
        layout: Slots of its state.
        native: Machine code.
        model: Objects, columns and hooks.
        views: Nominal view and object variations.
    """

    layout: Layout
    native: Native
    model: EventModel
    views: Sequence[Variation]
    combinations: int = FIRST_CAPACITY
    _arrays: dict[int, Buffer] = field(default_factory=dict)

    def run(self, batch: ak.Array, outputs: Callable[[], dict[int, Buffer]]) -> dict[int, Buffer]:
        """Evaluate a batch.

        Args:
            batch: Events with the branches as fields.
            outputs: Function that returns zeroed arrays for the results: slot of the state → array.

        Raises:
            UnfitError: The events have a problem.
        """
        inputs = self._inputs(batch)
        function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(self.native.address(RUN))
        while True:
            results = outputs()
            state = self._state(inputs, results)
            function(state.ctypes.data, len(batch))
            if state[0] == DONE:
                return results
            if state[0] == UNFIT or self.combinations > LAST_CAPACITY:
                raise UnfitError("events with an error, or with more combinations than memory")
            self.combinations *= 4

    def _state(self, inputs: dict[int, Buffer], results: dict[int, Buffer]) -> NDArray[np.int64]:
        layout = self.layout
        state = np.zeros(layout.size, np.int64)
        capacities = layout.capacities(inputs, self.combinations)
        for slot, capacity in capacities.items():
            state[slot] = capacity
        lists = [(slot, kind, capacities[owner]) for slot, kind, owner in layout.lists]
        for slot, kind, size in (*layout.arrays, *lists):
            if slot not in self._arrays or self._arrays[slot].size < max(size, 1):
                self._arrays[slot] = np.zeros(max(size, 1), kind)
        for slot, array in (self._arrays | dict(layout.tables) | inputs | results).items():
            state[slot] = array.ctypes.data
        return state

    def _inputs(self, batch: ak.Array) -> dict[int, Buffer]:
        """Slot of the state → buffer, for branches and values from the awkward evaluation."""
        keys = self.layout.inputs
        buffers: dict[tuple[str, str, str], Buffer] = {}
        for part, name, view in keys:
            if (part, name, view) not in buffers:
                buffers |= self._input(batch, part, name, view)
        self._require_equal_lists(buffers)
        empty = np.zeros(1)
        return {slot: buffers[key] if buffers[key].size else empty for key, slot in keys.items()}

    def _input(
        self, batch: ak.Array, part: str, name: str, view: str
    ) -> dict[tuple[str, str, str], Buffer]:
        if part in ("values", "offsets"):
            layout = (
                ak.Array(self._names(batch, view)[name]).layout if view else column(batch, name)
            )
            values, offsets = flat_buffers(layout)
            return {("values", name, view): values} | (
                {("offsets", name, view): offsets} if offsets is not None else {}
            )
        if part == "entries":
            return {(part, name, view): entry_values(self.model, batch, self._view(view), name)}
        value = evaluate(name, self._names(batch, view))
        if part == "bool values":
            return {(part, name, view): np.ascontiguousarray(as_flags(value, len(batch), name))}
        if part == "float64 values":
            return {(part, name, view): np.ascontiguousarray(as_values(value, len(batch), name))}
        if part == "present values":
            return {(part, name, view): ~is_missing(value, len(batch))}
        if not isinstance(value, ak.Array) or value.ndim != 2 or value.fields:
            raise UnfitError("no list")
        values, offsets = flat_buffers(ak.fill_none(value, np.nan, axis=1).layout)
        assert offsets is not None
        present, _ = flat_buffers((~ak.is_none(value, axis=1)).layout)
        lists = {
            "lists": np.asarray(values, np.float64),
            "lists present": present,
            "list offsets": offsets,
        }
        return {(kind, name, view): buffer for kind, buffer in lists.items()}

    def _names(self, batch: ak.Array, view: str) -> Any:
        return self.model.names(batch, self._view(view))

    def _view(self, name: str) -> Variation:
        return next(view for view in self.views if view.name == name)

    def _require_equal_lists(self, buffers: dict[tuple[str, str, str], Buffer]) -> None:
        """Require the same number of entries in all branches of a collection in each event."""
        for collection in {
            item.collection for item in self.model.objects.values() if item.collection
        }:
            lists = [
                offsets
                for (part, name, _), offsets in buffers.items()
                if part == "offsets" and name.startswith(f"{collection}_")
            ]
            if not all(equal_offsets(lists[0], other) for other in lists[1:]):
                raise UnfitError(f"branches of {collection} of different lengths")


def compile_loop(
    model: EventModel,
    sample: ak.Array,
    views: Sequence[Variation],
    emit: Callable[[LoopProgram], Any],
    content: Any = None,
) -> tuple[CompiledLoop, Any] | None:
    """Compile a loop; unsupported parts of expressions become inputs from the awkward evaluation.

    Args:
        model: Objects, columns and hooks.
        sample: Some events, for the types.
        views: Nominal view and object variations.
        emit: Function that emits the loop, and returns the slots of its results.
        content: What `emit` depends on except for the other arguments and its module; None if
            the loop is not cached.

    Returns:
        Loop and result of `emit`; None if the loop cannot be compiled.
    """
    started = time.perf_counter()
    file = None if content is None else loop_file(model, sample, emit, (views, content))
    code, text = read_loop(file), ""
    if code is None or not is_cached(code.digest):
        emitted = emit_loop(model, sample, emit)
        if emitted is None:
            return None
        code, text = emitted
        write_loop(file, code)
    native = Native(code.digest, partial(_required, text), loop_symbols() | library_symbols())
    for message in code.messages:
        LOGGER.info("not compiled: %s", message)
    LOGGER.info(
        "compiled in %.1f s%s",
        time.perf_counter() - started,
        ", from the cache" if native.cached else "",
    )
    return CompiledLoop(code.layout, native, model, views), code.slots


def _required(text: str) -> str:
    assert text, "the machine code was removed while it was read"
    return text


def emit_loop(
    model: EventModel, sample: ak.Array, emit: Callable[[LoopProgram], Any]
) -> tuple[LoopCode, str] | None:
    """A loop and its LLVM text; None if nothing can be compiled. Arguments are those of
    `compile_loop`.
    """
    foreign: dict[str, str] = {}
    trees = correction_trees(model.corrections)
    while True:
        program = LoopProgram(model, sample, frozenset(foreign), trees)
        try:
            slots = emit(program)
        except UnsupportedExpressionError as error:
            if error.text in foreign:
                LOGGER.info("nothing is compiled: %s", error)
                return None
            foreign[error.text] = str(error)
            continue
        except (UnsupportedError, WollemiError) as error:
            LOGGER.info("nothing is compiled: %s", error)
            return None
        text = str(program.module)
        left = [
            f"'{place}': calls a correction that is not" for place in fields_left(program.state)
        ]
        digest = hashlib.sha256(text.encode()).hexdigest()
        return LoopCode(digest, program.layout, slots, (*foreign.values(), *left)), text


def fields_left(state: State) -> list[str]:
    """Places of collection fields, such as `jet.calibrate.pt`, that the awkward evaluation computes
    for all entries.
    """
    return list(dict.fromkeys(name for part, name, _ in state.inputs if part == "entries"))
