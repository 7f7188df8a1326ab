"""Check that the files of an archive are unchanged. Standard library only."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from wollemi.archive.reading.archive import (
    DESCRIPTION,
    MANIFEST,
    UNREADABLE,
    Archive,
    Source,
    check_name,
)
from wollemi.job.records import is_record, is_sealed
from wollemi_likelihood.base.errors import WollemiError, counted, listed

NEEDED = (DESCRIPTION, "production_files.json", "requirements.txt", "pyproject.toml", "Snakefile")
_SHOWN = 20


def check_files(
    path: Path, source: Source, digests: Mapping[str, str], needed: Sequence[str] = NEEDED
) -> None:
    """Check every listed file.

    Args:
        path: Path of the archive, for error messages.
        source: Files of the archive.
        digests: SHA-256 by file.
        needed: Files that must be listed.

    Raises:
        WollemiError: Files are missing or damaged; the message lists them.
    """
    problems = {name: _file_problem(source, name, digest) for name, digest in digests.items()}
    damaged = [f"{name} {problem}" for name, problem in problems.items() if problem]
    damaged += [f"{name} is not listed" for name in needed if name not in digests]
    _refuse(path, damaged, f"not as {MANIFEST} says")


def check_records(path: Path, archive: Archive) -> None:
    """Check that the records are complete and match the products.

    Args:
        path: Path of the archive, for error messages.
        archive: Archive whose files match the manifest.

    Raises:
        WollemiError: Records are damaged or products differ; the message lists them.
    """
    damaged = []
    for name in archive.record_names:
        record = archive.read_json(name)
        if not is_record(record):
            damaged.append(f"{name} is not a record")
            continue
        if not is_sealed(record):
            damaged.append(f"{name} does not fit its own digest")
            continue
        for product in record["outputs"]:
            check_name(f"{path}: {name}", product)
        others = [
            product
            for product, digest in record["outputs"].items()
            if archive.digests.get(product, digest) != digest
        ]
        damaged += [f"{product} is not what {name} tells of" for product in others]
    _refuse(path, damaged, "not as the records say")


def _refuse(path: Path, damaged: Sequence[str], problem: str) -> None:
    if damaged:
        verb = "is" if len(damaged) == 1 else "are"
        raise WollemiError(
            str(path),
            f"{counted(len(damaged), 'file')} {verb} {problem}{listed(damaged, _SHOWN)}",
            "copy or download the archive again",
        )


def _file_problem(source: Source, name: str, digest: str) -> str | None:
    if name not in source.names:
        return "is missing"
    try:
        with source.open(name) as file:
            found = hashlib.sha256()
            while chunk := file.read(1 << 20):
                found.update(chunk)
    except UNREADABLE as error:
        return f"cannot be read ({error})"
    return None if found.hexdigest() == digest else "has changed"
