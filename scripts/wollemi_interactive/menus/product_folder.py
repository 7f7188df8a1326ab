"""A folder that contains the files of one run only: products of an earlier run never remain."""

import contextlib
import shutil
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from wollemi.base.json_files import read_json
from wollemi_likelihood.base.errors import WollemiError

LISTING, KEY = "rates.json", "files"  # where a run lists the files that it has written
PARTIAL = ".partial.filter_events"
PATTERNS = ("flags.parquet", "rates.*", "filter.log", "scan_*.*", "turn_on_*.*")


@contextlib.contextmanager
def new_products(folder: Path) -> Iterator[Path]:
    """Folder for the files of a run, which replace the files of the previous run at the end. An
    error leaves the target folder unchanged.

    Args:
        folder: Target folder, created if it does not exist.
    """
    is_new = not folder.exists()
    made = folder / PARTIAL
    shutil.rmtree(made, ignore_errors=True)  # left by a killed run
    try:
        made.mkdir(parents=True)
        yield made
        _replace(folder, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if is_new:
            with contextlib.suppress(OSError):
                folder.rmdir()  # only if it is empty


def _replace(folder: Path, made: Path) -> None:
    """Delete the files of the previous run, and move the new files to their place.

    The list is moved first, so that it contains every file that exists at any time.
    """
    for name in listed_files(folder):
        if name != LISTING:
            (folder / name).unlink(missing_ok=True)
    for path in sorted(made.iterdir(), key=lambda path: path.name != LISTING):
        path.replace(folder / path.name)


def listed_files(folder: Path) -> list[str]:
    """Names of the files that the last run has written into a folder, from its own list; empty if
    the list is missing or damaged.
    """
    try:
        content = read_json(folder / LISTING)
    except (OSError, WollemiError):
        return []
    names = content.get(KEY) if isinstance(content, dict) else None
    listed = names if isinstance(names, list) else []
    return [name for name in listed if isinstance(name, str) and _is_product(name)]


def other_products(folder: Path) -> list[str]:
    """Leftover products of earlier runs."""
    own = listed_files(folder)
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    return [name for name in names if _is_product(name) and name not in own]


def _is_product(name: str) -> bool:
    plain = Path(name).name == name
    return plain and any(fnmatchcase(name, pattern) for pattern in PATTERNS)
