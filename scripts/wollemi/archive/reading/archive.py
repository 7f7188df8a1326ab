"""Open an archive, a zip or the folder it was unpacked to, and read its description. Standard
library only.

Only files listed in the manifest are ever used: a file added later has no effect. docs/archive.md
describes the contents of an archive.
"""

import os
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from wollemi.base.json_text import parse_json
from wollemi.job.records import is_record
from wollemi_likelihood.base.errors import WollemiError

SCHEMA = r"wollemi-archive-(\d+)"
NEWEST = 1
DESCRIPTION, MANIFEST = "archive.json", "manifest-sha256.txt"
_LARGEST_DESCRIPTION, _LARGEST_MANIFEST = 1_000_000, 100_000_000  # bytes
_MOST_GROWTH, _SMALL = 50, 10_000_000
_AGAIN = "copy or download the archive again"
UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Source:
    """Origin of an archive's files: a zip, or a folder.

    Args:
        names: Names of all files.
        open: Function that opens a file for reading; damage in a zip is detected while reading.
    """

    names: frozenset[str]
    open: Callable[[str], IO[bytes]]


@dataclass(frozen=True)
class Archive:
    """An archive whose files match the manifest.

    Args:
        root: Folder with its files.
        description: Content of `archive.json`.
        digests: SHA-256 by file, for all files except the manifest.
    """

    root: Path
    description: Mapping[str, Any]
    digests: Mapping[str, str]

    @property
    def run(self) -> str:
        """Folder of results, relative to the root, such as `results/hzz4l`."""
        return f"results/{self.description['run']}"

    def read_json(self, name: str) -> Any:
        """Content of a JSON file.

        Raises:
            WollemiError: The file is missing, or not a JSON file.
        """
        if not (self.root / name).is_file():
            raise WollemiError(name, "this file is missing", _AGAIN)
        try:
            return parse_json((self.root / name).read_bytes())
        except ValueError as error:
            raise WollemiError(name, f"this file is not JSON ({error})", _AGAIN) from None

    @property
    def record_names(self) -> list[str]:
        """Files that should be records."""
        folder = f"{self.run}/records/"
        return [name for name in sorted(self.digests) if name.startswith(folder)]

    def records(self) -> dict[str, dict[str, Any]]:
        """Content of each record by its file.

        Raises:
            WollemiError: One of the files is not a record.
        """
        found = {name: self.read_json(name) for name in self.record_names}
        for name, content in found.items():
            if not is_record(content):
                raise WollemiError(name, "this file is not a record", _AGAIN)
        return found

    def products(self) -> dict[str, str]:
        """Recorded SHA-256 by product: products in the records, and results without a record."""
        made = {
            name: digest
            for record in self.records().values()
            for name, digest in record["outputs"].items()
        }
        others = {
            name: digest for name, digest in self.digests.items() if is_product(name, self.run)
        }
        return others | made


def is_product(name: str, run: str) -> bool:
    """Whether a file is a result: not a record, a log or hidden."""
    parts = name.removeprefix(f"{run}/").split("/")
    hidden = any(part.startswith(".") for part in parts)
    return name.startswith(f"{run}/") and not hidden and parts[0] not in ("records", "logs")


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open an archive.

    Args:
        path: Path of a zip, or of the folder it was unpacked to.

    Raises:
        WollemiError: The path is neither, or a name in the archive is not safe.
    """
    if path.is_dir():
        yield Source(frozenset(_files_below(path)), lambda name: (path / name).open("rb"))
        return
    if not path.is_file():
        raise WollemiError(
            str(path),
            "this file does not exist",
            "name an archive (.zip), or the folder it was unpacked to",
        )
    try:
        file = zipfile.ZipFile(path)
    except UNREADABLE as error:
        raise WollemiError(
            str(path),
            f"this is not a zip file, or it is damaged ({error})",
            "copy or download it again",
        ) from None
    with file:
        _check_sizes(path, file)
        yield Source(frozenset(_zip_names(path, file)), file.open)


def _files_below(folder: Path) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix()


def _check_sizes(path: Path, file: zipfile.ZipFile) -> None:
    """Raise an error for a small zip that unpacks to a large folder: archives are stored
    uncompressed, and packing them again gains only a small factor.

    A file is read up to its declared size only.

    Raises:
        WollemiError: The unpacked size is too large.
    """
    size, infos = path.stat().st_size, file.infolist()
    unpacked, packed = (
        sum(info.file_size for info in infos),
        sum(info.compress_size for info in infos),
    )
    if unpacked > _MOST_GROWTH * size + _SMALL:
        problem = f"its {size:,} bytes would become {unpacked:,}"
        raise WollemiError(
            str(path), problem, "do not trust this file: no archive of Wollemi is packed so tightly"
        )
    if packed > size:
        raise WollemiError(str(path), "its files overlap", "do not trust this file")


def _zip_names(path: Path, file: zipfile.ZipFile) -> list[str]:
    names = [info.filename for info in file.infolist() if not info.is_dir()]
    for info in file.infolist():
        check_name(str(path), info.filename.removesuffix("/"))
        if stat.S_ISLNK(info.external_attr >> 16):
            raise WollemiError(
                str(path), f"it holds a link, {info.filename}", "do not trust this file"
            )
    if len(set(names)) < len(names):
        raise WollemiError(
            str(path), "it holds several files of one name", "do not trust this file"
        )
    return names


def check_name(where: str, name: str) -> None:
    """Raise an error for a name that could lead outside the archive's folder.

    Raises:
        WollemiError: The name is not safe.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or re.search(r"[\\:\0-\x1f]", name):
        raise WollemiError(
            where, f"it holds a file with an unsafe name, {name!r}", "do not trust this file"
        )


