"""Fetching files from earlier downloads, a local mirror, their URL or a replica, with a check of
the checksum.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wollemi.analysis.plain.addresses import public_url, split_address
from wollemi.base.digests import file_digest
from wollemi.inputs.remote_ranges import (
    PASSING,
    RETRIES,
    Ranges,
    UnreachableError,
    open_ranges,
    reason,
    refuse_lasting,
)
from wollemi_likelihood.base.caches import fetched_folder
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.datasets import RemoteFile

LOGGER = logging.getLogger("wollemi")
_MIRROR = "put the file into a folder listed under `mirrors` in config/config.yaml"


def file_name(url: str) -> str:
    """Base name of the file at a URL."""
    return PurePosixPath(split_address(url).path).name


def mirror_candidates(mirrors: Sequence[Path], remote: RemoteFile) -> Iterator[Path]:
    """Files in the mirrors with the right name and size."""
    for mirror in mirrors:
        for path in sorted(mirror.rglob(file_name(remote.url))) if mirror.is_dir() else ():
            if path.is_file() and path.stat().st_size == remote.size:
                yield path


def copy_from_mirror(mirrors: Sequence[Path], remote: RemoteFile, target: Path) -> bool:
    """Copy the file from the first mirror whose copy has the right checksum.

    Args:
        mirrors: Folders to search.
        remote: URL, size and checksum of the file.
        target: Path of the copy.

    Returns:
        Whether a mirror had the file.
    """
    for path in mirror_candidates(mirrors, remote):
        found = file_digest(path)
        if found == remote.sha256:
            shutil.copyfile(path, target)
            LOGGER.info("%s: from the mirror", target.name.removeprefix(".partial."))
            return True
        LOGGER.warning("%s: SHA-256 %s, not %s: passed over", path, found, remote.sha256)
    return False


def download(remote: RemoteFile, target: Path) -> None:
    """Download a file from its URL, or from the first replica that gives the right content.

    Args:
        remote: Addresses, size and checksum of the file.
        target: Path of the downloaded file.

    Raises:
        WollemiError: No address gives the file: it cannot be reached, is forbidden or incomplete,
            or its content is another one.
    """
    failures = []
    for address in (remote.url, *remote.replicas):
        try:
            _download(address, remote, target)
            return
        except WollemiError as error:
            if error.where != public_url(address):  # such as a full disk
                raise
            failures.append(error)
            if remote.replicas:
                LOGGER.warning("%s: %s", error.where, error.problem)
    if len(failures) == 1:
        raise failures[0]
    answers = "".join(f"\n    {failure.where}: {failure.problem}" for failure in failures)
    problem = f"none of its {len(failures)} addresses gives the file{answers}"
    raise WollemiError(file_name(remote.url), problem, f"correct the addresses, or {_MIRROR}")


def _download(address: str, remote: RemoteFile, target: Path) -> None:
    """Download a file from one address and check its length and checksum; temporary errors are
    retried.

    Raises:
        WollemiError: The address does not give the file.
    """
    shown, answer, problem = public_url(address), "", ""
    for attempt in range(1, RETRIES + 1):
        try:
            _receive(open_ranges(address), remote.size, target)
            break
        except UnreachableError as error:
            answer = problem = error.problem
        except PASSING as error:
            refuse_lasting(shown, error)
            answer = reason(error)
            problem = f"cannot be downloaded ({answer})"
        LOGGER.warning("attempt %d of %d: %s: %s", attempt, RETRIES, shown, answer)
        # Jobs that fail together try again at different times.
        jitter = random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        time.sleep(0.5 * 2**attempt * jitter if attempt < RETRIES else 0)
    else:
        raise WollemiError(shown, problem, f"check the network, or {_MIRROR}")
    _check_content(shown, remote, target)


def _receive(source: Ranges, size: int, target: Path) -> None:
    """Write the content, at most a piece more than expected, as a response may be endless.

    Raises:
        OSError: The connection ended too early.
    """
    received = 0
    with target.open("wb") as file:
        for piece in source.stream():
            received += file.write(piece)
            if received > size:
                break


def _check_content(url: str, remote: RemoteFile, target: Path) -> None:
    size, found = target.stat().st_size, file_digest(target)
    if found == remote.sha256 and size == remote.size:
        return
    problem = (
        f"wrong checksum\n    expected SHA-256 {remote.sha256} ({remote.size} bytes)\n    found    "
    )
    problem += (
        f"more than {remote.size} bytes"
        if size > remote.size
        else f"SHA-256 {found} ({size} bytes)"
    )
    remedy = (
        "the public file has changed, or a proxy answered: check the URL, or correct the "
        "checksum if the new file is meant"
    )
    raise WollemiError(url, problem, remedy)


def fetch(mirrors: Sequence[Path], remote: RemoteFile, target: Path) -> None:
    """Fetch one file and check it; a downloaded file is kept for later runs and `wollemi draw`.

    Args:
        mirrors: Folders to search first, after the folder of earlier downloads.
        remote: URL, size and checksum of the file.
        target: Path of the file.

    Raises:
        WollemiError: The file cannot be fetched; see `download`.
    """
    shown = public_url(remote.url)
    if shown != remote.url:
        LOGGER.warning(
            "%s: its query gives access, and is left out of every product: others cannot fetch it",
            shown,
        )
    kept = fetched_folder(remote.sha256)
    if not copy_from_mirror([kept, *mirrors], remote, target):
        download(remote, target)
        keep(target, kept / file_name(remote.url))


def keep(file: Path, kept: Path) -> None:
    """Add a second name to a file, which takes no space; the disk may not allow it."""
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        os.link(file, kept)
