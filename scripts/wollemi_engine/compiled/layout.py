"""What Python provides for a compiled loop: the slots of its state, and the memory behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wollemi_engine.compiled.buffers import Buffer
from wollemi_engine.compiled.objects import ObjectNode
from wollemi_engine.compiled.state import State


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


def layout_of_loop(state: State, nodes: Sequence[ObjectNode]) -> Layout:
    """The layout of a loop that has been emitted.

    Args:
        state: Slots of the loop.
        nodes: Objects of the loop.
    """
    objects = [
        ObjectMemory(
            node.capacity,
            state.inputs["offsets", f"{node.item.collection}_pt", ""]
            if node.item.collection
            else None,
            bool(node.item.combine),
            tuple(source.capacity for source in node.sources()),
        )
        for node in sorted(nodes, key=lambda item: item.level)
    ]
    arrays: list[tuple[int, str, int]] = []
    lists: list[tuple[int, str, int]] = []
    for slot, kind, owner in state.arrays:
        if isinstance(owner, ObjectNode):
            lists.append((slot, kind, owner.capacity))
        else:
            arrays.append((slot, kind, owner))
    return Layout(state.size, state.inputs, objects, arrays, lists, dict(state.tables.values()))
