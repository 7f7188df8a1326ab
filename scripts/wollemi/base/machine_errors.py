"""Errors of the machine, such as a full disk, as errors that say where and what to do. Standard
library only.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor
from pathlib import Path

from wollemi_likelihood.base.errors import WollemiError

MEMORY = "memory"  # the `where` of errors from a lack of memory
_ELSEWHERE = "make room there, or name another place, and run again"
_MEMORY = (
    "close other programs or run fewer jobs at once, take a machine with more memory, or "
    "read fewer events a job"
)
_PERMISSION = "ask its owner for the permission, or name another place"
_PLACE = "name another place, or remove what is in the way"
# Number → what is wrong, what to do. Other errors are bugs and keep their tracebacks.
_KINDS = {
    errno.ENOSPC: ("the disk is full", _ELSEWHERE),
    errno.EDQUOT: ("the quota of this disk is used up", _ELSEWHERE),
    errno.EFBIG: (
        "a file would grow beyond the largest size allowed",
        "raise the limit (ulimit -f), or name another place",
    ),
    errno.EROFS: ("this folder can only be read", "name a place that can be written to"),
    errno.EACCES: ("permission denied", _PERMISSION),
    errno.EPERM: ("permission denied", _PERMISSION),
    errno.ENOTDIR: ("a part of this path is a file", _PLACE),
    errno.EEXIST: ("a file is in the way of a folder", _PLACE),
    errno.EISDIR: ("this is a folder", _PLACE),
    errno.ENOTEMPTY: ("this is a folder", _PLACE),
    errno.ELOOP: ("its links lead in a circle", _PLACE),
    errno.ENAMETOOLONG: ("this name is too long for the disk", "shorten it"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n)"),
    errno.EIO: (
        "the disk cannot be read or written",
        "check the disk, or copy the file to another one",
    ),
    errno.ENOMEM: ("there is no memory left", _MEMORY),
}
_OF_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_HIDDEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def machine_error(error: BaseException, folders: Iterable[Path] = ()) -> WollemiError | None:
    """What the machine refused, in words.

    Args:
        error: the exception raised.
        folders: where the program writes, as a write error does not name the file.

    Returns:
        The error to show; None if the machine is not the cause.
    """
    error = _cause(error)
    if isinstance(error, MemoryError):
        return WollemiError(MEMORY, f"there is no memory left{_detail(error)}", _MEMORY)
    if isinstance(error, BrokenExecutor):
        return WollemiError(
            MEMORY, "a process was killed, as the system does where memory is used up", _MEMORY
        )
    if not isinstance(error, OSError) or error.errno not in _KINDS:
        return None
    problem, remedy = _KINDS[error.errno]
    if error.errno in _OF_SPACE:
        folder = _folder(error, folders)
        return WollemiError(str(folder), f"{problem}: {_free(folder)}", remedy)
    where = error.filename2 or error.filename or _folder(error, folders)
    return WollemiError(_shortened(os.fsdecode(where)), problem, remedy)


def exit_code(work: Callable[[], int], folders: Iterable[Path] = ()) -> int:
    """Run a program that leaves no record: a user's or machine error is printed without a
    traceback.

    Args:
        work: does the work and returns its exit code.
        folders: where it writes.

    Returns:
        That exit code, or 2 for such an error.
    """
    try:
        return piped(work)
    except WollemiError as error:
        print(error, file=sys.stderr)
    except Exception as error:
        named = machine_error(error, folders)
        if named is None:
            raise
        print(named, file=sys.stderr)
    return 2


def piped(work: Callable[[], int]) -> int:
    """Run work that prints; it ends quietly when the reader of its output, such as `head`, leaves.

    Args:
        work: does the work and returns its exit code.

    Returns:
        That exit code, or the one that a shell reports for `SIGPIPE`.
    """
    try:
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_has_left():
            raise
        # Otherwise Python reports what it cannot write when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    return code


def _reader_has_left() -> bool:
    """Whether standard output is a pipe whose other end is closed."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):  # replaced by something without a file
        return False
    return bool(poll.poll(0))


def _cause(error: BaseException) -> BaseException:
    """The error itself, or the lack of space or memory that caused it: closing a half-written file
    fails again.
    """
    found: BaseException | None = error
    seen = set()  # an error raised again while its effect is handled is its own context
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        if isinstance(found, MemoryError) or (
            isinstance(found, OSError) and found.errno in _HIDDEN
        ):
            return found
        found = found.__cause__ or found.__context__
    return error


def _detail(error: BaseException) -> str:
    text = str(error).partition("\n")[0]
    return f" ({text})" if text else ""


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:100]}…{text[-60:]}"


def _folder(error: OSError, folders: Iterable[Path]) -> Path:
    """The folder that an error is about; if it names none, the one with the least free space."""
    named = error.filename2 or error.filename
    if isinstance(named, str | bytes | os.PathLike):
        return _existing(Path(os.fsdecode(named)).parent)
    known = [*map(_existing, folders), Path(tempfile.gettempdir()), *_written_folders()]
    return min(known, key=_free_bytes)


def _free_bytes(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize if state.f_favail or not state.f_files else 0


def _written_folders() -> list[Path]:
    """Folders of the files that this process is writing, where the system lists them (Linux)."""
    found = []
    for link in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):
            if os.access(link, os.W_OK) and link.is_file():
                # A file without a name is shown as `/tmp/x (deleted)`.
                found.append(_existing(link.readlink().parent))
    return found


def naming_the_file(error: OSError, path: Path) -> None:
    """Give the error of a write the name of its file, before that is removed to make room."""
    if error.errno in _OF_SPACE and error.filename is None:
        error.filename = os.fspath(path)


def _existing(folder: Path) -> Path:
    return next((place for place in (folder, *folder.parents) if place.is_dir()), Path.cwd())


def _free(folder: Path) -> str:
    state = os.statvfs(folder)
    if state.f_files and not state.f_favail:
        return f"all of its {state.f_files:,} files are there"
    return (
        f"{_megabytes(state.f_bavail * state.f_frsize)} of "
        f"{_megabytes(state.f_blocks * state.f_frsize)} are free"
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
