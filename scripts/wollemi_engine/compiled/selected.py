"""Content of a loop: selections, the quantities to histogram in them, and the event weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod


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
