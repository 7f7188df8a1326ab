"""Answers to queries, kept under a digest of the query, its files and the code."""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.digests import file_digest
from wollemi.base.whole_files import whole_file
from wollemi.inputs.schemas import Layout
from wollemi_interactive.queries.record import QueryRecord, read_record, record_path, write_record
from wollemi_interactive.queries.syntax import Query

_NAME = "answer.parquet"
# Packages whose code makes answers from files.
_PACKAGES = (
    "wollemi/base",
    "wollemi_engine/expressions",
    "wollemi/inputs",
    "wollemi_interactive/queries",
    "wollemi_likelihood",
)


def queries_folder() -> Path:
    """Folder of the kept answers."""
    named = os.environ.get("WOLLEMI_CACHE")
    return Path(named) / "queries" if named else Path(".wollemi/queries")


def question_digest(
    query: Query, layout: Layout | None, asked: str, files: Sequence[str], weight: str
) -> str:
    """SHA-256 of everything that an answer depends on, hexadecimal.

    Args:
        query: Query to answer.
        layout: Layout of events in the files, if it is given rather than found in them.
        asked: Kind of source: `files`, or `servicex` for any endpoint.
        files: Identities of the files: SHA-256 of the content, or the address of a remote file with
            its declared size and checksum.
        weight: Branch to sum.
    """
    parts = [
        *(query.text, asked, weight, None if layout is None else repr(layout)),
        list(files),
        _code() if asked == "files" else "",
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _code() -> str:
    """SHA-256 of the code that reads files and evaluates queries."""
    root = Path(__file__).parents[2]
    files = (path for package in _PACKAGES for path in (root / package).rglob("*.py"))
    digests = [file_digest(path) for path in sorted(files)]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def kept_answer(digest: str) -> tuple[Path, QueryRecord] | None:
    """The kept answer to a question and its record; None if it is missing or damaged."""
    path = queries_folder() / digest / _NAME
    try:
        record = read_record(record_path(path))
    except (OSError, ValueError):
        return None
    if not path.is_file() or file_digest(path) != record.sha256:
        return None
    return path, record


def keep_answer(digest: str, path: Path, record: QueryRecord) -> None:
    """Keep a copy of an answer."""
    kept = queries_folder() / digest / _NAME
    with whole_file(kept) as partial:
        shutil.copyfile(path, partial)
    write_record(record_path(kept), record)


def give_answer(kept: Path, record: QueryRecord, path: Path) -> None:
    """Write a kept answer, and its record next to it."""
    with whole_file(path) as partial:
        shutil.copyfile(kept, partial)
    write_record(record_path(path), record)
