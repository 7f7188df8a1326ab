"""Copies of the files of a dataset on this machine, checked against what is known of them."""

import hashlib
import zlib
from collections.abc import Sequence
from pathlib import Path

from wollemi.analysis.plain.addresses import public_url
from wollemi.base.errors import WollemiError
from wollemi.base.whole_files import whole_file
from wollemi.catalogue.sources import WantedFile, fetched_path
from wollemi.inputs.remote_ranges import is_remote, open_ranges

_CHUNK = 1 << 23  # bytes


def fetch_files(name: str, files: Sequence[WantedFile]) -> list[Path]:
    """Fetch the remote files of a dataset; those that are here already are only checked.

    Args:
        name: of the dataset.
        files: its files.

    Returns:
        The copies.

    Raises:
        WollemiError: a file cannot be read, or is not the one that was meant.
    """
    found = []
    for file in (file for file in files if is_remote(file.path)):
        path = fetched_path(name, file)
        if not path.is_file():
            with whole_file(path) as partial:
                _receive(file, partial)
        found.append(path)
    return found


def _receive(file: WantedFile, target: Path) -> None:
    """Write a remote file, range by range, and check it."""
    ranges = open_ranges(file.path)
    sha256, adler32 = hashlib.sha256(), zlib.adler32(b"")
    with target.open("wb") as output:
        for start in range(0, ranges.size, _CHUNK):
            content = ranges.get(start, min(start + _CHUNK, ranges.size))
            output.write(content)
            sha256.update(content)
            adler32 = zlib.adler32(content, adler32)
    for what, expected, found in (
        ("bytes", file.size, target.stat().st_size),
        ("SHA-256", file.sha256, sha256.hexdigest()),
        ("Adler-32", file.adler32, f"{adler32:08x}"),
    ):
        if expected and expected != found:
            raise WollemiError(
                public_url(file.path),
                f"wrong content: {what} {found}, not {expected}",
                "fetch it again; if it stays so, the file has changed: correct the catalogue if "
                "the new one is meant",
            )
