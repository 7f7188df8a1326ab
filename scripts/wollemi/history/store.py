"""Contents stored under their SHA-256, in one folder that several checkouts may share. Standard
library only.

A content gets its name when it is complete, so that a killed writer leaves only a file in
`partial`. Contents are copies, never hard links: an editor that writes into a result would change
the store as well. On file systems that support it (Btrfs, XFS), a copy shares its blocks.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from wollemi_likelihood.base.errors import WollemiError

VARIABLE, LIMIT_VARIABLE = "WOLLEMI_STORE", "WOLLEMI_STORE_GB"
SCHEMA = "wollemi-state-1"  # schema of the state files
DEFAULT, OFF = ".wollemi/store", "off"
DEFAULT_GB = 10.0
# Space in bytes that a store always leaves free.
FREE_BYTES = 1_000_000_000
# REANA keeps a separate workspace for each run, with a quota.
REANA_WORKSPACES = "/var/reana/"
_CLONE = 0x40049409  # FICLONE of linux/fs.h
_CHUNK = 1 << 20


def store_folder() -> Path | None:
    """The folder of the store, from `WOLLEMI_STORE` or the default; None if it is `off`, and on
    REANA.
    """
    named = os.environ.get(VARIABLE, "")
    if named == OFF or (not named and str(Path.cwd()).startswith(REANA_WORKSPACES)):
        return None
    return Path(named or DEFAULT)


def required_store() -> Store:
    """Open the store.

    Raises:
        WollemiError: The store is switched off.
    """
    folder = store_folder()
    if folder is None:
        raise WollemiError(VARIABLE, "no store is in use", "unset it, or name a folder")
    return Store(folder)


def limit_bytes(text: str = "", where: str = LIMIT_VARIABLE) -> float:
    """Largest size of a store in bytes.

    Args:
        text: Size in GB; empty for the value of `WOLLEMI_STORE_GB`, or the default.
        where: Name of the setting, for error messages.

    Raises:
        WollemiError: The size is not a positive number.
    """
    text = text or os.environ.get(LIMIT_VARIABLE) or str(DEFAULT_GB)
    try:
        limit = float(text)
    except ValueError:
        limit = 0.0
    if not 0 < limit < float("inf"):
        raise WollemiError(where, f"'{text}' is not a size in GB", "give a number such as 20")
    return 1e9 * limit


class Store:
    """Contents and states below one folder.

    Args:
        root: Folder of the store, created when a content is added.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.contents = root / "contents"
        self.partial = root / "partial"
        self.states = root / "states"

    def path(self, digest: str) -> Path:
        """Path of a content.

        Args:
            digest: SHA-256 of the content, hexadecimal.
        """
        return self.contents / digest[:2] / digest[2:]

    def has(self, digest: str) -> bool:
        """Whether a content exists; its digest is not checked."""
        return self.path(digest).is_file()

    def add_file(self, path: Path, digest: str) -> bool:
        """Add the content of a file, unless it exists already.

        Args:
            path: Path of the file.
            digest: Expected SHA-256.

        Returns:
            Whether the store has the content; False if the file is missing or different.
        """
        if self.has(digest):
            return True
        with self._written() as partial:
            try:
                found = copy_file(path, partial)
            except FileNotFoundError:
                return False
            if found != digest:
                return False
            self._name(partial, self.path(digest))
        return True

    def add_bytes(self, content: bytes) -> str:
        """Add a content, unless it exists already; return its SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        if not self.has(digest):
            with self._written() as partial:
                partial.write_bytes(content)
                self._name(partial, self.path(digest))
        return digest

    def read(self, digest: str) -> bytes | None:
        """A content; None if it is missing or damaged."""
        try:
            content = self.path(digest).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() == digest:
            return content
        self._forget(digest)
        return None

    def copy_to(self, digest: str, target: Path) -> bool:
        """Copy a content to a file.

        Args:
            digest: SHA-256 of the content.
            target: Path of the file, to be renamed when all files of the job exist.

        Returns:
            Whether the file was written; False if the content is missing or damaged.
        """
        try:
            found = copy_file(self.path(digest), target)
        except FileNotFoundError:
            return False
        if found == digest:
            return True
        target.unlink()
        self._forget(digest)
        return False

    def is_sound(self, digest: str) -> bool:
        """Whether a content exists and has its digest; a damaged content is removed so that it can
        be added again.
        """
        try:
            with self.path(digest).open("rb") as file:
                found = _copied_digest(file, None)
        except OSError:
            return False
        if found != digest:
            self._forget(digest)
        return found == digest

    def write_state(self, run: str, name: str, content: Any) -> None:
        """Write the file of a state, or update the time of an existing one."""
        path = self.state_path(run, name)
        with self._written() as partial:
            partial.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")
            self._name(partial, path)

    def state_path(self, run: str, name: str) -> Path:
        """Path of the file of a state."""
        return self.states / run / f"{name}.json"

    @contextlib.contextmanager
    def locked(self, alone: bool = False, wait: bool = True) -> Iterator[bool]:
        """Hold the lock of the store: shared by writers, exclusive for removing.

        Args:
            alone: Whether the lock is exclusive.
            wait: Whether to wait for other holders.

        Yields:
            Whether the lock is held; False on file systems without locks.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a") as file:
            try:
                how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
                fcntl.flock(file, how if wait else how | fcntl.LOCK_NB)
                held = True
            except OSError:
                held = False
            yield held

    @contextlib.contextmanager
    def _written(self) -> Iterator[Path]:
        """Path of a temporary file with a unique name, removed at the end unless renamed."""
        self.partial.mkdir(parents=True, exist_ok=True)
        partial = self.partial / uuid.uuid4().hex
        try:
            yield partial
        finally:
            with contextlib.suppress(FileNotFoundError):
                partial.unlink()

    def _name(self, partial: Path, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.chmod(0o444)
        os.replace(partial, path)

    def _forget(self, digest: str) -> None:
        with contextlib.suppress(OSError):
            self.path(digest).unlink()


def copy_file(source: Path, target: Path) -> str:
    """Copy a file; the blocks are shared if the file system supports it.

    Returns:
        SHA-256 of the copy.
    """
    with source.open("rb") as old, target.open("wb") as new:
        try:
            fcntl.ioctl(new.fileno(), _CLONE, old.fileno())
        except OSError:
            return _copied_digest(old, new)
    with target.open("rb") as file:
        return _copied_digest(file, None)


def _copied_digest(source: BinaryIO, target: BinaryIO | None) -> str:
    """SHA-256 of the content read, which is copied if there is a target."""
    found = hashlib.sha256()
    for chunk in iter(lambda: source.read(_CHUNK), b""):
        found.update(chunk)
        if target is not None:
            target.write(chunk)
    return found.hexdigest()


def free_bytes(folder: Path) -> int:
    """Free space of the disk of a folder that may not exist yet."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())
    return shutil.disk_usage(there).free


def is_full(error: OSError) -> bool:
    """Whether the error means that no space is left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
