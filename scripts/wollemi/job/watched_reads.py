"""Reads of undeclared files by a job: they would be missing in the records, so they end the job.

Python reports each file that it opens and each connection (audit events, PEP 578), but not files
opened by C libraries: see docs/provenance.md.
"""

import importlib.util
import os
import site
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from wollemi.base.archived_files import LIST
from wollemi.job.caches import cache_folders
from wollemi.job.source_code import source_files
from wollemi_likelihood.base.errors import WollemiError

_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc",
    "/proc",
    "/sys",
    "/dev",
    "/System",
    "/Library",
)
# Used by `ctypes.util` and `platform` to locate libraries and identify the machine.
_HELPERS = frozenset({"ldconfig", "gcc", "cc", "ld", "objdump", "uname"})
_UNTOLD = "no record would tell of it"


class Watch:
    """The files that one job may read.

    Args:
        program: Path of the program; its modules are code.
        declared: Function that returns the files declared by the job so far.
    """

    def __init__(self, program: Path, declared: Callable[[], Iterable[Path]]):
        self.found: WollemiError | None = None
        self._program = program
        self._declared = declared
        self._made: set[str] = set()
        self._names: set[str] = set()
        self._here = os.getcwd() + os.sep
        self._folders = _readable_folders()
        # Of a job of its own, its imports alone; a session or a test has loaded more.
        self._loaded = {getattr(item, "__file__", None) for item in [*sys.modules.values()]}

    @cached_property
    def _code(self) -> frozenset[str]:
        return frozenset(map(os.path.abspath, source_files(self._program)))

    def open_file(self, path: Any, flags: int) -> None:
        """Require that an opened file is declared, code, part of the installation, or made by this
        job.

        Raises:
            WollemiError: The file is not one of these.
        """
        if isinstance(path, int):
            return
        name = os.path.abspath(os.fsdecode(path))
        reads = flags & os.O_ACCMODE != os.O_WRONLY
        if flags & os.O_CREAT and flags & (os.O_TRUNC | os.O_EXCL):
            self._made.add(name)
        elif reads and Path(name).is_file() and not self._knows(name):
            remedy = (
                "write it into the analysis file or a module beside hooks.py, or let a step "
                "take it as an input"
            )
            self.refuse(os.fsdecode(path), "a job reads this file and has not declared it", remedy)

    def make(self, path: Any) -> None:
        """Note that a folder is made or a file gets this name: it then belongs to this job."""
        self._made.add(os.path.abspath(os.fsdecode(path)))

    def connect(self, address: Any) -> None:
        """Refuse a connection or the lookup of a name.

        Raises:
            WollemiError: The connection is not to a local socket.
        """
        if not isinstance(address, str | bytes):
            host = ":".join(map(str, address[:2]))
            remedy = "list the file in the analysis file, with url, size and sha256"
            self.refuse(host, "a job opens a connection, which only the steps fetch_* may", remedy)

    def start_program(self, executable: Any) -> None:
        """Refuse another program, because its reads cannot be watched.

        Raises:
            WollemiError: The program is not one that Python uses to identify its machine.
        """
        name = os.fsdecode(executable)
        if Path(name).name not in _HELPERS:
            self.refuse(
                name,
                "a job starts this program, and nobody sees what it reads",
                "do this work before the run",
            )

    def refuse(self, where: str, problem: str, remedy: str) -> None:
        """End the job, even where a library catches the error.

        Raises:
            WollemiError: Always.
        """
        self.found = WollemiError(where, f"{problem}: {_UNTOLD}", remedy)
        raise self.found

    def _knows(self, name: str) -> bool:
        return any(self._is_allowed(path) for path in dict.fromkeys((name, os.path.realpath(name))))

    def _is_allowed(self, path: str) -> bool:
        inside = path.startswith(self._here)
        if any(
            path.startswith(folder)
            for folder in self._folders
            if folder.startswith(self._here) or not inside
        ):
            return True
        if path == f"{self._here}{LIST}":  # says where a declared file is
            return True
        if path in self._made or any(str(parent) in self._made for parent in Path(path).parents):
            return True
        return self._is_code(path) or self._is_declared(path)

    def _is_declared(self, path: str) -> bool:
        """Whether the job has declared a file; the job is asked again only for an unknown name,
        because a merge opens thousands of inputs.
        """
        if path not in self._names:
            self._names = _both_names(Path(self._here, file) for file in self._declared())
        return path in self._names

    def _is_code(self, path: str) -> bool:
        """Whether a file is a module of the program or was loaded before, or its compiled form."""
        if not path.startswith(f"{os.path.abspath(self._program.parent)}{os.sep}"):
            return False
        source = importlib.util.source_from_cache(path) if path.endswith(".pyc") else path
        # The search for modules opens them.
        with _paused():
            return source in self._code or source in self._loaded


