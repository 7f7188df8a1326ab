"""Write the manifest of a dataset: size, SHA-256, entries and sum of weights of each file.

Several processes read the files. Finished entries are stored next to the manifest: a restarted
program continues where it was stopped, and reads only new and changed files.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from glob import glob
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from wollemi.analysis.models.manifests import ManifestFile
from wollemi.base.json_files import render_json
from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import partial_path, write_whole
from wollemi.inputs.manifests import describe_file, make_manifest
from wollemi.inputs.schemas import TREES, Layout
from wollemi.inputs.weights import branch_to_sum
from wollemi.loading.manifests import read_manifest
from wollemi_likelihood.base.errors import WollemiError, counted


def list_files(patterns: Sequence[str], lists: Sequence[Path]) -> list[str]:
    """List the requested files, sorted and unique.

    Args:
        patterns: Paths, or patterns such as `data/**/*.root`.
        lists: Text files with one path per line.

    Raises:
        WollemiError: A list is missing, or a pattern does not match any file.
    """
    found: list[str] = []
    for path in lists:
        if not path.is_file():
            raise WollemiError(str(path), "this list does not exist", "correct the path")
        found += [
            line.strip()
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.strip() and line[0] != "#"
        ]
    for pattern in patterns:
        matches = [path for path in glob(pattern, recursive=True) if Path(path).is_file()]  # noqa: PTH207 - absolute, too
        if not matches:
            raise WollemiError(pattern, "matches no file", "correct the path or the pattern")
        found += matches
    return sorted(set(found))


def in_known_order(path: Path, files: Sequence[str]) -> list[str]:
    """Keep the order of the existing manifest and append new files, so that other parts of the
    dataset do not change.

    Args:
        path: Path of the manifest; an unreadable one is ignored.
        files: Sorted files.
    """
    try:
        known = {file.path: place for place, file in enumerate(read_manifest(path).files)}
    except WollemiError:
        return list(files)
    return sorted(files, key=lambda file: known.get(file, len(known)))


class Journal:
    """Descriptions of files so far, one line of JSON per file, valid until its size or time
    changes.

    Args:
        path: Path of the journal.
        task: Settings of the descriptions; results of other settings are ignored.
    """

    def __init__(self, path: Path, task: str):
        self.path = path
        self._task = task
        self.known = dict(self._read())

    def _read(self) -> Iterator[tuple[str, ManifestFile]]:
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.is_file() else []
        for line in lines:
            # The last line of a killed run may be incomplete.
            with contextlib.suppress(ValueError, KeyError, OSError):
                entry = json.loads(line)
                file = ManifestFile.model_validate(entry["file"])
                if entry["task"] == self._task and entry["state"] == _state(file.path):
                    yield file.path, file

    def add(self, file: ManifestFile, state: list[int]) -> None:
        """Store the description of a file in a given state."""
        self.known[file.path] = file
        entry = {"task": self._task, "state": state, "file": file.model_dump()}
        start = (
            "\n" if self.path.is_file() and self.path.read_bytes()[-1:] not in (b"\n", b"") else ""
        )
        with self.path.open("a", encoding="utf-8") as journal:
            journal.write(f"{start}{json.dumps(entry)}\n")


def _state(path: str) -> list[int]:
    """Size and modification time of a file."""
    status = Path(path).stat()
    return [status.st_size, status.st_mtime_ns]


def look_at(
    path: str, layout: Layout, weight: str | None
) -> tuple[ManifestFile, list[int]] | WollemiError:
    """Describe a file, with its state before; errors are returned: all files are checked."""
    try:
        state = _state(path)
        return describe_file(path, layout, weight), state
    except WollemiError as error:
        return error
    except FileNotFoundError:
        return WollemiError(path, "this file does not exist", "correct the list of files")


def describe_files(
    files: Iterable[str], layout: Layout, weight: str | None, journal: Journal, processes: int
) -> list[WollemiError]:
    """Describe files in several processes and store the results in the journal.

    Args:
        files: Files to describe.
        layout: Layout of the events in the files.
        weight: Branch of the event weight.
        journal: Journal that receives the results.
        processes: Number of parallel processes.

    Returns:
        Errors of the files.
    """
    files = list(files)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    errors = []
    with (
        Progress(*columns, console=Console(stderr=True)) as progress,
        ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool,
    ):
        task = progress.add_task("files", total=len(files))
        futures: list[Future[tuple[ManifestFile, list[int]] | WollemiError]]
        futures = [pool.submit(look_at, path, layout, weight) for path in files]
        for future in as_completed(futures):
            result = future.result()
            if isinstance(result, WollemiError):
                errors.append(result)
            else:
                journal.add(*result)
            progress.advance(task)
    return errors


def write_manifest(
    path: Path, files: Sequence[str], layout: Layout, weight: str | None, processes: int
) -> str:
    """Write a manifest and delete the journal when it is complete.

    Args:
        path: Path of the manifest.
        files: Files of the manifest.
        layout: Layout of the events in the files.
        weight: Branch of the event weight.
        processes: Number of parallel processes.

    Returns:
        Summary line for the user.

    Raises:
        WollemiError: Some files could not be read; all of them are listed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(partial_path(path.with_name(f"{path.name}l")), repr((layout, weight)))
    before = sum(file in journal.known for file in files)
    errors = describe_files(
        [file for file in files if file not in journal.known], layout, weight, journal, processes
    )
    if errors:
        listing = "".join(
            f"\n  - {error.where}: {error.problem}"
            for error in sorted(errors, key=lambda error: error.where)
        )
        problem = f"{len(errors)} of {counted(len(files), 'file')} cannot be used{listing}"
        raise WollemiError(
            str(path),
            problem,
            "fix or leave out these files and run the same command: the others are done",
        )
    manifest = make_manifest(weight, [journal.known[file] for file in files])
    write_whole(path, render_json(manifest.model_dump()))
    journal.path.unlink(missing_ok=True)
    known = f", {before} known already" if before else ""
    weighted = f"weight {weight}" if weight else "unweighted"
    return (
        f"{path}: {counted(len(files), 'file')}{known}, {counted(manifest.entries, 'event')}, "
        f"{weighted}, sum of weights {manifest.sum_of_weights:g}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the manifest named on the command line."""
    parser = argparse.ArgumentParser(prog="make_manifest.py", description=__doc__)
    parser.add_argument(
        "manifest", type=Path, metavar="MANIFEST", help="the manifest, JSON (written)"
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="files, or quoted patterns such as 'data/**/*.root'",
    )
    parser.add_argument(
        "--list",
        type=Path,
        nargs="*",
        default=[],
        metavar="FILE",
        help="text files with a path a line",
    )
    parser.add_argument(
        "--schema", choices=TREES, default="nanoaod", help="names and units in the files"
    )
    parser.add_argument("--tree", help="name of the TTree or RNTuple; default: the schema's")
    parser.add_argument(
        "--weight",
        metavar="BRANCH",
        default="",
        help="branch of the event weight, such as genWeight, or 'none'; default: the only "
        "possible weight of the files",
    )
    parser.add_argument(
        "--processes",
        type=int,
        default=len(os.sched_getaffinity(0)),
        help="how many at once (all cores)",
    )
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options), [options.manifest.parent])


def _main(options: argparse.Namespace) -> int:
    files = list_files(options.files, options.list)
    if not files:
        raise WollemiError(
            str(options.manifest), "no files are given", "name files or patterns, or a --list"
        )
    layout = Layout(options.schema, options.tree)
    ordered = in_known_order(options.manifest, files)
    weight = branch_to_sum(
        [Path(path) for path in ordered if Path(path).is_file()], layout, options.weight
    )
    print(write_manifest(options.manifest, ordered, layout, weight, max(options.processes, 1)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
