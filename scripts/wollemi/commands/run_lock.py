"""The lock of a run: only one process at a time makes the results of an analysis.

The lock is a kernel lock on a file that identifies its holder. It ends with the processes that hold
it, however they end, so that a killed run leaves no lock.
"""

import contextlib
import fcntl
import json
import os
import shlex
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wollemi_likelihood.base.errors import WollemiError

FOLDER = Path(".snakemake/runs")
SNAKEMAKE_LOCKS = Path(".snakemake/locks")


@contextlib.contextmanager
def run_lock(run: Path) -> Iterator[tuple[int, ...]]:
    """Hold the lock of a run.

    Args:
        run: Folder of its results, which need not exist.

    Yields:
        Descriptors that Snakemake must inherit, so that the lock lasts until it has ended; empty on
        a file system without locks, where only Snakemake's own locks protect the run.

    Raises:
        WollemiError: Another process works on this run.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(FOLDER / run.name, os.O_RDWR | os.O_CREAT, 0o666)
    with contextlib.closing(os.fdopen(descriptor, "r+", encoding="utf-8")) as file:
        has_locks = _take(run, file)
        if has_locks and file.read():  # its holder was killed
            for lock in _snakemake_locks(run):
                lock.unlink()
        _check_snakemake(run)
        if has_locks:
            _write(file, json.dumps(_holder()))
        try:
            yield (descriptor,) if has_locks else ()
        finally:
            if has_locks:
                _write(file, "")


def _take(run: Path, file: Any) -> bool:
    """Take the lock; return whether the file system has locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _in_use(run, file.read()) from None
    except OSError:
        return False
    return True


def _write(file: Any, text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def _holder() -> dict[str, Any]:
    """Description of this process."""
    return {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        "command": shlex.join(["wollemi", *sys.argv[1:]]),
    }


def _in_use(run: Path, text: str) -> WollemiError:
    try:
        holder = json.loads(text)
        process, host = int(holder["process"]), str(holder["host"])
        state = f"`{holder['command']}` has been running since {holder['since']}"
    except (ValueError, KeyError, TypeError):  # the holder is just starting
        return WollemiError(str(run), "another run is starting", "wait for its end")
    here = host == socket.gethostname()
    if here and not _is_alive(process):
        problem = f"the run of process {process} was killed, and its jobs are still ending"
        return WollemiError(str(run), problem, "run again in a few seconds")
    problem = f"{state}: process {process} on {'this machine' if here else host}"
    remedy = f"wait for its end, or end it with `kill {process}`{'' if here else f' on {host}'}"
    return WollemiError(str(run), problem, remedy)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # process of another user
    return True


def _snakemake_locks(run: Path) -> list[Path]:
    """Snakemake's lock files that contain results of a run."""
    start = f"results/{run.name}/"
    return [
        path
        for path in SNAKEMAKE_LOCKS.glob("*.lock")
        if any(line.startswith(start) for line in path.read_text(encoding="utf-8").splitlines())
    ]


def _check_snakemake(run: Path) -> None:
    """Check that no Snakemake process started by other means works on a run."""
    if _snakemake_locks(run):
        # Not at the top: it imports much that no other start needs.
        from wollemi.provenance.snakemake import check_idle

        check_idle(run)
