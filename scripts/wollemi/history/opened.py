"""Open runs to be compared: a folder of results, an archive, or a state of the store."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.parts import PART_FILES
from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.archive.reading.archive import (
    DESCRIPTION,
    Archive,
    open_source,
    read_description,
    read_manifest,
    unpack,
)
from wollemi.archive.reading.checks import check_files
from wollemi.base.digests import file_digest
from wollemi.base.json_text import parse_json
from wollemi.base.user_commands import user_command
from wollemi.history.causes import Work
from wollemi.history.keep import NAME_LENGTH
from wollemi.history.physics import PRODUCTS, check_product
from wollemi.history.report import work_of
from wollemi.history.states import State, find_state, read_states
from wollemi.history.store import Store, required_store, store_folder
from wollemi.loading.load import read_analysis
from wollemi_likelihood.base.errors import WollemiError

RECORDS = "records"


@dataclass(frozen=True)
class OpenedRun:
    """A run that can be read.

    Args:
        archive: Files of the run in the form of an archive.
        work: Ingredients of the run.
    """

    archive: Archive
    work: Work

    def numbers(self) -> dict[str, Any]:
        """Content by name of the products in `PRODUCTS`; missing and non-JSON products are left
        out.

        Raises:
            WollemiError: A product does not have the structure that a run writes.
        """
        found = {}
        for name in PRODUCTS:
            path = self.archive.root / self.archive.run / name
            try:
                content = parse_json(path.read_bytes())
            except (OSError, ValueError):
                continue
            check_product(str(path), name, content)
            found[name] = content
        return found


@contextmanager
def opened_run(name: str) -> Iterator[OpenedRun]:
    """Open a run.

    Args:
        name: Folder of results, archive (a zip, or the folder it was unpacked to), or name of a
            state.

    Raises:
        WollemiError: The name is not any of them.
    """
    path = Path(name)
    if (path.is_file() and path.suffix == ".zip") or (path / DESCRIPTION).is_file():
        with tempfile.TemporaryDirectory() as folder:
            yield _from_archive(path, Path(folder))
    elif not path.exists() and re.fullmatch(rf"[0-9a-f]{{4,{NAME_LENGTH}}}", name):
        with tempfile.TemporaryDirectory() as folder:
            yield _from_state(find_state(required_store(), name), Path(folder))
    else:
        archive = read_run(path)
        yield OpenedRun(archive, _work_of_folder(archive))


def read_run(path: Path) -> Archive:
    """A folder of results, in the form of an archive.

    Args:
        path: Path of the folder, such as `elsewhere/results/zprime`.

    Raises:
        WollemiError: The path is not a folder of results.
    """
    folder = path.resolve()
    if folder.parent.name != "results" or not (folder / RECORDS).is_dir():
        raise WollemiError(
            str(path),
            "this is not a folder of results with records",
            "name one, such as results/zprime, an archive, or a state of "
            f"`{user_command('wollemi history')}`",
        )
    root = folder.parent.parent
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return Archive(
        root,
        {"run": folder.name},
        {file.relative_to(root).as_posix(): file_digest(file) for file in files},
    )


def _from_archive(path: Path, folder: Path) -> OpenedRun:
    with open_source(path) as source:
        description, digests = read_description(path, source), read_manifest(path, source)
        run = f"results/{description['run']}/"
        names = [name for name in digests if name.startswith((run, "config/"))]
        check_files(path, source, {name: digests[name] for name in names}, ())
        unpack(source, names, folder)
    archive = Archive(folder, description, {name: digests[name] for name in names})
    return OpenedRun(archive, _work_of_files(archive))


def _from_state(state: State, folder: Path) -> OpenedRun:
    """Open a state as links to its contents."""
    digests: dict[str, str] = {}
    for stored in state.jobs.values():
        digests |= stored.files
    for name, digest in digests.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(state.store.path(digest).absolute())
    archive = Archive(folder, {"run": state.content["run"]}, digests)
    return OpenedRun(archive, work_of(state))


def _work_of_folder(archive: Archive) -> Work:
    """The ingredients of a run in this folder: the analysis file may have been edited since, its
    stored state was not.
    """
    store = store_folder()
    run = str(archive.description["run"])
    folder = f"{archive.run}/{RECORDS}/"
    records = {name: digest for name, digest in archive.digests.items() if name.startswith(folder)}
    for state in reversed(read_states(Store(store), run) if store else []):
        if state.records == records:
            return work_of(state)
    return _work_of_files(archive)


def _work_of_files(archive: Archive) -> Work:
    records = archive.records()
    return Work(archive.run, records, _document(archive.root, records))


def _document(root: Path, records: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The analysis as plain values, if its file still matches the records."""
    try:
        (name,) = {record["analysis"] for record in records.values() if "analysis" in record}
        document = read_analysis(root / name).plain
    except (WollemiError, ValueError):
        return None
    agrees = all(_agrees(document, record) for record in records.values() if "analysis" in record)
    return document if agrees else None


def _agrees(document: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    recorded: Mapping[str, str] = record["settings"]
    dataset = record.get("options", {}).get("dataset")
    if PART_FILES in recorded:  # these depend on a manifest as well
        return True
    if dataset is not None and dataset not in document["datasets"]:
        return False
    try:
        return section_digests(select_sections(document, tuple(recorded), dataset)) == recorded
    except (LookupError, TypeError):  # not sections of this analysis
        return False
