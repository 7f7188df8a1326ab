"""Files that are written completely or not at all. Standard library only."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from wollemi.base.machine_errors import naming_the_file
from wollemi_likelihood.base.errors import WollemiError


def partial_path(path: Path) -> Path:
    """Temporary name next to a target. It is the same for every try, so that a killed job leaves at
    most one such file.
    """
    return path.with_name(f".partial.{path.name}")


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Temporary path to write to; it is renamed at the end, and an error leaves no file behind.

    Args:
        path: Path of the file; its folder is created.

    Raises:
        WollemiError: The path is a device or a pipe, such as `/dev/null`.
    """
    partial = partial_path(path)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            problem = "is a device or a pipe, which a file would replace"
            raise WollemiError(str(path), problem, "name a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        os.replace(partial, path)
    except OSError as error:
        naming_the_file(error, path)
        raise
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def write_whole(path: Path, text: str) -> None:
    """Write a text file in UTF-8."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def is_file(path: str | Path) -> bool:
    """Whether a file with this name exists."""
    try:
        return Path(path).is_file()
    except OSError:  # a name that the file system does not allow
        return False
