"""The files that a command of another framework opens, in all its processes and in any language.

Linux hands the system calls that open files to this process (seccomp user notification, Linux 5.5,
without privileges, see seccomp_unotify(2)). Standard library only, as of Python 3.8.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import errno
import fcntl
import importlib.util
import ipaddress
import os
import platform
import select
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

# Machine → its number in linux/audit.h, the number of seccomp(2), and the watched calls.
_CALLS = {
    "x86_64": (0xC000003E, 317, {
        2: "open", 42: "connect", 59: "execve", 82: "rename", 83: "mkdir", 85: "creat",
        86: "rename", 257: "openat", 258: "mkdirat", 264: "renameat", 265: "renameat",
        316: "renameat", 322: "execveat", 437: "openat2",
    }),
    "aarch64": (0xC00000B7, 277, {
        34: "mkdirat", 37: "renameat", 38: "renameat", 56: "openat", 203: "connect",
        221: "execve", 276: "renameat", 281: "execveat", 437: "openat2",
    }),
}  # fmt: skip
_IO_URING_SETUP = 425  # its opens bypass a filter: programs then use other calls
_ALLOW, _ASK, _ENOSYS = 0x7FFF0000, 0x7FC00000, 0x00050000 | errno.ENOSYS
_NO_NEW_PRIVS, _SET_FILTER, _NEW_LISTENER = 38, 1, 8
_RECEIVE, _SEND, _CONTINUE = 0xC0502100, 0xC0182101, 1
_HERE = -100  # AT_FDCWD
_PATH_SIZE = 4096
# Software of the machine; `/dev/shm` and temporary folders are excluded.
_SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/run", "/var/lib",
    "/var/cache", "/cvmfs", "/nix", "/snap",
)  # fmt: skip
_KERNEL = ("/proc/", "/sys/", "/dev/")
_SHARED, _TEMPORARY = "/dev/shm/", "/tmp"  # noqa: S108
_CREDENTIALS = ("x509up_u", "krb5cc_", "bt_u", "tkt_")  # first letters of file names in the latter
_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
_IMAGES = ("overlay", "squashfs", "fuse.squashfuse", "fuse.squashfuse_ll", "fuse.fuse-overlayfs")


class Reads:
    """The files that a command may read, and the files it reads.

    Args:
        folder: Working folder, which the command may use freely.
        declared: Files of the command and of its datasets.
    """

    def __init__(self, folder: Path, declared: Iterable[Path]):
        self.undeclared: dict[str, None] = {}
        self.unseen: dict[str, None] = {}
        self._here = os.getcwd() + os.sep
        self._folder = os.path.realpath(folder) + os.sep
        names = {os.path.abspath(path) for path in declared}
        self._declared = names | {os.path.realpath(name) for name in names}
        self._made: set[str] = set()
        self._software = _software_folders(self._here)
        self._images = _image_mounts(self._here)

    def read(self, name: str) -> None:
        """Note that a file is read, or that a file or folder is moved or linked.

        Args:
            name: Absolute path.
        """
        if not self.allows(name) and os.path.exists(name) and not self._is_made(name):
            source = _source(os.path.realpath(name))
            inside = source.startswith(self._here)
            self.undeclared[source[len(self._here) :] if inside else source] = None

    def make(self, name: str) -> None:
        """Note that a file or folder is created or gets this name.

        Args:
            name: Absolute path.
        """
        self._made.add(os.path.realpath(name))

    def allows(self, name: str) -> bool:
        """Whether a file is declared, in the folder of the command, or software.

        Args:
            name: Absolute path.
        """
        name = os.path.normpath(name)
        if name.startswith(_KERNEL) and not name.startswith(_SHARED):
            return True
        real = os.path.realpath(name)
        return (
            real.startswith(self._folder)
            or real in self._declared
            or self._is_software(name)
            or self._is_software(real)
        )

    def _is_made(self, name: str) -> bool:
        real = os.path.realpath(name)
        return real in self._made or any(str(one) in self._made for one in Path(real).parents)

    def _is_software(self, name: str) -> bool:
        if not name.startswith(self._here):
            if name.startswith(self._software) or _is_setting(name):
                return True
            if _mount_of(name, self._images) in _IMAGES:
                return True
        around = (str(one) for one in Path(name).parents)
        return any(
            os.path.exists(os.path.join(one, marker))
            for one in around
            if not self._here.startswith(one.rstrip(os.sep) + os.sep)
            for marker in _ENVIRONMENTS
        )


def _source(name: str) -> str:
    """The module of a compiled Python file, which is opened in its place."""
    with contextlib.suppress(ValueError):
        return importlib.util.source_from_cache(name) if name.endswith(".pyc") else name
    return name


def _software_folders(here: str) -> tuple[str, ...]:
    """Folders of the system, of this Python and of the search paths, each with a trailing
    separator.

    Args:
        here: Working folder, with a trailing separator; its parent folders are not software.
    """
    found = [*_SYSTEM, sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    kept = (here, os.path.expanduser("~") + os.sep)
    for variable in ("PATH", "LD_LIBRARY_PATH"):
        for name in filter(os.path.isabs, os.environ.get(variable, "").split(os.pathsep)):
            around, last = os.path.split(os.path.normpath(name))
            whole = last in ("bin", "lib", "lib64") and not any(
                one.startswith(around.rstrip(os.sep) + os.sep) for one in kept
            )
            found.append(around if whole else name)
    folders = {
        one.rstrip(os.sep) + os.sep for name in found for one in (name, os.path.realpath(name))
    }
    named = [os.environ.get(name, "") for name in ("X509_USER_PROXY", "BEARER_TOKEN_FILE")]
    return tuple(sorted(folders - {os.sep})) + tuple(filter(os.path.isabs, named))


def _is_setting(name: str) -> bool:
    """Whether a file belongs to the hidden files of the home (settings and caches) or is a
    credential.
    """
    home = os.path.join(os.path.expanduser("~"), ".")
    folder, last = os.path.split(name)
    return name.startswith(home) or (folder == _TEMPORARY and last.startswith(_CREDENTIALS))


def _image_mounts(here: str) -> dict[str, str]:
    """Mount point → kind of file system; empty if the working folder itself is in the image of a
    container.
    """
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    mounts = {line.split()[4]: line.partition(" - ")[2].split()[0] for line in lines}
    return {} if _mount_of(here, mounts) in _IMAGES else mounts


def _mount_of(name: str, mounts: dict[str, str]) -> str | None:
    found = [one for one in mounts if name.startswith(one.rstrip(os.sep) + os.sep)]
    return mounts[max(found, key=len)] if found else None


class _Call(NamedTuple):
    """A system call that waits for an answer: its process, kind and arguments."""

    process: int
    kind: str
    values: tuple[int, ...]

    def text(self, index: int, size: int = _PATH_SIZE) -> bytes:
        """Memory at the address in one of its arguments."""
        memory = os.open(f"/proc/{self.process}/mem", os.O_RDONLY)
        try:
            return os.pread(memory, size, self.values[index])
        finally:
            os.close(memory)

    def path(self, index: int, folder: int | None = None) -> str:
        """Absolute path from a name and, optionally, the number of an open folder."""
        name = os.fsdecode(self.text(index).partition(b"\0")[0])
        number = _HERE if folder is None else ctypes.c_int(self.values[folder]).value
        around = "cwd" if number == _HERE else f"fd/{number}"
        start = "" if os.path.isabs(name) else os.readlink(f"/proc/{self.process}/{around}")
        return os.path.join(start, name) if name else ""

    def opened(self) -> tuple[str, int]:
        """Path and flags of a call that opens a file."""
        if self.kind == "open":
            return self.path(0), self.values[1]
        if self.kind == "creat":
            return self.path(0), os.O_CREAT | os.O_WRONLY | os.O_TRUNC
        flags = self.values[2]
        if self.kind == "openat2":
            (flags,) = struct.unpack("Q", self.text(2, 8))
        return self.path(1, 0), flags


def _judge(call: _Call, reads: Reads) -> None:
    """Note what a call is about to do."""
    if call.kind == "connect":
        _judge_connection(call.text(1, 28), reads)
    elif call.kind in ("mkdir", "mkdirat"):
        name = call.path(0) if call.kind == "mkdir" else call.path(1, 0)
        if not os.path.lexists(name):
            reads.make(name)
    elif call.kind in ("rename", "renameat"):
        at = call.kind == "renameat"
        reads.read(call.path(1, 0) if at else call.path(0))
        reads.make(call.path(3, 2) if at else call.path(1))
    elif call.kind in ("execve", "execveat"):
        name = call.path(0) if call.kind == "execve" else call.path(1, 0)
        if os.path.isfile(name):
            reads.read(name)
    else:
        name, flags = call.opened()
        if flags & os.O_TRUNC or (flags & os.O_CREAT and not os.path.lexists(name)):
            reads.make(name)
        elif flags & os.O_ACCMODE != os.O_WRONLY and os.path.isfile(name):
            reads.read(name)


def _judge_connection(address: bytes, reads: Reads) -> None:
    family = struct.unpack("H", address[:2])[0] if len(address) >= 8 else None
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    packed = address[4:8] if family == socket.AF_INET else address[8:24]
    # Port 0 and the port of name servers only look up names.
    if not ipaddress.ip_address(packed).is_loopback and address[2:4] not in (b"\0\0", b"\0\x35"):
        reads.unseen["what it got over the network"] = None


def _answer(listener: int, machine: int, calls: dict[int, str], reads: Reads) -> None:
    """Take one call, note its effect, and let it continue."""
    waiting = bytearray(80)
    fcntl.ioctl(listener, _RECEIVE, waiting)
    number, process, _, call, found = struct.unpack_from("QIIiI", waiting)
    try:
        if found != machine or call not in calls:
            reads.unseen["a program of another kind of processor"] = None
        elif not process or os.readlink(f"/proc/{process}/ns/mnt") != os.readlink(
            "/proc/self/ns/mnt"
        ):
            reads.unseen["a container that it starts"] = None
        else:
            _judge(_Call(process, calls[call], struct.unpack_from("6Q", waiting, 32)), reads)
    except FileNotFoundError:
        pass  # the process or a folder has gone
    except OSError as error:
        reads.unseen[f"a process whose memory cannot be read ({os.strerror(error.errno or 0)})"] = (
            None
        )
    finally:
        fcntl.ioctl(listener, _SEND, bytearray(struct.pack("QqiI", number, 0, 0, _CONTINUE)))


def _serve(channel: socket.socket, stop: int, kind: str, reads: Reads) -> None:
    """Answer the calls of all processes until the command has ended."""
    size = array.array("i").itemsize
    reason, passed, _, _ = channel.recvmsg(256, socket.CMSG_SPACE(size))
    if not passed:
        reads.unseen[_cannot(reason.decode() or "the command did not start")] = None
        return
    (listener,) = array.array("i", passed[0][2][:size])
    machine, _, calls = _CALLS[kind]
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(stop, select.POLLIN)
    try:
        while True:
            ready = dict(poll.poll())
            if ready.get(listener, 0) & select.POLLIN:
                # ENOENT: the process was interrupted, and asks again.
                with contextlib.suppress(FileNotFoundError, InterruptedError):
                    _answer(listener, machine, calls, reads)
            elif ready:
                return
    finally:
        os.close(listener)


def _filter(kind: str) -> ctypes.Structure:
    """The program of the kernel's filter (seccomp(2)), which selects the calls that wait."""
    machine, _, calls = _CALLS[kind]
    asked = [*calls]
    load, equal, give = 0x20, 0x15, 0x06
    # code, jump if equal, jump if not, value: jumps lead to the last three lines
    lines = [(load, 0, 0, 4), (equal, 0, len(asked) + 3, machine), (load, 0, 0, 0)]
    lines += [(equal, len(asked) - index + 1, 0, call) for index, call in enumerate(asked)]
    lines += [(equal, 2, 0, _IO_URING_SETUP), (give, 0, 0, _ALLOW)]
    lines += [(give, 0, 0, _ASK), (give, 0, 0, _ENOSYS)]
    text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_void_p)]

    program = Program(len(lines), ctypes.cast(text, ctypes.c_void_p))
    program.text = text
    return program


