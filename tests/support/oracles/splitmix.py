"""Random numbers of an event with plain whole numbers, as docs/selections.md gives them."""

import math
from typing import Any

MASK = 2**64 - 1


def mix(state: int, value: int) -> int:
    """One step of splitmix64."""
    mixed = ((state ^ value) + 0x9E3779B97F4A7C15) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return mixed ^ (mixed >> 31)


def uniform(event: dict[str, Any], use: int, index: int = 0, offset: int = 2_000_000) -> float:
    """Between 0 and 1, of an event or of its object at a position."""
    key = mix(mix(mix(0, event["run"]), event["luminosityBlock"]), event["event"])
    return ((mix(mix(key, use + offset), index) >> 11) + 0.5) * 2.0**-53


def normal(event: dict[str, Any], use: int, index: int = 0) -> float:
    """Standard normal."""
    radius = math.sqrt(-2 * math.log(uniform(event, use, index)))
    return radius * math.cos(2 * math.pi * uniform(event, use, index, 3_000_000))