def read_description(path: Path, source: Source) -> dict[str, Any]:
    """Content of `archive.json`.

    Args:
        path: Path of the archive, for error messages.
        source: Files of the archive.

    Raises:
        WollemiError: The description is missing or invalid, or has a newer format.
    """
    if not {DESCRIPTION, MANIFEST} <= source.names:
        missing = min({DESCRIPTION, MANIFEST} - source.names)
        raise WollemiError(
            str(path),
            f"this is not an archive of Wollemi: it has no {missing}",
            "name a file of archive_analysis.py",
        )
    try:
        description = parse_json(_read_small(source, DESCRIPTION, _LARGEST_DESCRIPTION))
        number = int(re.fullmatch(SCHEMA, description["schema"])[1])  # type: ignore[index]
        if number > NEWEST:
            problem = (
                f"it was written by a newer Wollemi ({description['wollemi']}), as "
                f"{description['schema']}"
            )
            remedy = "run the scripts/reexecute_archive.py inside of it, or that of a newer Wollemi"
            raise WollemiError(str(path), problem, remedy)
        sound = _is_sound(description)
    except (*UNREADABLE, ValueError, TypeError, KeyError, AttributeError):
        sound = False
    if not sound:
        raise WollemiError(
            f"{path}: {DESCRIPTION}",
            "it is damaged, or of something else",
            _AGAIN,
        )
    return dict(description)


def _is_sound(description: Mapping[str, Any]) -> bool:
    """Whether a description has the entries of every archive.

    Raises:
        LookupError | TypeError | AttributeError: An entry is missing or has a wrong type.
    """
    names = [description[key] for key in ("run", "analysis")]
    texts = [description["wollemi"], description["python"]]
    for wheels in description["wheels"]:
        texts += [wheels["python"], wheels["platform"]]
    # Names and configuration are used as paths and arguments.
    given = [*(f"name={name}" for name in names), *config_items(description)]
    return all(isinstance(text, str) for text in (*names, *texts)) and all(
        re.fullmatch(r"\w+=\w[\w-]*", item) for item in given
    )


def _read_small(source: Source, name: str, most: int) -> bytes:
    """Content of a file that is small in every archive.

    Raises:
        ValueError: The file is larger than `most` bytes.
    """
    with source.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} has more than {most} bytes")
    return content


def config_items(description: Mapping[str, Any]) -> list[str]:
    """The arguments of `--config`."""
    return [f"{name}={value}" for name, value in description["config"].items()]


def read_manifest(path: Path, source: Source) -> dict[str, str]:
    """SHA-256 by file, as listed in the manifest, in the format of `sha256sum -c`.

    Args:
        path: Path of the archive, for error messages.
        source: Files of the archive.

    Raises:
        WollemiError: The manifest is damaged, or a name in it is not safe.
    """
    digests = {}
    try:
        lines = _read_small(source, MANIFEST, _LARGEST_MANIFEST).decode().splitlines()
    except (*UNREADABLE, ValueError):
        raise WollemiError(f"{path}: {MANIFEST}", "it is damaged", _AGAIN) from None
    for number, line in enumerate(lines, 1):
        match = re.fullmatch(r"([0-9a-f]{64})  (.+)", line)
        if match is None:
            problem = f"line {number} is damaged: {line[:100]!r}"
            raise WollemiError(f"{path}: {MANIFEST}", problem, _AGAIN)
        check_name(f"{path}: {MANIFEST}", match[2])
        digests[match[2]] = match[1]
    return digests


def unpack(source: Source, names: Iterable[str], folder: Path) -> None:
    """Write files of an archive to a folder, under the same names."""
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open(name) as file, target.open("wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
