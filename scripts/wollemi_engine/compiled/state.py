"""State of a compiled event loop: numbers and addresses, one per slot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
