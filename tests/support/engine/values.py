"""A compiled loop that gives the values of an expression."""

from typing import Any

import numpy as np

from wollemi_engine.compiled.code import POINTER, Code
from wollemi_engine.compiled.fills import emit_run
from wollemi_engine.compiled.loop import compile_loop
from wollemi_engine.events.model import NOMINAL


class Values:
    """A compiled loop that gives the values of an expression, one an event.

    Args:
        model: objects, columns and corrections.
        sample: some events.
        text: the expression.
        view: the variation.
    """

    def __init__(self, model: Any, sample: Any, text: str, view: Any = NOMINAL):
        compiled = compile_loop(model, sample, [view], lambda program: _emit(program, text, view))
        assert compiled is not None
        self._loop, self._slot = compiled
        self.native = self._loop.native

    def __call__(self, batch: Any) -> Any:
        """Values of the events (events,); see `CompiledLoop.run`."""
        return self._loop.run(batch, lambda: {self._slot: np.zeros(len(batch))})[self._slot]


def _emit(program: Any, text: str, view: Any) -> int:
    slot, function = program.state.new(), program.function("values")
    code = Code(function)
    code.store(code.slot(slot, POINTER), code.event, program.direct_number(code, text, view))
    code.end()
    program.finish()
    emit_run(program, [function])
    return slot
