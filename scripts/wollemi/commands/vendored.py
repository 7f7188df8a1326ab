"""The workflow in a repository made by `wollemi new`: its files and their version."""

import json
import re
import runpy
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wollemi.base.digests import file_digest
from wollemi.base.json_files import render_json
from wollemi.base.whole_files import write_whole
from wollemi.commands.programs import PACKAGE, copy_files, workflow_files, workflow_root
from wollemi_likelihood.base.errors import WollemiError

RECORD = "workflow/vendored.json"
# Originals of changed files; not taken from the git history, which may be short in a clone.
ORIGINALS = "workflow/vendored"
CONFIG = "config/config.yaml"
_LIST = "scripts/wollemi/commands/carried.py"
# Names of workflow files that each repository replaces with its own.
OF_THE_PROJECT = ("analyses", "reana", "CITATION.cff", "README.md")


@dataclass(frozen=True)
class Vendored:
    """Wollemi's files in a repository.

    Args:
        version: Version of Wollemi.
        commit: Commit in Wollemi's repository; None if unknown.
        files: SHA-256 of each file as written, by its path in the repository.
    """

    version: str
    commit: str | None
    files: dict[str, str]

    @property
    def name(self) -> str:
        """Display name of the version."""
        return f"Wollemi {self.version}" + (f" ({self.commit[:10]})" if self.commit else "")


@dataclass(frozen=True)
class Source:
    """A workflow to copy: a checkout, or the files in an installed package.

    Args:
        root: Folder with the Snakefile.
        package: Folder of the package.
    """

    root: Path
    package: Path

    def files(self) -> dict[str, Path]:
        """Files to copy by their path in a repository."""
        carried = runpy.run_path(str(self.package / "commands/carried.py"))["WORKFLOW"]
        left_out = (*OF_THE_PROJECT, Path(RECORD).name, Path(ORIGINALS).name)
        return workflow_files(self.root, self.package, carried, left_out)

    def version(self) -> str:
        """Version of Wollemi, as in its pyproject.toml."""
        text = (self.root / "pyproject.toml").read_text(encoding="utf-8")
        return str(tomllib.loads(text)["project"]["version"])

    def commit(self) -> str | None:
        """The commit, if the root is a checkout of Wollemi or a repository that records it."""
        if (self.root / RECORD).is_file():
            return read_record(self.root).commit
        try:
            done = subprocess.run(
                ["git", "rev-parse", "--show-prefix", "HEAD"],  # noqa: S607
                cwd=self.root,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return None
        lines = done.stdout.split("\n")
        return lines[1] if done.returncode == 0 and not lines[0] else None


def this_source() -> Source:
    """The workflow of this package."""
    return Source(workflow_root(), PACKAGE)


def checkout_source(root: Path) -> Source:
    """The workflow of a checkout of Wollemi.

    Raises:
        WollemiError: The folder is not a checkout of Wollemi.
    """
    lost = [name for name in ("Snakefile", "pyproject.toml", _LIST) if not (root / name).is_file()]
    if lost:
        problem = f"this is not a checkout of Wollemi: it has no {lost[0]}"
        raise WollemiError(str(root), problem, "name its folder or its git address")
    return Source(root, root / "scripts/wollemi")


def write_workflow(folder: Path, source: Source, analysis: str) -> None:
    """Copy a workflow into a repository, and record its version and files.

    Args:
        folder: Folder of the repository.
        source: Workflow to copy.
        analysis: Name of the default analysis.
    """
    files = source.files()
    copy_files(folder, files)
    config = folder / CONFIG
    text = config.read_text(encoding="utf-8")
    config.write_text(with_analysis(text, analysis), encoding="utf-8")
    digests = {name: file_digest(folder / name) for name in files}
    record = {"version": source.version(), "commit": source.commit(), "files": digests}
    write_whole(folder / RECORD, render_json(record))


def with_analysis(text: str, name: str) -> str:
    """Text of `config.yaml` with another analysis."""
    return re.sub(r"^analysis: \w+", f"analysis: {name}", text, flags=re.MULTILINE)


def read_record(folder: Path) -> Vendored:
    """Read the record of Wollemi's files in a repository.

    Raises:
        WollemiError: The record is missing or invalid.
    """
    path = folder / RECORD
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Vendored(found["version"], found["commit"], dict(found["files"]))
    except FileNotFoundError:
        problem = "does not exist"
    except (ValueError, KeyError, TypeError):
        problem = "is not the list of the workflow's files"
    remedy = "run this in a repository of `wollemi new`, with the file that it wrote"
    raise WollemiError(str(path), problem, remedy) from None


def changed_files(folder: Path, record: Vendored) -> Iterator[str]:
    """Files of the workflow that were changed or removed."""
    for name, digest in record.files.items():
        if not (folder / name).is_file() or file_digest(folder / name) != digest:
            yield name


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Remove files that may not exist."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
