"""Reads the files of a published likelihood, plain or in an archive as on HEPData."""

import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from wollemi.base.digests import file_digest
from wollemi.base.json_text import parse_json
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

LARGEST = 500_000_000  # bytes of a JSON file: ten times the largest published ones
LARGEST_ARCHIVE = 5_000_000_000  # bytes of all files in an archive
_READ = (".json", ".xml", ".txt", ".yaml", ".csv")
_SHOWN = 10
_Open = Callable[[str], IO[bytes] | None]


def read_published(path: Path, sha256: str | None, member: str | None, usual: str) -> Any:
    """Plain values of a published JSON file.

    Args:
        path: Path of the file, or of an archive that contains it.
        sha256: SHA-256 of the file or archive, if given.
        member: Path of the JSON file in an archive; None for the only one with the usual name.
        usual: Usual name of the JSON file.

    Raises:
        WollemiError: The digest differs, the archive does not contain the file, or it is not JSON.
    """
    check_digest(path, sha256)
    return parsed(*published_content(path, member, usual))


def parsed(where: str, content: bytes) -> Any:
    """Plain values of JSON.

    Raises:
        WollemiError: The content is not JSON.
    """
    try:
        return parse_json(content)
    except ValueError as error:
        remedy = "name the JSON file of the likelihood, or an archive that has it"
        raise WollemiError(where, f"is not JSON ({error})", remedy) from None


def check_digest(path: Path, sha256: str | None) -> None:
    """Check that a file is the one that the analysis names.

    Raises:
        WollemiError: The SHA-256 differs.
    """
    found = None if sha256 is None else file_digest(path)
    if found != sha256:
        problem = f"has the SHA-256 {found}, and the analysis file says {sha256}"
        raise WollemiError(
            str(path), problem, "bring the right file, or correct sha256 if this one is meant"
        )


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or tar archive."""
    return zipfile.is_zipfile(path) or bool(path.stat().st_size and tarfile.is_tarfile(path))


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A temporary folder with all files of an archive.

    Raises:
        WollemiError: The files are too large, or would be written elsewhere.
    """
    with tempfile.TemporaryDirectory(prefix="wollemi-model-") as folder:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                _check_size(path, sum(item.file_size for item in archive.infolist()))
                archive.extractall(folder)  # noqa: S202 (never outside; sizes are checked)
        else:
            with tarfile.open(path) as packed:
                _check_size(path, sum(item.size for item in packed))
                try:
                    packed.extractall(folder, filter="data")
                except tarfile.FilterError as error:
                    remedy = "pack it again, with plain files"
                    raise WollemiError(str(path), f"is not unpacked: {error}", remedy) from error
        yield Path(folder).resolve()


def _check_size(path: Path, size: int) -> None:
    if size > LARGEST_ARCHIVE:
        problem = f"has files of {size:,} bytes, more than {LARGEST_ARCHIVE:,}"
        raise WollemiError(str(path), problem, "take the files of the model out of it")


def published_content(path: Path, member: str | None, usual: str) -> tuple[str, bytes]:
    """Name and content of a published file.

    Args:
        path: Path of the file, or of an archive that contains it.
        member: Path of the file in an archive; None for the only one with the usual name.
        usual: Usual name of the file.

    Raises:
        WollemiError: The file is missing in the archive, or it is too large.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = [item.filename for item in archive.infolist() if not item.is_dir()]
            return _of_archive(path, names, archive.open, member, usual)
    if path.stat().st_size and tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            names = [item.name for item in archive if item.isfile()]
            return _of_archive(path, names, archive.extractfile, member, usual)
    if member is not None:
        problem = f"is no archive, so there is no '{member}' in it"
        raise WollemiError(str(path), problem, "leave out `member`")
    with path.open("rb") as file:
        return str(path), _limited(str(path), file)


def members_of(path: Path) -> list[str]:
    """Paths of the files in an archive; empty for any other file."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return [item.filename for item in archive.infolist() if not item.is_dir()]
    if path.stat().st_size and tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            return [item.name for item in archive if item.isfile()]
    return []


def named_so(names: Sequence[str], usual: str) -> list[str]:
    """Paths with a given file name, ignoring case: archives contain `BkgOnly.json` as well as
    `bkgonly.json`.

    Args:
        names: Paths of files in an archive.
        usual: Usual file name.
    """
    return [name for name in names if PurePosixPath(name).name.casefold() == usual.casefold()]


def _of_archive(
    path: Path, names: Sequence[str], opened: _Open, member: str | None, usual: str
) -> tuple[str, bytes]:
    found = named_so(names, usual) if member is None else [n for n in names if n == member]
    if len(found) != 1:
        listed = [name for name in names if name.endswith(_READ)]
        shown = ", ".join(listed[:_SHOWN]) + (" …" if len(listed) > _SHOWN else "")
        wanted = f"'{member}'{did_you_mean(member, names)}" if member else f"file named {usual}"
        problem = f"has no {wanted}" if not found else f"has {len(found)} files named {usual}"
        remedy = f"name one with `member`: {shown or 'but none of them is one that is read'}"
        raise WollemiError(str(path), problem, remedy)
    where = f"{path}: {found[0]}"
    file = opened(found[0])
    assert file is not None, "only files are listed"
    with file:
        return where, _limited(where, file)


def _limited(where: str, file: IO[bytes]) -> bytes:
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise WollemiError(
            where, f"has more than {LARGEST:,} bytes", "take the file as it was published"
        )
    return content
