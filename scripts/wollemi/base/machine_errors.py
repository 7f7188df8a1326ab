"""Errors of the machine, such as a full disk, as messages with a place and a remedy. Standard
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
# Number → problem, remedy. Other errors are bugs and keep their tracebacks.
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
    errno.ENOMEM: ("out of memory", _MEMORY),
}
_OF_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_HIDDEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def machine_error(error: BaseException, folders: Iterable[Path] = ()) -> WollemiError | None:
    """Describe an error of the machine, such as a full disk.

    Args:
        error: Exception raised.
        folders: Folders that the program writes to, as a write error does not name its file.

    Returns:
        Error to show; None if the machine is not the cause.
    """
    error = _cause(error)
    if isinstance(error, MemoryError):
        return WollemiError(MEMORY, f"out of memory{_detail(error)}", _MEMORY)
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
    """Run a program that leaves no record; errors of the user or the machine are printed without a
    traceback.

    Args:
        work: Function that does the work and returns the exit code.
        folders: Folders that the program writes to.

    Returns:
        Exit code of the work, or 2 for such an error.
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
    """Run work that prints; stop quietly when the reader of the output, such as `head`, exits.

    Args:
        work: Function that does the work and returns the exit code.

    Returns:
        Exit code of the work, or the one that a shell reports for `SIGPIPE`.
    """
    try:
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_has_left():
            raise
        # Otherwise Python reports unwritten output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    return code


def _reader_has_left() -> bool:
    """Whether standard output is a pipe whose other end is closed."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):  # stdout replaced by an object without a file
        return False
    return bool(poll.poll(0))


def _cause(error: BaseException) -> BaseException:
    """The error itself, or the lack of space or memory behind it: closing a half-written file fails
    again.
    """
    found: BaseException | None = error
    seen = set()  # an error raised again while it is handled is its own context
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
    """Folder of the file in an error; without one, the folder with the least free space."""
    named = error.filename2 or error.filename
    if isinstance(named, str | bytes | os.PathLike):
        return _existing(Path(os.fsdecode(named)).parent)
    known = [*map(_existing, folders), Path(tempfile.gettempdir()), *_written_folders()]
    return min(known, key=_free_bytes)


def _free_bytes(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize if state.f_favail or not state.f_files else 0


def _written_folders() -> list[Path]:
    """Folders of the files that this process is writing, if the system lists them (Linux)."""
    found = []
    for link in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):
            if os.access(link, os.W_OK) and link.is_file():
                # A deleted file is shown as `/tmp/x (deleted)`.
                found.append(_existing(link.readlink().parent))
    return found


def naming_the_file(error: OSError, path: Path) -> None:
    """Add the name of the file to a write error before the file is removed to free space."""
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
