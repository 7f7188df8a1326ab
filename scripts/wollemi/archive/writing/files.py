"""The content of an archive: the workflow, the results and the production files, each under its
name there.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.commands import read_datasets
from wollemi.analysis.plain.dataset_selections import origin
from wollemi.analysis.plain.parts import file_path, listed_files
from wollemi.archive.writing.zip import Entry, entry_of_file
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
WORKFLOW_README = "README_WORKFLOW.md"  # README.md is the archive's own


@dataclass(frozen=True)
class ProductionFile:
    """A file that the analysis starts from.

    Args:
        dataset: its dataset.
        name: path below the working folder; for a file elsewhere only its name.
        path: where it is now.
        origin: `fetched`, `generated`, or `local`: named in the analysis by a path.
        url: its public address, if it has one.
        sha256: of its content.
        size: in bytes.
    """

    dataset: str
    name: str
    path: Path
    origin: str
    url: str | None
    sha256: str
    size: int

    @property
    def archivable(self) -> bool:
        """Whether the archive has a place for it where the analysis looks."""
        return self.name == self.path.as_posix()


def check_checkout() -> None:
    """Make sure that the workflow is here with everything that an archive needs.

    Raises:
        WollemiError: something is missing.
    """
    for name in (*NEEDED, "README.md"):
        if not Path(name).exists():
            remedy = "run this beside the Snakefile of a whole checkout"
            raise WollemiError(name, "an archive needs it, and it is not here", remedy)


def workflow_files(analysis: str) -> dict[str, Path]:
    """Everything needed to run again: name in the archive → file.

    Args:
        analysis: name of the analysis.
    """
    names = (
        *NEEDED,
        *WELCOME,
        f"config/analyses/{analysis}",
        *composed_files(f"config/analyses/{analysis}/analysis.yaml"),
        *_reana_files(f"config/reana/{analysis}.yaml"),
    )
    found = {path.as_posix(): path for name in names for path in _files_below(Path(name))}
    return found | {WORKFLOW_README: Path("README.md")}


def _reana_files(settings: str) -> list[str]:
    """The files that submit this analysis to REANA: its settings, and the specifications that name
    them.
    """
    return [
        settings,
        *(
            path.name
            for path in Path().glob("reana*.yaml")
            if settings in path.read_text(encoding="utf-8")
        ),
    ]


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
    """Every product and record of a run except the production files. Logs contain times and paths
    of a machine: left out.
    """
    return sorted(
        name for name in (*chain.makers, *chain.jobs) if not name.startswith(f"{chain.run}/files/")
    )


def other_inputs(chain: Chain, production: Collection[ProductionFile]) -> list[str]:
    """Inputs that no job has made, below the working folder, except production files."""
    known = {file.name for file in production} | chain.makers.keys() | chain.jobs.keys()
    read = {name for job in chain.jobs.values() for name in job.inputs}
    return sorted(name for name in read - known if Path(name).is_file())


def production_files(
    chain: Chain, document: Mapping[str, Any], present: PresentState
) -> list[ProductionFile]:
    """The files that an analysis starts from, sorted by dataset and name.

    Args:
        chain: the run.
        document: the analysis file as plain values.
        present: the working folder.

    Raises:
        WollemiError: a file is missing.
    """
    made = [
        _production_file(dataset, Path(name), document, present)
        for job in chain.jobs.values()
        for name in job.outputs
        if name.startswith(f"{chain.run}/files/")
        and (dataset := job.content["options"].get("dataset")) is not None
    ]
    named = [
        _production_file(dataset, Path(file), document, present, "local")
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
    origin: str | None = None,
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
    url = urls.get(path.as_posix()) if origin is None else None
    kind = origin or ("fetched" if url else "generated")
    return ProductionFile(
        dataset, relative_name(path), path, kind, url, digest, path.stat().st_size
    )


def production_list(files: list[ProductionFile], included: bool) -> dict[str, Any]:
    """The content of `production_files.json`: each file, its public address, and its path in the
    archive.

    Args:
        files: all of them.
        included: whether they are in the archive, as far as there is a place for them.
    """
    datasets: dict[str, list[dict[str, Any]]] = {}
    for file in files:
        row = {
            "name": file.name,
            "origin": file.origin,
            "size": file.size,
            "sha256": file.sha256,
            "url": file.url,
        }
        datasets.setdefault(file.dataset, []).append(
            row | {"path": file.name if included and file.archivable else None}
        )
    return {"schema": "wollemi-production-files-1", "datasets": datasets}


def file_entries(names: Mapping[str, Path], present: PresentState) -> dict[str, Entry]:
    """Name → entry, with the checksums found by the verification."""
    return {
        name: entry_of_file(path, present.digest(path.as_posix())) for name, path in names.items()
    }
