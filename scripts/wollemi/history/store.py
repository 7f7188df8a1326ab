"""Contents under their SHA-256, in one folder that several checkouts may share. Standard library
only.

A content gets its name when it is whole, so that a writer that is killed leaves nothing but a file
in `partial`. Contents are copies, never hard links: an editor that writes into a result would
change the store as well. Where the file system can (Btrfs, XFS), a copy shares its blocks.
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
SCHEMA = "wollemi-state-1"  # of the files of states
DEFAULT, OFF = ".wollemi/store", "off"
DEFAULT_GB = 10.0
# A store never fills a disk: so much stays free.
FREE_BYTES = 1_000_000_000
# REANA keeps a workspace of its own for each run, with a quota.
REANA_WORKSPACES = "/var/reana/"
_CLONE = 0x40049409  # FICLONE of linux/fs.h
_CHUNK = 1 << 20


def store_folder() -> Path | None:
    """Where products are kept: the folder that `WOLLEMI_STORE` names; None if it is `off`, and on
    REANA.
    """
    named = os.environ.get(VARIABLE, "")
    if named == OFF or (not named and str(Path.cwd()).startswith(REANA_WORKSPACES)):
        return None
    return Path(named or DEFAULT)


def required_store() -> Store:
    """The store.

    Raises:
        WollemiError: none is wanted.
    """
    folder = store_folder()
    if folder is None:
        raise WollemiError(VARIABLE, "there is no store", "unset it, or name a folder")
    return Store(folder)


def limit_bytes(text: str = "", where: str = LIMIT_VARIABLE) -> float:
    """How large a store may be, in bytes.

    Args:
        text: the size in GB; empty for that of `WOLLEMI_STORE_GB`, or the default.
        where: what says so, for the error.

    Raises:
        WollemiError: it is not a positive number.
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
        root: the folder; it is made when something is added.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.contents = root / "contents"
        self.partial = root / "partial"
        self.states = root / "states"

    def path(self, digest: str) -> Path:
        """Where a content is.

        Args:
            digest: its SHA-256, hexadecimal.
        """
        return self.contents / digest[:2] / digest[2:]

    def has(self, digest: str) -> bool:
        """Whether a content is here, not whether it is still sound."""
        return self.path(digest).is_file()

    def add_file(self, path: Path, digest: str) -> bool:
        """Add the content of a file, unless it is here already.

        Args:
            path: the file.
            digest: the SHA-256 that it should have.

        Returns:
            Whether the content is here now: not if the file is missing or has another content.
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
        """Add a content, unless it is here already; returns its SHA-256."""
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
            digest: its SHA-256.
            target: the file, which is to be renamed when the others of its job are there, too.

        Returns:
            Whether it is there; not if the content is missing or damaged.
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
        """Whether a content is here and has its digest; a damaged one is removed, to be added
        anew.
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
        """Write the file of a state, or note that it was met again."""
        path = self.state_path(run, name)
        with self._written() as partial:
            partial.write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")
            self._name(partial, path)

    def state_path(self, run: str, name: str) -> Path:
        """The file of a state."""
        return self.states / run / f"{name}.json"

    @contextlib.contextmanager
    def locked(self, alone: bool = False, wait: bool = True) -> Iterator[bool]:
        """Hold the lock of the store: any number of writers at once, or one that removes.

        Args:
            alone: whether nobody else may hold it.
            wait: for the others.

        Yields:
            Whether the lock is held; it is not on file systems that have none.
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
        """A file of a name that nobody else has; it is gone at the end unless it was named."""
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
    """Copy a file into a new one; the blocks are shared where the file system can.

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
    """SHA-256 of what is read, and written where there is a target."""
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
    """Whether there was no space left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
