"""Cross sections of signals with datasets of several eras. Standard library only, on the plain YAML
values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def era_cross_sections(
    datasets: Mapping[str, Mapping[str, Any]], of_parts: Callable[[float, float], float] = max
) -> dict[str | None, float]:
    """Era → cross section in pb of the datasets together, with their scale factors.

    Cross sections within an era add up. Parts of the same events, each with a selection and the
    cross section of all events, count once.

    Args:
        datasets: Name → settings.
        of_parts: Function that chooses between the cross sections of two parts, pb, if they differ.
    """
    sizes: dict[tuple[str | None, str], float] = {}
    for name, item in datasets.items():
        own = item.get("files") or item.get("manifest") or name
        events = item.get("split_of") or (own if item.get("selection") else name)
        place = (None if item.get("era") is None else str(item["era"]), str(events))
        size = float(item.get("cross_section_pb") or 0.0) * item.get("scale_factor", 1.0)
        sizes[place] = of_parts(sizes.get(place, size), size)
    found: dict[str | None, float] = {}
    for (era, _), size in sizes.items():
        found[era] = found.get(era, 0.0) + size
    return found
