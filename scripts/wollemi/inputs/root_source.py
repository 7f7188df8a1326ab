"""Reading bytes of a local ROOT file in the calling thread."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from uproot.source.chunk import Chunk, Source
from uproot.source.futures import TrivialFuture


class LocalSource(Source):  # type: ignore[misc]
    """Source of a file in `uproot.open(path, handler=LocalSource)`.

    uproot hands each request to a thread; for a local file, this costs more CPU time than the read:
    40 % of the time for reading sixteen branches of NanoAOD in LZ4. Rejected: a memory map, whose
    pages count as memory of the process, and whose disk errors kill the process by a signal.

    Args:
        file_path: Path of the file.
        options: Options of uproot, unused.
    """

    def __init__(self, file_path: str, **options: Any):
        super().__init__()
        self._file_path = file_path
        self._file = Path(file_path).open("rb", buffering=0)  # noqa: SIM115
        self._num_bytes = os.fstat(self._file.fileno()).st_size

    def chunk(self, start: int, stop: int) -> Any:
        """Bytes from `start` to before `stop`; if the file has fewer, the chunk raises OSError on
        use.
        """
        self._num_requests += 1
        self._num_requested_chunks += 1
        self._num_requested_bytes += stop - start
        return Chunk(
            self, start, stop, TrivialFuture(os.pread(self._file.fileno(), stop - start, start))
        )

    def chunks(self, ranges: Iterable[tuple[int, int]], notifications: Any) -> list[Any]:
        """Bytes of each range, also put on the queue `notifications`."""
        chunks = [self.chunk(start, stop) for start, stop in ranges]
        for chunk in chunks:
            notifications.put(chunk)
        return chunks

    @property
    def closed(self) -> bool:
        """Whether the file has been closed."""
        return self._file.closed

    def __enter__(self) -> "LocalSource":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()
