"""Production files of an unpacked archive: copies of files from outside of the folder of the
analysis, and files that it only lists.

The analysis, its products and its records keep the names of files from outside; whatever opens one
asks for its place here. Standard library only.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

LIST = "production_files.json"
ABSENT = "absent_files"  # a folder that is never made


def present_path(name: str) -> str:
    """Path of a file: of its copy in the archive, if the working folder is an archive with one.

    Args:
        name: Path in the analysis or in a product.
    """
    copies = (row for row in _rows(os.getcwd()) if row["path"])
    outside = {row["outside"]: str(row["path"]) for row in copies if row.get("outside")}
    return outside.get(os.path.normpath(name), name) if outside else name


def name_outside(path: str) -> str | None:
    """Recorded name, the last part of its path, of a file of which this is the archived copy."""
    rows = (row for row in _rows(os.getcwd()) if row["path"] == path and row.get("outside"))
    return next((Path(row["outside"]).name for row in rows), None)


def left_out() -> frozenset[tuple[str, str]]:
    """Names and SHA-256 of the production files that the archive only lists; empty elsewhere."""
    return frozenset(
        (row["name"], row["sha256"])
        for row in _rows(os.getcwd())
        if row["path"] is None or row["path"].startswith(f"{ABSENT}/")
    )


@lru_cache
def _rows(folder: str) -> tuple[dict[str, Any], ...]:
    """The files that an archive lists; empty for a folder that is no archive."""
    path = Path(folder, LIST)
    datasets = json.loads(path.read_bytes())["datasets"] if path.is_file() else {}
    return tuple(row for rows in datasets.values() for row in rows)
