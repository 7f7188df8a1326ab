"""Reading the plain branches of a TTree, numbers and counted arrays of numbers, straight from their
baskets.

The same arrays as uproot's, in less CPU time: branches that ROOT counts by one counter share one
array of offsets, which uproot computes again for each of them, and no basket passes through queues.
Whatever is not plain is left to uproot.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray
from uproot.compression import decompress
from uproot.source.cursor import Cursor

# ROOT's TKey up to fCycle, and the end of TBasket's header before its flag: fVersion, fBufferSize,
# fNevBufSize, fNevBuf, fLast.
KEY = struct.Struct(">ihiIhh")
BASKET = struct.Struct(">Hiiii")
Offsets = NDArray[np.int64]


@dataclass(frozen=True)
class Piece:
    """A part of a basket that is in the range to read.

    Args:
        values: numbers of the basket as stored (values,).
        tail: the bytes after them: where the list of each entry begins, or nothing.
        key_length: bytes before the values, which these positions count, too.
        size: entries of the basket.
        first: first entry of the piece, counted from the start of the range.
        skipped: entries of the basket before it.
        entries: entries in the piece.
    """

    values: Any
    tail: Any
    key_length: int
    size: int
    first: int
    skipped: int
    entries: int

    def positions(self) -> Any:
        """Number of the first value of each entry of the piece, and of the one after it (entries +
        1,).
        """
        # The number of positions comes first; the last stored one has no meaning.
        starts = self.tail[4:].view(">i4")[: self.size] - self.key_length
        places = np.append(starts, self.values.nbytes)[
            self.skipped : self.skipped + self.entries + 1
        ]
        return places // self.values.itemsize


class PlainBranches:
    """Branches of a tree that are read together.

    Args:
        tree: what uproot has found.
        names: branches, all of them plain.
    """

    def __init__(self, tree: Any, names: Sequence[str]):
        self._branches = {branch.name: branch for branch in map(tree.__getitem__, names)}

    @classmethod
    def of(cls, tree: Any, names: Sequence[str]) -> "PlainBranches | None":
        """The branches, if all of them are plain."""
        found = all(
            name in tree and tree[name].name == name and _is_plain(tree[name]) for name in names
        )
        return cls(tree, names) if found and names else None

    def read(self, start: int, stop: int) -> ak.Array:
        """Events from `start` to before `stop` as records (events,).

        Raises:
            ValueError: baskets do not fit together.
        """
        shared: dict[str, Offsets] = {}
        columns = {
            name: self._column(branch, start, stop, shared)
            for name, branch in self._branches.items()
        }
        return ak.Array(
            ak.contents.RecordArray(list(columns.values()), list(columns), length=stop - start)
        )

    def _column(self, branch: Any, start: int, stop: int, shared: dict[str, Offsets]) -> Any:
        if not _is_jagged(branch):
            kind = branch.interpretation
            values = np.empty(stop - start, kind.to_dtype)
            for piece in _pieces(branch, kind.from_dtype, start, stop):
                values[piece.first : piece.first + piece.entries] = piece.values[
                    piece.skipped : piece.skipped + piece.entries
                ]
            return ak.contents.NumpyArray(values)
        kind = branch.interpretation.content
        pieces = list(_pieces(branch, kind.from_dtype, start, stop))
        counter = branch.count_branch
        name = branch.name if counter is None else counter.name
        if name not in shared:
            shared[name] = _offsets(branch, pieces, start, stop)
        offsets = shared[name]
        return ak.contents.ListOffsetArray(
            ak.index.Index64(offsets), ak.contents.NumpyArray(_content(pieces, offsets, kind))
        )


def _is_jagged(branch: Any) -> bool:
    return type(branch.interpretation).__name__ == "AsJagged"


def _is_plain(branch: Any) -> bool:
    """Whether a branch holds numbers, or lists of them counted by another branch, in baskets of
    their own.
    """
    kind = branch.interpretation
    if type(kind).__name__ == "AsJagged":
        if kind.header_bytes != 0 or branch.count_branch is None:
            return False
        kind = kind.content
    if (
        type(kind).__name__ != "AsDtype"
        or kind.from_dtype.shape
        or kind.to_dtype.shape
        or kind.from_dtype.names
    ):
        return False
    # Baskets that were never written out lie in the tree itself.
    written = int(np.count_nonzero(branch.member("fBasketSeek")))
    return len(branch.entry_offsets) - 1 <= written and not branch.branches


def _pieces(branch: Any, kind: Any, start: int, stop: int) -> Iterator[Piece]:
    """The baskets of a range, in their order."""
    edges = branch.entry_offsets
    for number in range(max(bisect_right(edges, start) - 1, 0), len(edges) - 1):
        low, high = edges[number], edges[number + 1]
        if low >= stop:
            return
        if high > low:
            values, tail, key_length, entries = _basket(branch, number, kind)
            if entries != high - low or (not _is_jagged(branch) and len(values) != entries):
                raise ValueError(
                    f"basket {number} of '{branch.name}' has {entries} entries, not the "
                    f"{high - low} that the tree has"
                )
            first, last = max(low, start), min(high, stop)
            yield Piece(values, tail, key_length, entries, first - start, first - low, last - first)


def _basket(branch: Any, number: int, kind: Any) -> tuple[Any, Any, int, int]:
    """Values of a basket, the bytes after them, its key length, and its number of entries."""
    seek, size = (
        int(branch.member("fBasketSeek")[number]),
        int(branch.member("fBasketBytes")[number]),
    )
    chunk = branch.file.source.chunk(seek, seek + size)
    raw = chunk.raw_data
    stored, _, length, _, key_length, _ = KEY.unpack_from(raw)
    _, _, _, entries, last = BASKET.unpack_from(raw, key_length - BASKET.size - 1)
    if stored - key_length == length:
        data = raw[key_length : key_length + length]
    else:
        data = decompress(
            chunk, Cursor(seek + key_length), {}, stored - key_length, length
        ).raw_data
    border = last - key_length
    return data[:border].view(kind), data[border:], key_length, entries


def _offsets(branch: Any, pieces: Sequence[Piece], start: int, stop: int) -> Offsets:
    """Where the list of each entry of the range begins (entries + 1,), from 0."""
    counts = np.zeros(stop - start, np.int64)
    for piece in pieces if all(piece.tail.size for piece in pieces) else ():
        np.subtract(
            *_neighbors(piece.positions()), out=counts[piece.first : piece.first + piece.entries]
        )
    if not all(piece.tail.size for piece in pieces):
        counter = branch.count_branch
        for piece in _pieces(counter, counter.interpretation.from_dtype, start, stop):
            counts[piece.first : piece.first + piece.entries] = piece.values[
                piece.skipped : piece.skipped + piece.entries
            ]
    if counts.size and counts.min() < 0:
        raise ValueError(f"a list of branch '{branch.name}' ends before it begins")
    offsets = np.zeros(counts.size + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def _neighbors(values: Any) -> tuple[Any, Any]:
    return values[1:], values[:-1]


def _content(pieces: Sequence[Piece], offsets: Offsets, kind: Any) -> Any:
    """The values of all lists of the range, one after the other."""
    content = np.empty(offsets[-1], kind.to_dtype)
    for piece in pieces:
        first, last = offsets[piece.first], offsets[piece.first + piece.entries]
        begin = piece.positions()[0] if piece.skipped else 0
        end = begin + last - first
        if end > len(piece.values) or (
            piece.skipped + piece.entries == piece.size and end != len(piece.values)
        ):
            raise ValueError("a basket has not as many values as its counter tells of")
        content[first:last] = piece.values[begin:end]
    return content
