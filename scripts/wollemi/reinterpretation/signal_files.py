"""Check the event files of new signals before anything runs."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.sections import select_sections
from wollemi.analysis.view import view_of
from wollemi.inputs.event_files import count_entries, read_batches
from wollemi.inputs.schemas import Layout
from wollemi.inputs.tables import TABLES
from wollemi.loading.expand import plain_document
from wollemi.reinterpretation.checks import dataset_names
from wollemi.reinterpretation.models import NewSignal
from wollemi_likelihood.base.errors import WollemiError


def check_files(where: str, document: Mapping[str, Any], signals: Mapping[str, NewSignal]) -> None:
    """Check that event files exist, can be read, contain events, and have the branches that the
    analysis reads.

    Args:
        where: Name of the file of signals.
        document: Analysis with the new signals.
        signals: New signals by name.

    Raises:
        WollemiError: A file is not as required.
    """
    plain = plain_document(document)
    for path, dataset, files in _files(signals):
        branches = select_sections(plain, ["branches"], dataset)["branches"]
        names = [*plain.get("objects", {}), *plain.get("columns", {})]
        entries = 0
        for file in files:
            try:
                entries += _entries(
                    Path(file),
                    Layout.of(view_of(plain).datasets[dataset]),
                    branches,
                    names,
                )
            except WollemiError as error:
                raise WollemiError(
                    f"{where}: {path}", f"{file} {error.problem}", _remedy(error, branches)
                ) from None
        if not entries:
            problem = f"{', '.join(Path(file).name for file in files)}: no events in it"
            raise WollemiError(
                f"{where}: {path}", problem, "give a file of simulated events of the signal"
            )


def _files(signals: Mapping[str, NewSignal]) -> Iterator[tuple[str, str, list[str]]]:
    """Path in the file of signals, name of the dataset, and files, for each dataset made of local
    event files.
    """
    for name, signal in signals.items():
        for archived, dataset in dataset_names(name, signal).items():
            changes = (signal.datasets or {})[archived]
            files = [file for file in changes.get("files") or () if isinstance(file, str)]
            if files and "histograms" not in changes:
                yield f"{name}.datasets.{archived}.files", dataset, files


def _entries(path: Path, layout: Layout, branches: list[str], names: list[str]) -> int:
    if not path.is_file():
        raise WollemiError(
            str(path),
            "is not there",
            "check the path: it is meant from the folder of the file of signals",
        )
    next(read_batches(path, layout, branches, 0, 1, names))
    return count_entries(path, layout)


def _remedy(error: WollemiError, branches: list[str]) -> str:
    if "is not a ROOT file" in error.problem:
        return (
            f"give the events as ROOT or as a table ({', '.join(TABLES)}), with the branches of "
            "the archived simulation"
        )
    if "has no branch" not in error.problem:
        return error.remedy
    return (
        "write it into the file, or say below `names` what the file calls it; the analysis "
        f"reads {', '.join(branches)}"
    )
