"""Number of events read at once: complete clusters, so that nothing is decompressed twice, within a
limit on memory.
"""

from bisect import bisect_right
from collections.abc import Sequence

STEP = 200_000  # events; fewer if they are large, see STEP_BYTES
STEP_BYTES = 128_000_000  # uncompressed bytes


def step_events(bytes_per_event: float) -> int:
    """Number of events to read at once, at least one.

    Args:
        bytes_per_event: Uncompressed bytes per event of the branches to read.
    """
    return max(1, min(STEP, int(STEP_BYTES / bytes_per_event) if bytes_per_event > 0 else STEP))


def entry_steps(
    boundaries: Sequence[int], start: int, stop: int, events: int
) -> list[tuple[int, int]]:
    """Consecutive ranges of entries to read; they depend only on the arguments.

    A range ends at a cluster boundary; a cluster with more than `events` entries is divided.

    Args:
        boundaries: Sorted entries at which clusters begin and end.
        start: First entry.
        stop: Entry after the last one.
        events: Largest number of entries in a range.

    Returns:
        First and last-plus-one entry of each range, in order; one empty range if `start` equals
        `stop`.
    """
    steps: list[tuple[int, int]] = []
    first = start
    while first < stop or not steps:
        last = min(first + events, stop)
        boundary = boundaries[bisect_right(boundaries, last) - 1] if boundaries else 0
        if first < boundary < last and last < stop:
            last = boundary
        steps.append((first, last))
        first = last
    return steps


def shared_entries(
    boundaries: Sequence[int], entries: int, number: int, jobs: int
) -> tuple[int, int]:
    """Range of entries that one of several jobs on the same file reads; together they read each
    entry once.

    A range ends at the cluster boundary nearest to its share, so that no cluster is decompressed
    twice, or within a cluster larger than a share.

    Args:
        boundaries: Sorted entries at which clusters begin and end.
        entries: Number of entries in the file.
        number: Number of the job, from 0.
        jobs: Number of jobs.

    Returns:
        First entry, and the entry after the last one.
    """
    first, last = (_edge(boundaries, entries, place, jobs) for place in (number, number + 1))
    return first, last


def _edge(boundaries: Sequence[int], entries: int, place: int, jobs: int) -> int:
    wanted = place * entries // jobs
    nearest = min(
        (b for b in boundaries if 2 * jobs * abs(b - wanted) < entries),
        key=lambda boundary: abs(boundary - wanted),
        default=wanted,
    )
    return wanted if place in (0, jobs) else nearest
