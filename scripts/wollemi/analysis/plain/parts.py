"""Division of the files of a dataset among jobs: a part is one job's share.

Standard library only, on plain values: the Snakefile plans with it, and each job finds its own
share in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

PART_FILES = "part_files"  # the section with the files of one part


def listed_files(dataset: Document, manifest: Document | None = None) -> list[Any]:
    """File entries of a dataset in order: a path, a public file with its `url`, the manifest entry
    of the file at `path`, an output `made` by a command, or the number of a generated `part`.
    Public files with the same base name get different `name`s, by their content.

    Args:
        dataset: Settings of the dataset.
        manifest: Manifest of the dataset, if it has one.
    """
    if "generate" in dataset:
        return [{"part": part} for part in range(dataset["generate"].get("parts", 1))]
    if "command" in dataset:
        return [{"made": file} for file in dataset["files"]]
    return _named_apart(dataset.get("files", ())) if manifest is None else list(manifest["files"])


def _named_apart(files: Sequence[Any]) -> list[Any]:
    uses = Counter(_base_name(file) for file in files if not isinstance(file, str))
    return [
        file
        if isinstance(file, str) or uses[_base_name(file)] == 1
        else {**file, "name": f"{file['sha256'][:12]}_{_base_name(file)}"}
        for file in files
    ]


def _base_name(file: Document) -> str:
    """Base name of a public file."""
    return PurePosixPath(urlsplit(file["url"]).path).name


def divided_files(dataset: Document, manifest: Document | None = None) -> list[dict[str, Any]]:
    """The parts of a dataset: the `files` of each, the `weight` whose sums a manifest lists, and
    the `share` of a single file that a part reads, [2, 4] for the third of four jobs.

    Args:
        dataset: Settings of the dataset.
        manifest: Manifest of the dataset, if it has one.
    """
    files, per_job = listed_files(dataset, manifest), dataset.get("files_per_job", 1)
    declared = {} if manifest is None else {"weight": manifest["weight"]}
    jobs = dataset.get("jobs_per_file", 1)
    if jobs > 1:
        return [
            {"files": [file], **declared, "share": [number, jobs]}
            for file in files
            for number in range(jobs)
        ]
    return [
        {"files": files[first : first + per_job], **declared}
        for first in range(0, len(files), per_job)
    ]


def is_made(file: Any) -> bool:
    """Whether a run fetches, generates or writes a file, which need not exist before."""
    return not isinstance(file, str) and "path" not in file


def file_path(file: Any, folder: str) -> str:
    """Local path of a file.

    Args:
        file: Entry of the file.
        folder: Folder of the dataset's fetched or generated files, or of the outputs of commands.
    """
    if isinstance(file, str):
        return file
    if "path" in file:
        return str(file["path"])
    if "made" in file:
        return f"{folder}/{file['made']}"
    if "part" in file:
        return f"{folder}/part{file['part']}.root"
    return f"{folder}/{file.get('name') or _base_name(file)}"
