"""Select the content of an archive: the workflow, the results and the production files, each with
its name in the archive.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.commands import read_datasets
from wollemi.analysis.plain.dataset_selections import origin
from wollemi.analysis.plain.parts import file_path, listed_files
from wollemi.archive.writing.zip import Entry, entry_of_file
from wollemi.base.archived_files import SCHEMA, present_path
from wollemi.job.records import relative_name
from wollemi.loading.composition import composed_files
from wollemi.provenance.chain import Chain
from wollemi.provenance.present_state import PresentState
from wollemi_likelihood.base.errors import WollemiError

NEEDED = (
    "Snakefile",
    "workflow",
    "scripts",
    "config/config.yaml",
    "pyproject.toml",
    "uv.lock",
    "LICENSE",
    "CITATION.cff",
)
WELCOME = ("profiles", "envs", "containers", "docs", "CHANGELOG.md")
FOLDER = "production_files"  # of files from outside
WORKFLOW_README = "README_WORKFLOW.md"  # README.md is the archive's own


@dataclass(frozen=True)
class ProductionFile:
    """An input file of the analysis.

    Args:
        dataset: Name of its dataset.
        name: Path below the working folder; for a file elsewhere only the file name.
        path: Present path of the file.
        origin: Origin: `fetched`, `generated`, or `local` (given in the analysis by a path).
        url: Public address of the file; None without one.
        sha256: SHA-256 of the content.
        size: Size in bytes.
        given: Path in the analysis of a local file.
    """

    dataset: str
    name: str
    path: Path
    origin: str
    url: str | None
    sha256: str
    size: int
    given: str | None = None

    @property
    def archived(self) -> str:
        """Name in the archive; of a file outside the working folder by its content."""
        place = Path(os.path.abspath(self.path))
        if place.is_relative_to(Path.cwd()):
            return place.relative_to(Path.cwd()).as_posix()
        return f"{FOLDER}/{self.sha256[:12]}/{self.name}"


def check_checkout() -> None:
    """Make sure that the working folder has all files that an archive needs.

    Raises:
        WollemiError: A file is missing.
    """
    for name in (*NEEDED, "README.md"):
        if not Path(name).exists():
            remedy = "run this beside the Snakefile of a whole checkout"
            raise WollemiError(name, "an archive needs it, and it is not here", remedy)


def workflow_files(analysis: str) -> dict[str, Path]:
    """Files needed to run again, by name in the archive.

    Args:
        analysis: Name of the analysis.
    """
    names = (
        *NEEDED,
        *WELCOME,
        f"config/analyses/{analysis}",
        *composed_files(f"config/analyses/{analysis}/analysis.yaml"),
        f"config/reana/{analysis}.yaml",
        f"config/reana/specifications/{analysis}.yaml",
    )
    found = {path.as_posix(): path for name in names for path in _files_below(Path(name))}
    return found | {WORKFLOW_README: Path("README.md")}


def _files_below(path: Path) -> Iterator[Path]:
    """A file, or the files of a folder except hidden and compiled ones."""
    if path.is_file():
        yield path
    for item in path.rglob("*") if path.is_dir() else ():
        parts = item.relative_to(path).parts
        if item.is_file() and not any(
            part.startswith(".") or part == "__pycache__" for part in parts
        ):
            yield item


def result_files(chain: Chain) -> list[str]:
    """All products and records of a run except the production files. Logs are left out, because
    they contain times and paths of a machine.
    """
    return sorted(
        name for name in (*chain.makers, *chain.jobs) if not name.startswith(f"{chain.run}/files/")
    )


def other_inputs(chain: Chain, production: Collection[ProductionFile]) -> list[str]:
    """Inputs below the working folder that no job made, except production files."""
    known = {file.name for file in production} | chain.makers.keys() | chain.jobs.keys()
    read = {name for job in chain.jobs.values() for name in job.inputs}
    return sorted(name for name in read - known if Path(name).is_file())


def production_files(
    chain: Chain, document: Mapping[str, Any], present: PresentState
) -> list[ProductionFile]:
    """Input files of an analysis, sorted by dataset and name.

    Args:
        chain: Chain of the run.
        document: Content of the analysis file as plain values.
        present: State of the working folder.

    Raises:
        WollemiError: A file is missing.
    """
    made = [
        _production_file(dataset, Path(name), document, present)
        for job in chain.jobs.values()
        for name in job.outputs
        if name.startswith(f"{chain.run}/files/")
        and (dataset := job.content["options"].get("dataset")) is not None
    ]
    named = [
        _production_file(dataset, Path(present_path(file)), document, present, file)
        for dataset in dict.fromkeys(origin(document, name) for name in read_datasets(document))
        if "command" not in document["datasets"][dataset]
        for file in document["datasets"][dataset].get("files") or ()
        if isinstance(file, str)
    ]
    return sorted([*made, *named], key=lambda file: (file.dataset, file.name))


def _production_file(
    dataset: str,
    path: Path,
    document: Mapping[str, Any],
    present: PresentState,
    given: str | None = None,
) -> ProductionFile:
    digest = present.digest(path.as_posix())
    if digest is None:
        raise WollemiError(
            path.as_posix(),
            "this production file is missing",
            "bring it back, or make the results again",
        )
    urls = {
        file_path(file, path.parent.as_posix()): str(file["url"])
        for file in listed_files(document["datasets"][dataset])
        if not isinstance(file, str) and "url" in file
    }
    url = urls.get(path.as_posix()) if given is None else None
    origin = "local" if given else "fetched" if url else "generated"
    return ProductionFile(
        dataset, relative_name(path), path, origin, url, digest, path.stat().st_size, given
    )


def production_list(files: list[ProductionFile], included: bool) -> dict[str, Any]:
    """Content of `production_files.json`: each file, its public address, and its path in the
    archive, if it has one.

    Args:
        files: All production files.
        included: Whether the archive contains them.
    """
    datasets: dict[str, list[dict[str, Any]]] = {}
    for file in files:
        row = {
            "name": file.name,
            "origin": file.origin,
            "size": file.size,
            "sha256": file.sha256,
            "url": file.url,
            "path": file.archived if included else None,
        }
        given = os.path.normpath(file.given or file.archived)
        row |= {"given": given} if given != file.archived else {}
        datasets.setdefault(file.dataset, []).append(row)
    return {"schema": SCHEMA, "datasets": datasets}


def file_entries(names: Mapping[str, Path], present: PresentState) -> dict[str, Entry]:
    """Entries by name, with the checksums found by the verification."""
    return {
        name: entry_of_file(path, present.digest(path.as_posix())) for name, path in names.items()
    }
