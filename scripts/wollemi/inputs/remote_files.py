"""ROOT files on other machines, read in parts: each byte once, in few requests, several at once."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import PurePosixPath
from typing import Any

from uproot.source.chunk import Chunk, Source
from uproot.source.futures import TrivialFuture

from wollemi.analysis.plain.addresses import public_url, split_address
from wollemi.inputs.remote_ranges import Ranges, open_ranges
from wollemi_likelihood.base.errors import WollemiError

WINDOW = 1 << 18  # bytes that are read at least: keys and directories lie beside each other
GAP = 1 << 15  # bytes between two baskets that are read rather than asked for in two requests
PIECE = 1 << 21  # bytes of a request at most, so that several go at once
THREADS = 8
FILES = 8  # whose directories are kept


def joined(
    ranges: Iterable[tuple[int, int]], gap: int = GAP, most: int = PIECE
) -> list[tuple[int, int]]:
    """Ranges to ask for instead of many small ones, in order.

    Args:
        ranges: first byte, and the one after the last.
        gap: bytes between two ranges that may be read, too.
        most: bytes of a joined range; a single one may be longer.
    """
    found: list[tuple[int, int]] = []
    for start, stop in sorted(set(ranges)):
        first, last = found[-1] if found else (0, -1 - gap)
        if start - last <= gap and max(stop, last) - first <= most:
            found[-1] = first, max(stop, last)
        else:
            found.append((start, stop))
    return found


@dataclass(frozen=True)
class _Block:
    start: int
    stop: int
    content: "Future[bytes]"

    def holds(self, start: int, stop: int) -> bool:
        return self.start <= start and stop <= self.stop

    def part(self, start: int, stop: int) -> bytes:
        return self.content.result()[start - self.start : stop - self.start]


class RemoteBytes:
    """The bytes of one file.

    Args:
        ranges: where they come from.
    """

    def __init__(self, ranges: Ranges):
        self._ranges = ranges
        self._windows: list[_Block] = []
        self._ahead: list[_Block] = []
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of the file."""
        self.read(0, 1)
        return self._ranges.size

    def read(self, start: int, stop: int) -> bytes:
        """Bytes from `start` to before `stop`, or to the end of the file."""
        with self._lock:
            known = [*self._holding(start, stop)]
            block = known[0] if known else self._window(start, max(stop, start + WINDOW))
        return block.part(start, stop)

    def parts(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Bytes of several ranges, asked for together and not kept."""
        with self._lock:
            known = [block for item in ranges for block in self._holding(*item)]
            missing = [item for item in ranges if not any(self._holding(*item))]
            blocks = known + [self._begin(*item) for item in joined(missing)]
        return [next(b for b in blocks if b.holds(*item)).part(*item) for item in ranges]

    def _holding(self, start: int, stop: int) -> Iterator["_Block"]:
        """What has been asked for and holds a range."""
        return (block for block in (*self._ahead, *self._windows) if block.holds(start, stop))

    def read_ahead(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Begin to read what will be asked for; what was read ahead before and is not among it is
        dropped.
        """
        with self._lock:
            kept = [block for block in self._ahead if any(block.holds(*item) for item in ranges)]
            new = [item for item in ranges if not any(block.holds(*item) for block in kept)]
            self._ahead = kept + [self._begin(*item) for item in joined(new)]

    def _window(self, start: int, stop: int) -> _Block:
        """A part of the file that stays: of directories and descriptions of trees."""
        self._windows.append(self._begin(start, stop))
        return self._windows[-1]

    def _begin(self, start: int, stop: int) -> _Block:
        return _Block(start, stop, _threads().submit(self._ranges.get, start, stop))


@cache
def _threads() -> ThreadPoolExecutor:
    """Those that ask, for all files."""
    return ThreadPoolExecutor(THREADS)


@lru_cache(FILES)
def remote_bytes(url: str) -> RemoteBytes:
    """The bytes at an address; what was read of them once is not asked for again, as long as no
    other files are read.
    """
    return RemoteBytes(open_ranges(url))


class RemoteSource(Source):  # type: ignore[misc]
    """The reader of an address in `uproot.open({url: None}, handler=RemoteSource)`.

    Args:
        file_path: the address.
        options: uproot's options, unused.
    """

    def __init__(self, file_path: str, **options: Any):
        super().__init__()
        self._file_path = file_path
        self._bytes = remote_bytes(file_path)
        self._num_bytes = self._bytes.size
        self._closed = False

    def chunk(self, start: int, stop: int) -> Any:
        """Bytes from `start` to before `stop`; if the file has fewer, the chunk raises OSError when
        it is used.
        """
        self._num_requests += 1
        self._num_requested_chunks += 1
        self._num_requested_bytes += stop - start
        return Chunk(self, start, stop, TrivialFuture(self._bytes.read(start, stop)))

    def chunks(self, ranges: Iterable[tuple[int, int]], notifications: Any) -> list[Any]:
        """Bytes of each range; each is put on the queue `notifications` as well."""
        places = [(int(start), int(stop)) for start, stop in ranges]
        contents = zip(places, self._bytes.parts(places), strict=True)
        chunks = [Chunk(self, *place, TrivialFuture(content)) for place, content in contents]
        for chunk in chunks:
            notifications.put(chunk)
        return chunks

    def read_ahead(self, ranges: Sequence[tuple[int, int]]) -> None:
        """See `RemoteBytes`."""
        if ranges:
            self._bytes.read_ahead(ranges)

    @property
    def closed(self) -> bool:
        """Whether the file has been closed; what was read of it stays."""
        return self._closed

    def __enter__(self) -> "RemoteSource":
        return self

    def __exit__(self, *exception: object) -> None:
        self._closed = True


@dataclass(frozen=True)
class RemoteFile:
    """A ROOT file on another machine, in place of a path (`wollemi.inputs.root_trees.Elsewhere`).

    Args:
        url: its address.
        expected: bytes that it should have; 0 if they are not known.
        checksum: declared checksum of its content. Reading parts of the file cannot verify it.
    """

    url: str
    expected: int = 0
    checksum: str = ""

    def __str__(self) -> str:
        return public_url(self.url)

    @property
    def suffix(self) -> str:
        """As of a path: `.root`."""
        return PurePosixPath(split_address(self.url).path).suffix

    @property
    def size(self) -> int:
        """Bytes of the file.

        Raises:
            WollemiError: it has another size than it should.
        """
        found = remote_bytes(self.url).size
        if self.expected and found != self.expected:
            raise WollemiError(
                str(self),
                f"has {found} bytes, not {self.expected} as in the catalogue",
                "the file has changed: correct the catalogue if the new one is meant",
            )
        return found

    @property
    def source(self) -> type[RemoteSource]:
        """The reader for `uproot.open`."""
        return RemoteSource

    def read(self, start: int, stop: int) -> bytes:
        """Bytes from `start` to before `stop`, or to the end."""
        return remote_bytes(self.url).read(start, stop)
