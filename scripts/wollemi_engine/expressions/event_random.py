"""Random numbers of an event: a stateless function of run, luminosity block and event number.

An event gets the same numbers however events are split or ordered.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.uint64]

# use of the second uniform number of a normal one, above all uses of callers
SECOND = 1_000_000
# use 0 of expressions of an analysis, above all uses of the simulated detector
EXPRESSIONS = 2_000_000


@dataclass(frozen=True)
class EventRandom:
    """Random numbers of some events.

    Args:
        keys: 64-bit keys, shape (events,).
    """

    keys: Integers

    @classmethod
    def of_events(
        cls, run: ArrayLike, luminosity_block: ArrayLike, event: ArrayLike
    ) -> "EventRandom":
        """Keys from run, luminosity block and event number, each of shape (events,)."""
        key = _mix(np.zeros(len(np.asarray(run)), np.uint64), run)
        return cls(_mix(_mix(key, luminosity_block), event))

    def uniform(self, use: int, counts: ArrayLike = 1, index: ArrayLike | None = None) -> Floats:
        """Numbers in the open interval (0, 1).

        Args:
            use: Number that identifies the purpose.
            counts: Number of random numbers per event, shape (events,).
            index: Index of each number within its event, shape (sum of counts,); None counts from 0
                within each event.

        Returns:
            Flat array, shape (sum of counts,), in the order of events.
        """
        counts = np.broadcast_to(np.asarray(counts, np.int64), self.keys.shape)
        if index is None:
            index = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        bits = _mix(_mix(np.repeat(self.keys, counts), use), index)
        return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def normal(self, use: int, counts: ArrayLike = 1, index: ArrayLike | None = None) -> Floats:
        """Standard normal numbers, each from two uniform ones (Box & Muller, Ann. Math. Stat. 29
        (1958) 610).

        Args:
            use: Number that identifies the purpose.
            counts: Number of random numbers per event, shape (events,).
            index: Index of each number within its event, as for `uniform`.

        Returns:
            Flat array, shape (sum of counts,).
        """
        radius = np.sqrt(-2.0 * np.log(self.uniform(use, counts, index)))
        return radius * np.cos(2.0 * np.pi * self.uniform(use + SECOND, counts, index))


def _mix(state: Integers, value: ArrayLike) -> Integers:
    """One step of splitmix64 (Steele, Lea & Flood, OOPSLA 2014, doi:10.1145/2660193.2660195),
    modulo 2⁶⁴.
    """
    mixed = (state ^ np.asarray(value).astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