def _both_names(paths: Iterable[str | Path]) -> set[str]:
    """Absolute names, and the targets of links."""
    names = {os.path.abspath(path) for path in paths}
    return names | {os.path.realpath(name) for name in names}


def _readable_folders() -> tuple[str, ...]:
    """Folders of the system, Python, its packages and caches, each with a trailing separator."""
    packages = [
        path for path in sys.path if {"site-packages", "dist-packages"} & set(Path(path).parts)
    ]
    python = [
        sys.prefix,
        sys.exec_prefix,
        sys.base_prefix,
        sys.base_exec_prefix,
        *sysconfig.get_paths().values(),
    ]
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    compiled = [sys.pycache_prefix] if sys.pycache_prefix else []
    folders = [*_SYSTEM, *python, *packages, *user, *compiled, *map(str, cache_folders())]
    return tuple(sorted(name.rstrip(os.sep) + os.sep for name in _both_names(folders)))


_state = threading.local()
_watches: list[Watch] = []


@contextmanager
def _paused() -> Iterator[None]:
    """Stop watching the files that this thread opens."""
    before, _state.paused = getattr(_state, "paused", False), True
    try:
        yield
    finally:
        _state.paused = before


_EVENTS: dict[str, Callable[[Watch, tuple[Any, ...]], None]] = {
    "open": lambda watch, values: watch.open_file(values[0], values[2]),
    "os.mkdir": lambda watch, values: watch.make(values[0]),
    "os.rename": lambda watch, values: watch.make(values[1]),
    "socket.connect": lambda watch, values: watch.connect(values[1]),
    "socket.sendto": lambda watch, values: watch.connect(values[1]),
    "socket.getaddrinfo": lambda watch, values: watch.connect(values[:2]),
    "socket.gethostbyname": lambda watch, values: watch.connect(values[:1]),
    "sqlite3.connect": lambda watch, values: watch.open_file(values[0], os.O_RDONLY),
    "subprocess.Popen": lambda watch, values: watch.start_program(values[0]),
    "os.system": lambda watch, values: watch.start_program(values[0]),
    "os.posix_spawn": lambda watch, values: watch.start_program(values[0]),
    "os.exec": lambda watch, values: watch.start_program(values[0]),
}


def _look(event: str, values: tuple[Any, ...]) -> None:
    # Called some thousand times per job: most events are not in the table.
    if _watches and event in _EVENTS and not getattr(_state, "paused", False):
        _EVENTS[event](_watches[-1], values)


@cache
def _install() -> None:
    """Install the hook, which stays until the process ends and does nothing without a watch."""
    sys.addaudithook(_look)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Watch everything read in the body.

    Args:
        watch: Watch of the job.

    Raises:
        WollemiError: An undeclared file was read.
    """
    _install()
    _watches.append(watch)
    try:
        yield
    except Exception:
        if watch.found is not None:
            raise watch.found from None
        raise
    finally:
        _watches.remove(watch)
    if watch.found:
        raise watch.found
