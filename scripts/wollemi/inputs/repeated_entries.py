"""Duplicate events in a file without event numbers: entries with the same content, in
sequence.
"""

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.inputs.identifiers import COLUMNS, mixed
from wollemi_likelihood.base.errors import WollemiError

TELLING = 3  # non-integer numbers; events with fewer may agree by chance
STRETCH = 10  # distinctive entries in a row; REPEATED repetitions among them cannot be chance
REPEATED = 5
# occurrences up to which an entry is distinctive: events without objects appear more often
COMMON = 16
MOST = 16_000_000  # distinctive entries of a file to compare: 256 MB


class RepeatedEntries:
    """Finds events that occur twice in one file.

    Args:
        where: File, for the error.
        first: Entry of the first event of the first batch.
    """

    def __init__(self, where: str, first: int = 0):
        self._where, self._next = where, first
        self._hashes: list[NDArray[np.uint64]] = []
        self._entries: list[NDArray[np.int64]] = []

    def add(self, batch: ak.Array) -> None:
        """Check the next batch.

        Args:
            batch: Records (events,) of numbers and lists of numbers; ignored if it has run and
                event numbers.
        """
        if not {COLUMNS[0], COLUMNS[2]} <= set(batch.fields) and len(batch) and self._kept() < MOST:
            hashes, telling = entry_hashes(batch)
            self._hashes.append(hashes[telling])
            self._entries.append(self._next + np.flatnonzero(telling))
        self._next += len(batch)

    def _kept(self) -> int:
        return sum(map(len, self._hashes))

    def finish(self) -> None:
        """Finish the check after the last batch.

        Raises:
            WollemiError: Events appear twice.
        """
        if not self._hashes:
            return
        hashes, entries = np.concatenate(self._hashes), np.concatenate(self._entries)
        earlier = find_repeated_stretch(hashes)
        if earlier is not None:
            row, twin, number = earlier
            problem = (
                f"has the same content in entries {entries[twin]} and {entries[row]}; {number} "
                "such repetitions, in sequence"
            )
            remedy = (
                "take each event once; if equal simulated events are meant, set "
                "repeated_numbers: true"
            )
            raise WollemiError(self._where, problem, remedy)


def find_repeated_stretch(hashes: NDArray[np.uint64]) -> tuple[int, int, int] | None:
    """Find many consecutive entries that repeat earlier ones.

    Args:
        hashes: Hashes of the distinctive entries of a file, shape (entries,), in its order.

    Returns:
        First repetition, the entry it repeats, and the number of repetitions; None if no
        stretch repeats.
    """
    values, first, inverse, counts = np.unique(
        hashes, return_index=True, return_inverse=True, return_counts=True
    )
    if values.size == hashes.size:
        return None
    repeats = (first[inverse] != np.arange(hashes.size)) & (counts[inverse] <= COMMON)
    sums = np.concatenate([[0], np.cumsum(repeats)])
    length = min(STRETCH, hashes.size)
    starts = np.flatnonzero(sums[length:] - sums[:-length] >= REPEATED)
    if not starts.size:
        return None
    row = int(starts[0] + np.flatnonzero(repeats[starts[0] : starts[0] + length])[0])
    return row, int(first[inverse[row]]), int(repeats.sum())


def entry_hashes(batch: ak.Array) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Hash of the content of each entry, and whether it has enough non-integer numbers.

    Args:
        batch: Records (events,).
    """
    total, numbers = np.zeros(len(batch), np.uint64), np.zeros(len(batch), np.int64)
    for place, name in enumerate(batch.fields, 1):
        values, offsets = _values_of_entries(batch[name])
        index = (np.arange(len(values)) - np.repeat(offsets[:-1], np.diff(offsets))).astype(
            np.uint64
        )
        hashes = mixed(_bits(values) + mixed(index * np.uint64(1000) + np.uint64(place)))
        total = mixed(total + _sums(hashes, offsets))
        if values.dtype.kind == "f":
            numbers += _sums((values != np.trunc(values)) & np.isfinite(values), offsets).astype(
                np.int64
            )
    return total, numbers >= TELLING


def _values_of_entries(values: ak.Array) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """All numbers of a branch (values,), and the offsets of the entries (entries + 1,)."""
    counts = np.ones(len(values), np.int64)
    if values.ndim > 1:
        nested = ak.num(values) if values.ndim == 2 else ak.sum(ak.num(values, axis=2), axis=1)
        counts, values = np.asarray(nested, np.int64), ak.flatten(values, axis=None)
    return np.asarray(values), np.concatenate([[0], np.cumsum(counts)])


def _bits(values: NDArray[Any]) -> NDArray[np.uint64]:
    if values.dtype.kind == "f":
        return values.astype(np.float64).view(np.uint64)
    return (
        values.astype(np.int64, copy=False).view(np.uint64) if values.dtype != np.uint64 else values
    )


def _sums(values: NDArray[Any], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Sum of the values of each entry, modulo 2**64."""
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values, dtype=np.uint64, out=sums[1:])
    differences: NDArray[np.uint64] = sums[offsets[1:]] - sums[offsets[:-1]]
    return differences
