"""From the name of a dataset to the files that are read, and what a plot of them has to say."""

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
    """What is read for a name.

    Args:
        paths: files, all alike.
        layout: how events lie in them; None to tell by the first.
        weight: of each event, or nothing.
        title: above a plot.
        mark: what must be seen on a plot: that the events were generated.
    """

    paths: list[Place]
    layout: Layout | None = None
    weight: str = ""
    title: str = ""
    mark: str = ""


def open_source(entry: Entry) -> Source:
    """What is read for a dataset of a catalogue; a sample is generated if that has not been done.

    Raises:
        UnreachableError: its record is on a server that does not answer.
        WollemiError: it has no files that can be read.
    """
    dataset = entry.dataset
    if dataset.generate is not None:
        # Not at the top: others need no generator.
        from wollemi_interactive.catalogue.generated import make_sample

        paths: list[Place] = [make_sample(entry.name, dataset.generate)]
    else:
        paths = [_place(entry.name, file) for file in wanted_files(entry)]
    mark = GENERATED if dataset.generate is not None else ""
    return Source(paths, _layout(dataset), dataset.weight or "", _title(dataset), mark)


def open_record(number: int) -> Source:
    """What is read for a record of CERN Open Data.

    Raises:
        UnreachableError: the portal does not answer.
        WollemiError: there is no such record, or it has no ROOT files to read.
    """
    record = read_record(number)
    paths = [_place(f"opendata_{number}", file) for file in _record_files(record)]
    told = ", ".join(filter(None, (record.kind, record.energy, f"CERN Open Data {number}")))
    return Source(paths, title=f"{_shortened(record.title)} ({told})")


def open_address(url: str) -> Source:
    """What is read for an address."""
    return Source([RemoteFile(url)])


def wanted_files(entry: Entry) -> list[WantedFile]:
    """The files of a dataset, with what its catalogue or its record knows of them; patterns are
    those that are there.

    Raises:
        WollemiError: a pattern matches nothing.
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
    """Where a file is read: its fetched copy, the local file, or parts of the remote file.

    Raises:
        WollemiError: a local file is missing, or has another size or checksum.
    """
    if is_remote(file.path):
        remote = RemoteFile(file.path, file.size, file.sha256 or file.adler32)
        return intact_copy(file) or remote
    path = Path(file.path)
    if not path.is_file():
        raise WollemiError(name, f"{path} is not there", "correct the catalogue")
    check_local(file)
    return path


def _layout(dataset: KnownDataset) -> Layout | None:
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
