"""Folders of caches, which only save time."""

from __future__ import annotations

import os
from pathlib import Path


def compiled_folder() -> Path:
    """Folder of compiled machine code and of digests of large files."""
    return Path(os.environ.get("WOLLEMI_CACHE") or ".wollemi/compiled")


def catalogue_folder() -> Path:
    """Folder of file lists of public records, fetched files and generated samples."""
    named = os.environ.get("WOLLEMI_CACHE")
    return Path(named) / "catalogue" if named else Path(".wollemi/catalogue")


def fetched_folder(key: str) -> Path:
    """Folder of the fetched file with the given content, whatever the file's name.

    Args:
        key: SHA-256 of the content, hexadecimal.
    """
    return catalogue_folder() / "files" / key[:16]
