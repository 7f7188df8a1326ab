"""Folders of caches, which only save time."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

_COMPILED = ".wollemi/compiled"


def compiled_folder() -> Path:
    """Folder of compiled machine code and of digests of large files."""
    return Path(os.environ.get("WOLLEMI_CACHE") or _COMPILED)


def copy_machine_code(folder: Path) -> None:
    """Copy the machine code of this working directory to another one; a file that cannot be copied
    is compiled again.

    The name of a file identifies code, compiler and processor, and it contains its own checksum.
    """
    for path in compiled_folder().glob("*.o"):
        with suppress(OSError):
            (folder / _COMPILED).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / _COMPILED / path.name)


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
