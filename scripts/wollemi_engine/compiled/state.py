"""State of a compiled event loop: numbers and addresses, one per slot, and what Python provides for
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wollemi_engine.compiled.buffers import Buffer
from wollemi_engine.compiled.code import STATUS


@dataclass
class State:
    """Slots of the state, and the data that Python puts into them for each batch."""

    size: int = STATUS + 1
    # part, name, view → slot of the address
    inputs: dict[tuple[str, str, str], int] = field(default_factory=dict)
    # slot of the address, type, and object that determines the size
    arrays: list[tuple[int, str, Any]] = field(default_factory=list)
    # type and bytes → slot of the address, constant numbers
    tables: dict[tuple[str, bytes], tuple[int, NDArray[Any]]] = field(default_factory=dict)

    def new(self) -> int:
        """Add a slot."""
        self.size += 1
        return self.size - 1

    def input(self, part: str, name: str, view: str = "") -> int:
        """Slot of the address of an input: `values` or `offsets` of a branch, or a value that
        cannot be compiled.
        """
        key = (part, name, view)
        if key not in self.inputs:
            self.inputs[key] = self.new()
        return self.inputs[key]

    def array(self, kind: str, owner: Any) -> int:
        """Slot of the address of memory for values of a kind."""
        slot = self.new()
        self.arrays.append((slot, kind, owner))
        return slot

    def table(self, values: NDArray[Any]) -> int:
        """Slot of the address of constant numbers (float64 or int64); equal ones share a slot."""
        key = (str(values.dtype), values.tobytes())
        if key not in self.tables:
            self.tables[key] = self.new(), np.ascontiguousarray(values)
        return self.tables[key][0]


@dataclass(frozen=True)
class ObjectMemory:
    """Memory for the list of an object in one event.

    Args:
        capacity: Slot of the number of objects that fit.
        offsets: Slot of the offsets of its collection; None if it is built from other objects.
        combined: Whether it is a combination of other objects.
        sources: Slots of the capacities of the objects that it is built from.
    """

    capacity: int
    offsets: int | None
    combined: bool
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Slots of the state of a loop.

    Args:
        size: Number of slots.
        inputs: Part, name and view of an input → slot of its address.
        objects: Objects, sources first.
        arrays: Slot, type and size of memory for values.
        lists: Slot, type, and slot of the capacity of memory for one value per object.
        tables: Slot → constant numbers.
    """

    size: int
    inputs: Mapping[tuple[str, str, str], int]
    objects: Sequence[ObjectMemory]
    arrays: Sequence[tuple[int, str, int]]
    lists: Sequence[tuple[int, str, int]]
    tables: Mapping[int, NDArray[Any]]

    def capacities(self, inputs: Mapping[int, Buffer], combinations: int) -> dict[int, int]:
        """Slot → number of objects for which there is memory.

        Args:
            inputs: Slot → buffer of a batch.
            combinations: Number of combinations in an event.
        """
        found: dict[int, int] = {}
        for item in self.objects:
            if item.combined:
                found[item.capacity] = combinations
            elif item.offsets is not None:
                found[item.capacity] = int(np.max(np.diff(inputs[item.offsets]), initial=0))
            else:
                found[item.capacity] = sum(found[source] for source in item.sources)
        return found
