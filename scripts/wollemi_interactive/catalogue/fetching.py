"""Copies of a dataset's files on this machine, checked against their sizes and checksums."""

import contextlib
import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wollemi.analysis.plain.addresses import public_url, split_address
from wollemi.base.whole_files import whole_file, write_whole
from wollemi.inputs.download import keep
from wollemi.inputs.remote_ranges import is_remote, open_ranges
from wollemi.job.input_digests import input_digest
from wollemi_likelihood.base.caches import fetched_folder
from wollemi_likelihood.base.errors import WollemiError

_CHUNK = 1 << 23  # bytes
_NOTE = ".sha256"  # SHA-256 of the copy of a file whose catalogue does not declare one


@dataclass(frozen=True)
class WantedFile:
    """A file with its declared size in bytes (0 if unknown), SHA-256 and Adler-32."""

    path: str
    size: int = 0
    sha256: str = ""
    adler32: str = ""

    @property
    def name(self) -> str:
        """Base name of the file."""
        return PurePosixPath(split_address(self.path).path).name


def fetch_files(files: Sequence[WantedFile]) -> dict[str, Path]:
    """Fetch remote files, reusing intact earlier copies of the same content.

    Args:
        files: Files of a dataset.

    Returns:
        URL → path of its copy.

    Raises:
        WollemiError: A file cannot be read, or its size or checksum is wrong.
    """
    remote = (file for file in files if is_remote(file.path))
    return {file.path: intact_copy(file) or _fetch(file) for file in remote}


def intact_copy(file: WantedFile) -> Path | None:
    """The copy of a remote file, if its content is still the declared or the fetched content.

    Args:
        file: Remote file.
    """
    folder = _folder(file)
    digest = file.sha256
    if not digest:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            digest = (folder / _NOTE).read_text(encoding="utf-8")
    copies = sorted(folder.glob(f"*{Path(file.name).suffix}")) if digest else []
    return next(
        (path for path in copies if path.name != _NOTE and input_digest(path) == digest), None
    )


def _folder(file: WantedFile) -> Path:
    """Folder of a copy: named by its content, or by its address and declared properties."""
    known = f"{file.path} {file.size} {file.adler32}"
    return fetched_folder(file.sha256 or hashlib.sha256(known.encode()).hexdigest())


def _fetch(file: WantedFile) -> Path:
    folder = _folder(file)
    path = folder / file.name
    with whole_file(path) as partial:
        digest = _receive(file, partial)
    if not file.sha256:
        write_whole(folder / _NOTE, digest)
        keep(path, fetched_folder(digest) / file.name)  # where `fetch_dataset` looks for it
    return path


def _receive(file: WantedFile, target: Path) -> str:
    """Write a remote file range by range, check it, and return its SHA-256."""
    ranges = open_ranges(file.path)
    sha256, adler32 = hashlib.sha256(), zlib.adler32(b"")
    with target.open("wb") as output:
        for start in range(0, ranges.size, _CHUNK):
            content = ranges.get(start, min(start + _CHUNK, ranges.size))
            output.write(content)
            sha256.update(content)
            adler32 = zlib.adler32(content, adler32)
    found: dict[str, int | str] = {
        "bytes": target.stat().st_size,
        "SHA-256": sha256.hexdigest(),
        "Adler-32": f"{adler32:08x}",
    }
    _require(file, public_url(file.path), found, remedy="fetch it again")
    return sha256.hexdigest()


def check_local(file: WantedFile) -> None:
    """Require that a local file has its declared size and checksum.

    Args:
        file: Local file.

    Raises:
        WollemiError: The size or checksum is wrong.
    """
    path = Path(file.path)
    found: dict[str, int | str] = {"bytes": path.stat().st_size}
    if file.sha256:
        found["SHA-256"] = input_digest(path)
    elif file.adler32:
        found["Adler-32"] = _adler32(path)
    _require(file, str(path), found, remedy="copy or fetch it again")


def _adler32(path: Path) -> str:
    checksum = zlib.adler32(b"")
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            checksum = zlib.adler32(chunk, checksum)
    return f"{checksum:08x}"


def _require(file: WantedFile, where: str, found: Mapping[str, int | str], remedy: str) -> None:
    declared = {"bytes": file.size, "SHA-256": file.sha256, "Adler-32": file.adler32}
    for what, value in found.items():
        if declared[what] and value != declared[what]:
            raise WollemiError(
                where,
                f"wrong content: {what} {value}, not {declared[what]}",
                f"{remedy}; if the difference remains, the file has changed: correct the "
                "catalogue if the new file is meant",
            )
