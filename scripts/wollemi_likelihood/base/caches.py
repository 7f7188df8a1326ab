"""The folder of what only saves time."""

from __future__ import annotations

import os
from pathlib import Path


def compiled_folder() -> Path:
    """Where machine code is kept, and digests of large files."""
    return Path(os.environ.get("WOLLEMI_CACHE") or ".wollemi/compiled")


def catalogue_folder() -> Path:
    """Where lists of files of public records, fetched files and generated samples are kept."""
    named = os.environ.get("WOLLEMI_CACHE")
    return Path(named) / "catalogue" if named else Path(".wollemi/catalogue")


def fetched_folder(key: str) -> Path:
    """Folder of the fetched file with a given content; its name is not part of its identity.

    Args:
        key: SHA-256 of the content, hexadecimal.
    """
    return catalogue_folder() / "files" / key[:16]