def _cannot(reason: str) -> str:
    return f"what it read, as files cannot be watched here ({reason})"


@contextmanager
def watching(reads: Reads) -> Iterator[Callable[[], None] | None]:
    """Watch a process that is started in the body, and all its children.

    Args:
        reads: Object that receives the files they read.

    Yields:
        Function to call in the process before its program (`preexec_fn`); None without watching.
    """
    kind = platform.machine()
    if sys.platform != "linux" or kind not in _CALLS or sys.maxsize < 2**32:
        reads.unseen[_cannot(f"{sys.platform} on {kind}")] = None
        yield None
        return
    library, program = ctypes.CDLL(None, use_errno=True), _filter(kind)
    ours, theirs = socket.socketpair()
    stop, stopped = os.pipe()

    def begin() -> None:
        library.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        number = ctypes.c_long(_CALLS[kind][1])
        found = library.syscall(number, _SET_FILTER, _NEW_LISTENER, ctypes.byref(program))
        if found < 0:
            theirs.send(os.strerror(ctypes.get_errno()).encode())
            return
        passed = array.array("i", [found])
        theirs.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)])

    thread = threading.Thread(target=_serve, args=(ours, stop, kind, reads), daemon=True)
    thread.start()
    try:
        yield begin
    finally:
        theirs.close()
        os.close(stopped)
        thread.join()
        ours.close()
        os.close(stop)
