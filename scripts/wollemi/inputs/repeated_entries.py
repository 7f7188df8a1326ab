"""Events that a file has twice, found without event numbers: entries with the same content, in
sequence.
"""

from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.inputs.identifiers import COLUMNS, mixed
from wollemi_likelihood.base.errors import WollemiError

TELLING = 3  # non-integer numbers: an event with fewer may look like another one
STRETCH = 10  # telling entries in a row, in which REPEATED repetitions cannot be chance
REPEATED = 5
# times that an entry may appear and still be telling: events without objects appear more often
COMMON = 16
MOST = 16_000_000  # telling entries of a file that are compared: 256 MB


class RepeatedEntries:
    """Looks for events that one file has twice.

    Args:
        where: the file, for the error.
        first: entry of the file that is the first of the first batch.
    """

    def __init__(self, where: str, first: int = 0):
        self._where, self._next = where, first
        self._hashes: list[NDArray[np.uint64]] = []
        self._entries: list[NDArray[np.int64]] = []

    def add(self, batch: ak.Array) -> None:
        """Look at the next batch.

        Args:
            batch: records (events,) of numbers and lists of numbers; with run and event number, the
                rest is ignored.
        """
        if not {COLUMNS[0], COLUMNS[2]} <= set(batch.fields) and len(batch) and self._kept() < MOST:
            hashes, telling = entry_hashes(batch)
            self._hashes.append(hashes[telling])
            self._entries.append(self._next + np.flatnonzero(telling))
        self._next += len(batch)

    def _kept(self) -> int:
        return sum(map(len, self._hashes))

    def finish(self) -> None:
        """After the last batch.

        Raises:
            WollemiError: events appear twice.
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
    """Find many entries in a row that repeat earlier ones.

    Args:
        hashes: of the telling entries of a file (entries,), in its order.

    Returns:
        The first repetition, what it repeats, and the number of repetitions; None if there is no
        such stretch.
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
    """A hash of the content of each entry, and whether it has enough non-integer numbers.

    Args:
        batch: records (events,).
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
    """All numbers of a branch (values,), and where those of each entry begin (entries + 1,)."""
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
    """Sums of the values of each entry, modulo 2**64."""
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values, dtype=np.uint64, out=sums[1:])
    differences: NDArray[np.uint64] = sums[offsets[1:]] - sums[offsets[:-1]]
    return differences
