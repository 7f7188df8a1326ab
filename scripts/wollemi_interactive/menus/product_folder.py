"""A folder whose files are those of one run: nothing of an earlier one stays beside them."""

import contextlib
import shutil
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from wollemi.base.json_files import read_json
from wollemi_likelihood.base.errors import WollemiError

LISTING, KEY = "rates.json", "files"  # where a run says which files it has written
PARTIAL = ".partial.filter_events"
PATTERNS = ("flags.parquet", "rates.*", "filter.log", "scan_*.*", "turn_on_*.*")


@contextlib.contextmanager
def new_products(folder: Path) -> Iterator[Path]:
    """Where a run writes its files, which come into the folder at the end, in the place of those of
    the run before. An error leaves the folder as it was.

    Args:
        folder: made if it is not there.
    """
    is_new = not folder.exists()
    made = folder / PARTIAL
    shutil.rmtree(made, ignore_errors=True)  # of a run that was killed
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
    """Take away what the run before has written, and move the new files to their place.

    The list goes first, so that each file that is there at any time is in it.
    """
    for name in listed_files(folder):
        if name != LISTING:
            (folder / name).unlink(missing_ok=True)
    for path in sorted(made.iterdir(), key=lambda path: path.name != LISTING):
        path.replace(folder / path.name)


def listed_files(folder: Path) -> list[str]:
    """Names of files that the last run has written into a folder, by its own account; none where
    that is gone or damaged.
    """
    try:
        content = read_json(folder / LISTING)
    except (OSError, WollemiError):
        return []
    names = content.get(KEY) if isinstance(content, dict) else None
    listed = names if isinstance(names, list) else []
    return [name for name in listed if isinstance(name, str) and _is_product(name)]


def other_products(folder: Path) -> list[str]:
    """Files that are called as those of a run, and are not of the last one."""
    own = listed_files(folder)
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    return [name for name in names if _is_product(name) and name not in own]


def _is_product(name: str) -> bool:
    plain = Path(name).name == name
    return plain and any(fnmatchcase(name, pattern) for pattern in PATTERNS)
