"""Read analyses from revisions of git, or from files."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wollemi.base.digests import file_digest
from wollemi.loading.load import read_document
from wollemi_likelihood.base.errors import WollemiError


@dataclass(frozen=True)
class Revision:
    """An analysis in one revision.

    Args:
        name: Name of the place, for messages.
        document: Analysis as plain values, fully expanded.
        files: SHA-256 of other files in its folder, such as hooks; None for a single file
            elsewhere.
    """

    name: str
    document: Mapping[str, Any]
    files: Mapping[str, str] | None


def read_revision(name: str, analysis: Path) -> Revision:
    """Read an analysis from a revision.

    Args:
        name: Path of a file, or name of a revision of git.
        analysis: Path of the analysis file in the repository, relative to this folder.

    Raises:
        WollemiError: The file or revision does not exist, or the analysis cannot be read.
    """
    if Path(name).is_file():
        path = Path(name)
        same = path.resolve() == analysis.resolve()
        return _from_folder(name, path) if same else Revision(name, read_document(path), None)
    commit = find_commit(name)
    top = analysis.parent.parent  # which may contain extended analyses
    packed = _git("archive", "--format=tar", commit, "--", f"{top.as_posix()}/")
    with tempfile.TemporaryDirectory() as folder:
        if packed is not None:
            with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
                tar.extractall(folder, filter="data")
        path = Path(folder) / analysis
        if not path.is_file():
            raise WollemiError(
                f"{name}: {analysis}",
                "the revision has no such file",
                "name the analysis as it was called there, or `git show` it into a file",
            )
        try:
            return _from_folder(name, path)
        except WollemiError as error:
            where = error.where.replace(f"{folder}/", f"{name}: ")
            raise WollemiError(where, error.problem, error.remedy) from None


def _from_folder(name: str, path: Path) -> Revision:
    others = (
        file for file in sorted(path.parent.rglob("*")) if file.suffix not in (".yaml", ".pyc")
    )
    files = {
        file.relative_to(path.parent).as_posix(): file_digest(file)
        for file in others
        if file.is_file()
    }
    return Revision(name, read_document(path), files)


def find_commit(name: str) -> str:
    """The commit of a revision.

    Raises:
        WollemiError: git does not know the revision, or the folder is not a repository.
    """
    if _git("rev-parse", "--git-dir") is None:
        raise WollemiError(
            name,
            "the file does not exist, and this folder is not in a git repository",
            "name files, or change to the folder of the repository",
        )
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if found is None:
        raise WollemiError(name, "is neither a git revision nor a file", "see `git branch --all`")
    return found.decode().strip()


def common_base(ours: str, theirs: str) -> str:
    """The commit where two revisions parted.

    Raises:
        WollemiError: The commit does not exist, or one of the revisions is a file.
    """
    remedy = "name what both began with: --base REVISION or FILE"
    for name in (ours, theirs):
        if Path(name).is_file():
            raise WollemiError(name, "a file does not record its origin", remedy)
    found = _git("merge-base", find_commit(ours), find_commit(theirs))
    if found is None:
        raise WollemiError(f"{ours}, {theirs}", "they have no commit in common", remedy)
    return found.decode().strip()[:10]


def _git(*arguments: str) -> bytes | None:
    """Output of git; None if it fails."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError:
        return None
    return None if done.returncode else done.stdout
