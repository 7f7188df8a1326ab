"""The limit: uproot reads the branches of a task, in the same steps of whole clusters, and nothing
else happens.
"""

from pathlib import Path
from typing import Any

import uproot
from loop_wollemi import branches

STEP = 200_000


def run(task: str, path: Path, start: int, stop: int) -> dict[str, Any]:
    """Read a range of entries as awkward arrays."""
    names = branches(task)
    with uproot.open(path) as file:
        tree = file["Events"]
        for first, last in steps(tree, names, start, stop):
            tree.arrays(filter_name=names, entry_start=first, entry_stop=last)
    return {}


def steps(tree: Any, names: list[str], start: int, stop: int) -> list[tuple[int, int]]:
    """Ranges of whole clusters of at most 200,000 entries, as a skilled user would make them."""
    ends = [
        entry for entry in tree.common_entry_offsets(filter_name=names) if start < entry < stop
    ] + [stop]
    ranges, first = [], start
    for this, following in zip(ends, [*ends[1:], None], strict=True):
        if following is None or following - first > STEP:
            ranges.append((first, this))
            first = this
    return ranges
