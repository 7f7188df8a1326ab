"""The random numbers of the expression language: `normal(use)` and `uniform(use)`, see
`docs/selections.md`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import awkward as ak

from wollemi_engine.expressions.event_random import EXPRESSIONS, EventRandom

Keys = Callable[[], EventRandom]
# Name under which an expression finds the numbers; not a name of the language.
NUMBERS = "numbers of run, luminosityBlock, event"


@dataclass(frozen=True)
class Numbers:
    """Source of the random numbers of a batch of events.

    Args:
        keys: Keys of the events, shape (events,).
        positions: Positions of objects in the collection of their file, shape (events, var); None
            for one number per event.
    """

    keys: EventRandom
    positions: ak.Array | None = None

    @classmethod
    def of_batch(cls, batch: ak.Array) -> "Numbers":
        """Numbers of events from their branches `run`, `luminosityBlock`, `event` (events,)."""
        return cls(
            EventRandom.of_events(
                *(ak.to_numpy(batch[name]) for name in ("run", "luminosityBlock", "event"))
            )
        )

    def draw(self, function: str, use: int) -> Any:
        """Numbers of shape (events,) or (events, var).

        Args:
            function: Name of the function: `normal` or `uniform`.
            use: Number that identifies the purpose.
        """
        numbers = getattr(self.keys, function)
        if self.positions is None:
            return ak.Array(numbers(EXPRESSIONS + use))
        counts = ak.to_numpy(ak.num(self.positions))
        return ak.unflatten(
            numbers(EXPRESSIONS + use, counts, ak.to_numpy(ak.flatten(self.positions))), counts
        )
