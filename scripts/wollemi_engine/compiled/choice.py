"""Choice of the evaluation for a batch of events: the compiled loop if the work justifies
compilation.

The choice depends only on events and analysis, and never changes a result.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import awkward as ak

from wollemi_engine.events.corrections import RefusedError
from wollemi_likelihood.base.errors import WollemiError

LOGGER = logging.getLogger("wollemi")
VARIABLE = "WOLLEMI_ENGINE"
ENGINES = ("auto", "awkward", "compiled")
# Events above which compiling is faster than the awkward evaluation. Both take longer for more
# regions, variables and views: nine tasks of `benchmarks` break even at 100,000 to 500,000 events.
WORTH = 100_000
Loop = TypeVar("Loop")
Result = TypeVar("Result")


def chosen_engine() -> str:
    """Value of the environment variable WOLLEMI_ENGINE; `auto` if unset.

    Raises:
        WollemiError: The value is not an engine.
    """
    name = os.environ.get(VARIABLE) or "auto"
    if name not in ENGINES:
        raise WollemiError(
            VARIABLE, f"'{name}' is not an engine", f"set it to {', '.join(ENGINES)}, or not at all"
        )
    return name


@contextmanager
def _without_infos() -> Iterator[None]:
    """Hide messages about compilation, which would bury the reason for an error."""
    level = LOGGER.level
    LOGGER.setLevel(logging.WARNING)
    try:
        yield
    finally:
        LOGGER.setLevel(level)


class Engine(Generic[Loop]):
    """The compiled loop of a step, compiled when there is enough work.

    Args:
        build: Function that compiles the loop for events of these types; None if it cannot.
        expected: Minimum number of events to come, as far as known.
        keeps_names: Whether the awkward evaluation only looks up names of kept events, which is
            faster for any number of them.
    """

    def __init__(
        self,
        build: Callable[[ak.Array], Loop | None],
        expected: int = 0,
        keeps_names: bool = False,
    ):
        self._build, self._expected, self._keeps_names = build, expected, keeps_names
        self._name = chosen_engine()
        self._events = 0
        self._loops: dict[str, Loop | None] = {}

    def evaluate(
        self, batch: ak.Array, use: Callable[[Loop], Result], otherwise: Callable[[], Result]
    ) -> Result:
        """Evaluate a batch by the compiled loop or the awkward evaluation.

        The awkward evaluation requests corrections for all events, the loop only for those
        that need them. Whether a missing value is an error must not depend on the number of events:
        before reporting one, we also try the loop.

        Args:
            batch: Events.
            use: Function that runs the loop on the events.
            otherwise: Function that runs the awkward evaluation.
        """
        self._events += len(batch)
        enough = not self._keeps_names and max(self._events, self._expected) >= WORTH
        is_compiled = self._name == "compiled" or enough
        found = self._attempt(batch, use) if is_compiled and self._name != "awkward" else None
        if found is not None:
            return found
        try:
            return otherwise()
        except RefusedError:
            if self._name != "auto" or is_compiled:
                raise
            with _without_infos():
                found = self._attempt(batch, use)
            if found is None:
                raise
            return found

    def _attempt(self, batch: ak.Array, use: Callable[[Loop], Result]) -> Result | None:
        from wollemi_engine.compiled.buffers import UnfitError

        try:
            loop = self._loop(batch)
            return None if loop is None else use(loop)
        except (
            UnfitError,
            WollemiError,
            # errors in the events are always reported by the same evaluation
        ) as error:
            # without the number of events, which may be blinded
            LOGGER.info("the awkward evaluation takes a batch: %s", error)
            return None

    def _loop(self, batch: ak.Array) -> Loop | None:
        types = str(batch.type.content)
        if types not in self._loops:
            self._loops[types] = self._built(batch)
        return self._loops[types]

    def _built(self, batch: ak.Array) -> Loop | None:
        try:
            return self._build(batch)
        # a bug here must not prevent a result of the awkward evaluation
        except Exception as error:
            if self._name == "compiled":
                raise
            LOGGER.warning(
                "compiling failed, the awkward evaluation does everything: %s: %s",
                type(error).__name__,
                error,
            )
            return None
