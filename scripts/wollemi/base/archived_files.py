"""The list of production files of an unpacked archive: where files are that its analysis names by
other paths, and which files the archive does not hold.

The analysis, its products and its records keep their names; whatever opens a file asks for its
place here. Standard library only.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from wollemi.base.json_files import read_json

LIST = "production_files.json"
SCHEMA = "wollemi-production-files-1"
ABSENT = "absent_files"  # a folder that is never made


class ArchivedFiles(NamedTuple):
    """The list of an archive; everything is empty where there is none.

    Args:
        places: Path in the analysis → path in the archive, where they differ.
        names: Path in the archive, or else in the analysis → name in the records.
        left_out: Name and SHA-256 of files that the archive does not hold.
    """

    places: dict[str, str]
    names: dict[str, str]
    left_out: frozenset[tuple[str, str]]


def archived_files() -> ArchivedFiles:
    """The list of the archive that was unpacked into the working folder."""
    return _read(os.getcwd())


@lru_cache
def _read(folder: str) -> ArchivedFiles:
    path = Path(folder, LIST)
    content = read_json(path) if path.is_file() else {}
    datasets = content["datasets"] if content.get("schema") == SCHEMA else {}
    rows = [row for rows in datasets.values() for row in rows]
    given = [row for row in rows if row.get("given")]
    return ArchivedFiles(
        {row["given"]: row["path"] for row in given if row["path"]},
        {row["path"] or row["given"]: row["name"] for row in given},
        frozenset(
            (row["name"], row["sha256"])
            for row in rows
            if row["path"] is None or row["path"].startswith(f"{ABSENT}/")
        ),
    )


def present_path(name: str) -> str:
    """Path of a file: of its copy, if the working folder is an archive that holds one.

    Args:
        name: Path in the analysis or in a product.
    """
    places = archived_files().places
    return places.get(os.path.normpath(name), name) if places else name
