"""Write a zip whose bytes are determined by its content: sorted names, fixed times and permissions,
and a manifest of checksums.
"""

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wollemi.base.digests import file_digest
from wollemi.base.whole_files import whole_file
from wollemi_likelihood.base.errors import WollemiError

MANIFEST = "manifest-sha256.txt"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A file of the archive.

    Args:
        sha256: SHA-256 of the content, hexadecimal.
        size: Size in bytes.
        content: Bytes, or the path of the file that contains them.
    """

    sha256: str
    size: int
    content: bytes | Path


def entry_of_bytes(content: bytes) -> Entry:
    """Entry of a file made for the archive."""
    return Entry(hashlib.sha256(content).hexdigest(), len(content), content)


def entry_of_file(path: Path, sha256: str | None = None) -> Entry:
    """Entry of a file on this machine.

    Args:
        path: Path of the file.
        sha256: SHA-256 of the content, if known.
    """
    return Entry(sha256 or file_digest(path), path.stat().st_size, path)


def manifest(entries: Mapping[str, Entry]) -> bytes:
    """The list of all files in the format of `sha256sum -c` (GNU coreutils), sorted by name.

    Raises:
        WollemiError: A name has no plain form in this format.
    """
    for name in entries:
        if any(sign in name for sign in "\\\n\r"):
            raise WollemiError(
                repr(name),
                "a file of an archive cannot have this name",
                "rename it: no backslash, no newline",
            )
    return "".join(f"{entries[name].sha256}  {name}\n" for name in sorted(entries)).encode()


def write_archive(path: Path, entries: Mapping[str, Entry]) -> None:
    """Write the zip with its manifest, completely or not at all.

    Files are stored, not compressed: the output of `deflate` differs between versions of zlib.

    Args:
        path: Path of the zip.
        entries: Entry of each file by name.

    Raises:
        WollemiError: A file does not match its checksum.
    """
    complete = {**entries, MANIFEST: entry_of_bytes(manifest(entries))}
    with whole_file(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(complete):
            _write_entry(archive, name, complete[name])


def _write_entry(archive: zipfile.ZipFile, name: str, entry: Entry) -> None:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system = 3  # Unix on every platform
    info.external_attr = 0o100644 << 16
    info.file_size = entry.size
    digest = hashlib.sha256()
    with archive.open(info, "w") as target:
        for chunk in _chunks(entry.content):
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != entry.sha256:
        raise WollemiError(
            name,
            "this file changed while it was archived",
            "run this again when nothing else writes here",
        )


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
