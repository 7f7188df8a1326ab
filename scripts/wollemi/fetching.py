"""Bringing public files here: from a local mirror, else from their URL; only with the right checksum."""

import logging
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from wollemi.dataset_configuration import RemoteFile
from wollemi.errors import WollemiError
from wollemi.records import file_digest

LOGGER = logging.getLogger("wollemi")
RETRIES = 3
TIMEOUT_S = 30


def file_name(url: str) -> str:
    """Base name of the file behind a URL."""
    return PurePosixPath(urlsplit(url).path).name


def mirror_candidates(mirrors: Sequence[Path], remote: RemoteFile) -> Iterator[Path]:
    """Files in the mirrors with the right name and size."""
    for mirror in mirrors:
        for path in sorted(mirror.rglob(file_name(remote.url))) if mirror.is_dir() else ():
            if path.is_file() and path.stat().st_size == remote.size:
                yield path


def copy_from_mirror(mirrors: Sequence[Path], remote: RemoteFile, target: Path) -> bool:
    """Copy the file from the first mirror that has it with the right checksum.

    Args:
        mirrors: folders to search.
        remote: what is wanted.
        target: where to put it.

    Returns:
        Whether a mirror had it.
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
    """Download with retries.

    Args:
        remote: what is wanted.
        target: where to put it.

    Raises:
        WollemiError: it cannot be reached.
    """
    for attempt in range(1, RETRIES + 1):
        try:
            with urllib.request.urlopen(remote.url, timeout=TIMEOUT_S) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
            return
        except (urllib.error.URLError, OSError, ValueError) as error:
            LOGGER.warning("attempt %d of %d: %s: %s", attempt, RETRIES, remote.url, error)
            problem = f"cannot be downloaded ({error})"
            time.sleep(0.5 * 2**attempt if attempt < RETRIES else 0)
    remedy = "check the network, or put the file into a folder listed under `mirrors` in config/config.yaml"
    raise WollemiError(remote.url, problem, remedy)


def fetch(mirrors: Sequence[Path], remote: RemoteFile, target: Path) -> None:
    """Bring one file here and check it.

    Args:
        mirrors: folders to search first.
        remote: what is wanted.
        target: where to put it.

    Raises:
        WollemiError: it cannot be reached, or is another file than the analysis names.
    """
    if copy_from_mirror(mirrors, remote, target):
        return
    download(remote, target)
    found = file_digest(target)
    if found != remote.sha256:
        problem = f"wrong checksum\n    expected SHA-256 {remote.sha256} ({remote.size} bytes)\n"
        problem += f"    found    SHA-256 {found} ({target.stat().st_size} bytes)"
        remedy = (
            "the public file has changed, or a proxy answered: check the URL, or correct the checksum if the new file is meant"
        )
        raise WollemiError(remote.url, problem, remedy)
