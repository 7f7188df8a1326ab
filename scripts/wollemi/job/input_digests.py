"""SHA-256 of inputs: a large file is not read again while it is unchanged.

As in git's index, size, times and inode show whether a file is unchanged. The change time of the
inode (ctime) cannot be set back, so every write is noticed; bytes corrupted by a disk are not.
`WOLLEMI_DIGESTS=full` reads each file for each job, and `verify_results` always does.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from wollemi.base.archived_files import present_path
from wollemi.base.digests import file_digest
from wollemi.base.whole_files import write_whole
from wollemi_likelihood.base.caches import compiled_folder
from wollemi_likelihood.base.errors import WollemiError

VARIABLE = "WOLLEMI_DIGESTS"
MODES = ("known", "full")
LARGE = 1_000_000  # bytes; smaller files are read within a millisecond
# Seconds since the last change: within the resolution of a file system's clock, at most 2 s, a
# second write may leave the times unchanged.
SETTLED = 3.0


class FileState(NamedTuple):
    """Values that show whether a file is unchanged.

    Args:
        size: Size in bytes.
        written: Modification time of the content, ns.
        changed: Change time of the inode, ns; it cannot be set.
        inode: Number of the inode; different for another file of the same name.
    """

    size: int
    written: int
    changed: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Current state of a file."""
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)

    @property
    def has_settled(self) -> bool:
        """Whether the last change is long enough ago that another one would be noticed."""
        return time.time() - max(self.written, self.changed) / 1e9 > SETTLED


def input_digest(path: Path) -> str:
    """SHA-256 of an input, hexadecimal.

    Args:
        path: Path of the file, which no job changes.

    Raises:
        WollemiError: The environment variable is neither `known` nor `full`.
    """
    return _digest_of_state(path, FileState.of(path))


def shared_contents(paths: Iterable[str], sizes: Collection[int] = ()) -> dict[str, str]:
    """Path → identity of its content, for files that may share it: several names of one file, and
    files with the same size, first and last bytes, whose SHA-256 is then computed.

    Args:
        paths: Paths of the files; missing files are left out.
        sizes: Sizes in bytes of further files, known by their SHA-256.
    """
    inodes: dict[tuple[int, int, int], list[str]] = {}
    for path in dict.fromkeys(paths):
        with contextlib.suppress(OSError):
            status = Path(present_path(path)).stat()
            inodes.setdefault((status.st_size, status.st_dev, status.st_ino), []).append(path)
    alike: dict[tuple[int, bytes], list[str]] = {}
    counts = Counter(size for size, *_ in inodes)
    for (size, *_), names in inodes.items():
        if size in sizes or counts[size] > 1:
            ends = b"" if size in sizes else _ends(present_path(names[0]))
            alike.setdefault((size, ends), []).append(names[0])
    digests = {
        name: input_digest(Path(present_path(name)))
        for (size, _), names in alike.items()
        if size in sizes or len(names) > 1
        for name in names
    }
    return {
        name: digests.get(names[0], f"inode {inode}")
        for inode, names in inodes.items()
        if len(names) > 1 or names[0] in digests
        for name in names
    }


def _ends(path: str, size: int = 1 << 16) -> bytes:
    """The first and last bytes of a file."""
    with Path(path).open("rb") as file:
        first = file.read(size)
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - size))
        return first + file.read(size)


def chosen_mode() -> str:
    """The value of the environment variable WOLLEMI_DIGESTS; `known` if unset.

    Raises:
        WollemiError: The value is neither `known` nor `full`.
    """
    mode = os.environ.get(VARIABLE) or MODES[0]
    if mode not in MODES:
        remedy = f"set it to {' or '.join(MODES)}, or leave it unset"
        raise WollemiError(VARIABLE, f"unknown mode '{mode}'", remedy)
    return mode


@lru_cache(None)
def _digest_of_state(path: Path, state: FileState) -> str:
    if chosen_mode() == "full" or state.size < LARGE:
        return file_digest(path)
    note = _note(path)
    with contextlib.suppress(OSError, ValueError):
        known, digest, seal = note.read_text(encoding="utf-8").split("\n")
        if known == json.dumps(state) and seal == _seal(known, digest):
            return digest
    digest = file_digest(path)
    if state.has_settled and FileState.of(path) == state:
        known = json.dumps(state)
        with contextlib.suppress(OSError):
            write_whole(note, "\n".join((known, digest, _seal(known, digest))))
    return digest


def _seal(*lines: str) -> str:
    """Checksum that reveals a note that is damaged or still being written."""
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _note(path: Path) -> Path:
    """Path of the file that keeps a digest, next to the compiled loops."""
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
    return compiled_folder() / f"input_{name}.json"
