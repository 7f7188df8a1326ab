"""ROOT files on other machines, read in parts: each byte once, in few concurrent requests."""

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

WINDOW = 1 << 18  # minimum bytes to read: keys and directories are close to each other
GAP = 1 << 15  # bytes between two baskets that are read to save a request
PIECE = 1 << 21  # maximum bytes per request, so that several run concurrently
THREADS = 8
FILES = 8  # files with cached directories


def joined(
    ranges: Iterable[tuple[int, int]], gap: int = GAP, most: int = PIECE
) -> list[tuple[int, int]]:
    """Merge many small ranges into fewer requests, in order.

    Args:
        ranges: First byte and the byte after the last one.
        gap: Largest number of unneeded bytes between two merged ranges.
        most: Largest number of bytes of a merged range; a single range may be longer.
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
    """Bytes of one file.

    Args:
        ranges: Source of the bytes.
    """

    def __init__(self, ranges: Ranges):
        self._ranges = ranges
        self._windows: list[_Block] = []
        self._ahead: list[_Block] = []
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        self.read(0, 1)
        return self._ranges.size

    def read(self, start: int, stop: int) -> bytes:
        """Bytes from `start` to before `stop`, or to the end of the file."""
        with self._lock:
            known = [*self._holding(start, stop)]
            block = known[0] if known else self._window(start, max(stop, start + WINDOW))
        return block.part(start, stop)

    def parts(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Bytes of several ranges, requested together and not cached."""
        with self._lock:
            known = [block for item in ranges for block in self._holding(*item)]
            missing = [item for item in ranges if not any(self._holding(*item))]
            blocks = known + [self._begin(*item) for item in joined(missing)]
        return [next(b for b in blocks if b.holds(*item)).part(*item) for item in ranges]

    def _holding(self, start: int, stop: int) -> Iterator["_Block"]:
        """Requested blocks that contain a range."""
        return (block for block in (*self._ahead, *self._windows) if block.holds(start, stop))

    def read_ahead(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Start reading ranges that will be needed; earlier ranges that are not among them are
        dropped.
        """
        with self._lock:
            kept = [block for block in self._ahead if any(block.holds(*item) for item in ranges)]
            new = [item for item in ranges if not any(block.holds(*item) for block in kept)]
            self._ahead = kept + [self._begin(*item) for item in joined(new)]

    def _window(self, start: int, stop: int) -> _Block:
        """A block that stays in memory: directories and descriptions of trees."""
        self._windows.append(self._begin(start, stop))
        return self._windows[-1]

    def _begin(self, start: int, stop: int) -> _Block:
        return _Block(start, stop, _threads().submit(self._ranges.get, start, stop))


@cache
def _threads() -> ThreadPoolExecutor:
    """Threads of all requests, for all files."""
    return ThreadPoolExecutor(THREADS)


@lru_cache(FILES)
def remote_bytes(url: str) -> RemoteBytes:
    """Bytes of the file at a URL; earlier reads are cached until enough other files are read."""
    return RemoteBytes(open_ranges(url))


class RemoteSource(Source):  # type: ignore[misc]
    """Source of a URL in `uproot.open({url: None}, handler=RemoteSource)`.

    Args:
        file_path: URL of the file.
        options: Options of uproot, unused.
    """

    def __init__(self, file_path: str, **options: Any):
        super().__init__()
        self._file_path = file_path
        self._bytes = remote_bytes(file_path)
        self._num_bytes = self._bytes.size
        self._closed = False

    def chunk(self, start: int, stop: int) -> Any:
        """Bytes from `start` to before `stop`; if the file has fewer, the chunk raises OSError on
        use.
        """
        self._num_requests += 1
        self._num_requested_chunks += 1
        self._num_requested_bytes += stop - start
        return Chunk(self, start, stop, TrivialFuture(self._bytes.read(start, stop)))

    def chunks(self, ranges: Iterable[tuple[int, int]], notifications: Any) -> list[Any]:
        """Bytes of each range, also put on the queue `notifications`."""
        places = [(int(start), int(stop)) for start, stop in ranges]
        contents = zip(places, self._bytes.parts(places), strict=True)
        chunks = [Chunk(self, *place, TrivialFuture(content)) for place, content in contents]
        for chunk in chunks:
            notifications.put(chunk)
        return chunks

    def read_ahead(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Start reading ranges, see `RemoteBytes`."""
        if ranges:
            self._bytes.read_ahead(ranges)

    @property
    def closed(self) -> bool:
        """Whether the file has been closed; the cache is kept."""
        return self._closed

    def __enter__(self) -> "RemoteSource":
        return self

    def __exit__(self, *exception: object) -> None:
        self._closed = True


@dataclass(frozen=True)
class RemoteFile:
    """ROOT file on another machine, in place of a path (`wollemi.inputs.root_trees.Elsewhere`).

    Args:
        url: URL of the file.
        expected: Expected size in bytes; 0 if unknown.
        checksum: Declared checksum of the content; reading parts of the file cannot verify it.
    """

    url: str
    expected: int = 0
    checksum: str = ""

    def __str__(self) -> str:
        return public_url(self.url)

    @property
    def suffix(self) -> str:
        """Suffix as of a path: `.root`."""
        return PurePosixPath(split_address(self.url).path).suffix

    @property
    def size(self) -> int:
        """Size of the file in bytes.

        Raises:
            WollemiError: The size differs from the expected one.
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
        """Source class for `uproot.open`."""
        return RemoteSource

    def read(self, start: int, stop: int) -> bytes:
        """Bytes from `start` to before `stop`, or to the end."""
        return remote_bytes(self.url).read(start, stop)
