"""A dataset before a run: each address of each file, and events that appear twice."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wollemi.analysis.plain.addresses import public_url, split_address
from wollemi.inputs.event_files import count_entries, read_batches
from wollemi.inputs.identifiers import COLUMNS, IdentifierFile, require_unique
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.remote_files import RemoteFile
from wollemi.inputs.remote_ranges import is_remote
from wollemi.inputs.root_trees import Place
from wollemi.inputs.schemas import Layout
from wollemi_interactive.catalogue.fetching import WantedFile, check_local
from wollemi_likelihood.base.errors import WollemiError

TWICE = "name each file once, or set repeated_numbers: true in an analysis"


@dataclass(frozen=True)
class CheckedFile:
    """One address of a file: its size in bytes and its number of events, as far as they could be
    read, and the problem; empty for none.
    """

    file: WantedFile
    size: int = 0
    events: int | None = None
    problem: str = ""

    @property
    def address(self) -> str:
        """Address without the parts that give access, or path."""
        return public_url(self.file.path) if is_remote(self.file.path) else self.file.path

    @property
    def site(self) -> str:
        """Machine that holds the file."""
        remote = is_remote(self.file.path)
        return str(split_address(self.file.path).hostname) if remote else "this machine"


def check_dataset(
    files: Sequence[Sequence[WantedFile]], layout: Layout | None, may_repeat: bool = False
) -> tuple[list[CheckedFile], int, str]:
    """Open each address of each file. Of a remote file only the needed parts are read: its size is
    compared, not its checksum.

    Args:
        files: Addresses of each file: the first one, then its replicas.
        layout: Layout of events in the files; None to guess it from each file.
        may_repeat: Whether events may have equal run, luminosity block and event number.

    Returns:
        Every address, the number of events whose numbers were compared, and a description of
        repeated ones; empty if there are none.
    """
    checked: list[CheckedFile] = []
    with tempfile.TemporaryDirectory() as folder:
        numbers = []
        for place, addresses in enumerate(files):
            looked = [_look(file, layout) for file in addresses]
            checked += looked
            good = next((item.file for item in looked if not item.problem), None)
            if good is not None and not may_repeat:
                path = Path(folder) / f"{place}.parquet"
                _write_numbers(good, layout, path)
                numbers.append(path)
        try:
            return checked, require_unique(numbers, [], TWICE), ""
        except WollemiError as error:
            return checked, 0, str(error)


def _look(file: WantedFile, layout: Layout | None) -> CheckedFile:
    size = 0
    try:
        place = _place(file)
        if isinstance(place, Path):
            check_local(file)
            size = place.stat().st_size
        else:
            size = place.size
        return CheckedFile(file, size, count_entries(place, layout or guess_layout(place)))
    except FileNotFoundError:
        return CheckedFile(file, problem="is not there")
    except WollemiError as error:
        return CheckedFile(file, size, problem=error.problem)


def _place(file: WantedFile) -> Place:
    return RemoteFile(file.path, file.size) if is_remote(file.path) else Path(file.path)


def _write_numbers(file: WantedFile, layout: Layout | None, path: Path) -> None:
    """Write the event numbers of a file, if it has any."""
    place = _place(file)
    with IdentifierFile(path) as target:
        entry = 0
        for batch in read_batches(place, layout or guess_layout(place), [], more=COLUMNS):
            target.write(str(place), entry, batch)
            entry += len(batch)
        target.finish()
