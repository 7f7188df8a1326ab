"""Fetching public files from earlier downloads, a local mirror or the URL, with a check of the
checksum.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wollemi.analysis.plain.addresses import public_url, split_address
from wollemi.base.digests import file_digest
from wollemi.base.machine_errors import machine_error
from wollemi_likelihood.base.caches import fetched_folder
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.datasets import RemoteFile

LOGGER = logging.getLogger("wollemi")
RETRIES = 3
TIMEOUT_S = 30
_CHUNK = 1 << 20
CREDENTIALS = (401, 403, 407)
_ABSENT = (404, 410)
_BUSY = (408, 425, 429)  # client errors (4xx) that are temporary


class _TruncatedError(Exception):
    """A download that ended too early."""


PASSING = (OSError, ValueError, http.client.HTTPException, _TruncatedError)


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
    """Download a file and check its length and checksum; temporary errors are retried.

    Args:
        remote: URL, size and checksum of the file.
        target: Path of the downloaded file.

    Raises:
        WollemiError: The file cannot be reached, is forbidden, incomplete, or differs from the file
            named in the analysis.
    """
    shown, problem = public_url(remote.url), ""
    for attempt in range(1, RETRIES + 1):
        try:
            _receive(remote, target)
            break
        except PASSING as error:
            refuse_lasting(shown, error)
            problem = reason(error)
            LOGGER.warning("attempt %d of %d: %s: %s", attempt, RETRIES, shown, problem)
            time.sleep(0.5 * 2**attempt if attempt < RETRIES else 0)
    else:
        remedy = (
            "check the network, or put the file into a folder listed under `mirrors` in "
            "config/config.yaml"
        )
        raise WollemiError(shown, f"cannot be downloaded ({problem})", remedy)
    _check_content(shown, remote, target)


def _receive(remote: RemoteFile, target: Path) -> None:
    """Write the response, at most one byte more than expected, as a response may be endless.

    Raises:
        _TruncatedError: The connection ended too early.
    """
    with urllib.request.urlopen(remote.url, timeout=TIMEOUT_S) as source, target.open("wb") as file:
        left = remote.size + 1
        while left and (chunk := source.read(min(left, _CHUNK))):
            file.write(chunk)
            left -= len(chunk)
        announced = source.headers.get("Content-Length", "")
    received = remote.size + 1 - left
    length = int(announced) if announced.isdecimal() else remote.size
    if received < min(length, remote.size):
        raise _TruncatedError(f"the connection broke off: {received} of {length} bytes came")


def refuse_lasting(url: str, error: Exception) -> None:
    """Raise at once an error that another attempt cannot fix.

    Raises:
        WollemiError: The error is permanent.
    """
    if (
        isinstance(error, urllib.error.HTTPError)
        and 400 <= error.code < 500
        and error.code not in _BUSY
    ):
        answer = f"HTTP {error.code} {error.reason}"
        if error.code in CREDENTIALS:
            remedy = (
                "only public files are fetched: renew the URL, or put the file into a folder "
                "listed under `mirrors`"
            )
            raise WollemiError(
                url, f"may not be read without credentials ({answer})", remedy
            ) from None
        if error.code in _ABSENT:
            raise WollemiError(
                url, f"is not there ({answer})", "correct the URL, or look where the file is now"
            ) from None
        raise WollemiError(url, f"the server refuses it ({answer})", "check the URL") from None
    if not isinstance(error, urllib.error.URLError) and (named := machine_error(error)):
        raise named from None


def reason(error: Exception) -> str:
    """The cause of an error, in one line."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}"
    return str(error) or type(error).__name__


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
        _keep(target, kept / file_name(remote.url))


def _keep(file: Path, kept: Path) -> None:
    """Add a second name to a file, which takes no space; the disk may not allow it."""
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        os.link(file, kept)
