"""Content of a loop: selections, the quantities to histogram in them, and the event weight; and
the slots of their results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from wollemi_engine.compiled.buffers import Buffer
from wollemi_engine.events.model import NOMINAL, Variation


@dataclass(frozen=True)
class Quantity:
    """A variable to histogram in a region: an expression and the bin edges (bins + 1,) on each of
    its axes.
    """

    name: str
    expressions: tuple[str, ...]
    per_object: bool
    edges: tuple[tuple[float, ...], ...]

    @property
    def size(self) -> int:
        """Number of bins, with the under- and overflow of each axis."""
        return prod(len(edges) + 1 for edges in self.edges)


@dataclass(frozen=True)
class Selection:
    """A region or the skim: terms, and the quantities to histogram if all terms are true."""

    name: str
    terms: tuple[str, ...]
    quantities: tuple[Quantity, ...] = ()
    guard: tuple[str, ...] = ()  # terms that must also be true, but are not counted
    cuts: tuple[str, ...] = ()  # names of the terms

    @property
    def ordered(self) -> list[str]:
        """All terms in order of evaluation."""
        return [self.terms[0], *self.guard, *self.terms[1:]]


@dataclass(frozen=True)
class Weighting:
    """The event weight and its variations: name → factor, in the nominal view only."""

    weight: str | None
    factors: Mapping[str, str]

    def variations(self, view: Variation) -> list[str]:
        """Names of the histogram variations that a view fills."""
        return [view.name, *(self.factors if view.name == NOMINAL.name else ())]


@dataclass(frozen=True)
class FillSlots:
    """Slots of the results of a loop that fills.

    Args:
        cuts: Region → flags of the events that pass each line of its cutflow.
        sets: Number of events in each set of regions, if there are few regions.
        few: Whether there are.
        weights: Weights of the events that begin a cutflow.
        histograms: Region, quantity and view → sums in the bins.
        entries: Region and quantity → number of entries and of NaN entries; Σw of the latter.
    """

    cuts: Mapping[str, Sequence[int]]
    sets: int
    few: bool
    weights: int
    histograms: Mapping[tuple[str, str, str], int]
    entries: Mapping[tuple[str, str], tuple[int, int]]

    def counts(self, events: int, weighted: bool) -> dict[int, Buffer]:
        """Slot → zeroed array, for cuts, sets of regions and weights.

        Args:
            events: Number of events.
            weighted: Whether the events have a weight.
        """
        return {
            **{slot: np.zeros(events, np.bool_) for cuts in self.cuts.values() for slot in cuts},
            self.sets: np.zeros(1 << len(self.cuts) if self.few else 1, np.int64),
            self.weights: np.zeros(events if weighted else 1),
        }
