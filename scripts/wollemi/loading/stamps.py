"""Times of the last change of files, by which a session knows what it must read again."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from wollemi.loading.composition import composed_files
from wollemi_likelihood.base.errors import WollemiError

Stamps = dict[str, int]


def stamps(path: Path) -> Stamps:
    """Time of the last change in ns, by file of an analysis.

    Args:
        path: Path of the analysis file.
    """
    files = [path, *path.parent.glob("*.py")]
    # The file may be incomplete: the run reports errors.
    with contextlib.suppress(WollemiError, OSError):
        files += map(Path, composed_files(path))
    return file_stamps(files)


def file_stamps(files: Iterable[str | Path]) -> Stamps:
    """Time of the last change in ns, by path; missing files are left out."""
    return {str(file): Path(file).stat().st_mtime_ns for file in files if Path(file).is_file()}
