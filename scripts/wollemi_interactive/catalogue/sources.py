"""From the name of a dataset to its files, and to the title and mark of a plot."""

from collections.abc import Iterator
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path

from wollemi.inputs.remote_files import RemoteFile
from wollemi.inputs.remote_ranges import is_remote
from wollemi.inputs.root_trees import Place
from wollemi.inputs.schemas import Layout
from wollemi_interactive.catalogue.fetching import WantedFile, check_local, intact_copy
from wollemi_interactive.catalogue.lookup import Entry
from wollemi_interactive.catalogue.models import KnownDataset, KnownFile
from wollemi_interactive.catalogue.open_data import Record, read_record, record_number
from wollemi_likelihood.base.errors import WollemiError

GENERATED = "generated on this machine, not data"


@dataclass(frozen=True)
class Source:
    """Events to read for a name.

    Args:
        paths: Files, all with the same layout.
        layout: Layout of events in the files; None to guess it from the first file.
        weight: Weight of each event; empty for none.
        title: Title of a plot.
        mark: Mark required on a plot: that the events were generated.
    """

    paths: list[Place]
    layout: Layout | None = None
    weight: str = ""
    title: str = ""
    mark: str = ""


def open_source(entry: Entry) -> Source:
    """The source of a dataset of a catalogue; a sample is generated if it does not exist yet.

    Raises:
        UnreachableError: The record is on a server that does not answer.
        WollemiError: The dataset has no readable files.
    """
    dataset = entry.dataset
    if dataset.generate is not None:
        # Imported here, because only generated samples need the generator.
        from wollemi_interactive.catalogue.generated import make_sample

        paths: list[Place] = [make_sample(entry.name, dataset.generate)]
    else:
        paths = [_place(entry.name, file) for file in wanted_files(entry)]
    mark = GENERATED if dataset.generate is not None else ""
    return Source(paths, known_layout(dataset), dataset.weight or "", _title(dataset), mark)


def open_record(number: int) -> Source:
    """The source of a record of CERN Open Data.

    Raises:
        UnreachableError: The portal does not answer.
        WollemiError: The record does not exist, or has no readable ROOT files.
    """
    record = read_record(number)
    paths = [_place(f"opendata_{number}", file) for file in _record_files(record)]
    details = ", ".join(filter(None, (record.kind, record.energy, f"CERN Open Data {number}")))
    return Source(paths, title=f"{_shortened(record.title)} ({details})")


def open_address(url: str) -> Source:
    """The source of an address."""
    return Source([RemoteFile(url)])


def files_of_address(text: str) -> list[WantedFile]:
    """The files of a record of CERN Open Data, or the one of an address; none for other texts.

    Raises:
        UnreachableError: The portal does not answer.
        WollemiError: The record does not exist, or has no readable ROOT files.
    """
    number = record_number(text)
    if number is not None:
        return _record_files(read_record(number))
    return [WantedFile(text)] if is_remote(text) else []


def wanted_files(entry: Entry) -> list[WantedFile]:
    """The files of a dataset with their sizes and checksums in its catalogue or record; patterns
    give the files that exist.

    Raises:
        WollemiError: A pattern matches nothing.
    """
    dataset = entry.dataset
    number = record_number(dataset.record or "")
    if number is not None:
        return _record_files(read_record(number))
    return [found for file in dataset.files or () for found in _matches(entry, file)]


def _record_files(record: Record) -> list[WantedFile]:
    return [WantedFile(file.url, file.size, adler32=file.adler32) for file in record.files]


def _matches(entry: Entry, file: str | KnownFile) -> Iterator[WantedFile]:
    known = KnownFile(path=file) if isinstance(file, str) else file
    if is_remote(known.path):
        yield WantedFile(known.path, known.size or 0, known.sha256 or "", known.adler32 or "")
        return
    path = entry.folder / known.path
    if not has_magic(known.path):
        yield WantedFile(str(path), known.size or 0, known.sha256 or "", known.adler32 or "")
        return
    found = sorted(entry.folder.glob(known.path))
    if not found:
        raise WollemiError(
            entry.name,
            f"no file matches {path}",
            "correct the pattern in the catalogue, or put the files there",
        )
    yield from (WantedFile(str(item)) for item in found)


def _place(name: str, file: WantedFile) -> Place:
    """Place where a file is read: its fetched copy, the local file, or parts of the remote file.

    Raises:
        WollemiError: A local file is missing, or its size or checksum is wrong.
    """
    if is_remote(file.path):
        remote = RemoteFile(file.path, file.size, file.sha256 or file.adler32)
        return intact_copy(file) or remote
    path = Path(file.path)
    if not path.is_file():
        raise WollemiError(name, f"{path} is not there", "correct the catalogue")
    check_local(file)
    return path


def known_layout(dataset: KnownDataset) -> Layout | None:
    """Layout of events that a catalogue declares; None to guess it."""
    if dataset.event_schema is None and dataset.tree is None and not dataset.names:
        return None
    return Layout(
        dataset.event_schema or "ntuple",
        dataset.tree,
        dataset.energy_unit or "GeV",
        dataset.names,
    )


def _title(dataset: KnownDataset) -> str:
    energy = f"{dataset.center_of_mass_tev:g} TeV" if dataset.center_of_mass_tev else ""
    return f"{dataset.title} ({', '.join(filter(None, (dataset.kind, energy)))})"


def _shortened(text: str, most: int = 70) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
