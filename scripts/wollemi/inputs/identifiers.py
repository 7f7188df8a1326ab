"""Event numbers of a dataset: run, luminosity block and event, with a search for duplicates. If a
dataset uses only some events of its files, only these are compared.

Each part stores the numbers of its events in the order of its files, about two bytes per event.
Duplicates are searched among hashes, a bounded number at a time; for equal hashes, the numbers
themselves are compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from wollemi.inputs.root_trees import unreadable
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    import awkward as ak

COLUMNS = ("run", "luminosityBlock", "event")
TAKEN = "taken"  # whether the dataset uses an event of its files
AT_ONCE = 16_000_000  # hashes in memory: 128 MB, and as much again to concatenate them
SHOWN = 1000  # repeated events whose places are looked up
Numbers = NDArray[np.int64]


class IdentifierFile:
    """Writer of event numbers to Parquet, batch by batch. Equal events give equal bytes.

    A context manager, like `ParquetEvents`.

    Args:
        path: Path of the file to write.
        is_part: Whether the dataset uses only some events; `take` then follows each `write`.
    """

    def __init__(self, path: Path, is_part: bool = False):
        import pyarrow
        import pyarrow.parquet

        columns = [(name, pyarrow.int64()) for name in COLUMNS]
        more = [(TAKEN, pyarrow.bool_())] if is_part else []
        self._schema = pyarrow.schema([*columns, *more])
        self._is_part, self._pending = is_part, list[Any]()
        encoding = dict.fromkeys(COLUMNS, "DELTA_BINARY_PACKED")
        options: dict[str, Any] = {
            "compression": "zstd",
            "use_dictionary": False,
            "column_encoding": encoding,
        }
        self._writer = pyarrow.parquet.ParquetWriter(
            path, self._schema, write_page_checksum=True, **options
        )
        self._files: dict[str, dict[str, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, where: str, entry: int, batch: ak.Array) -> None:
        """Append the numbers of a batch, if present; a missing luminosity block counts as 0.

        Args:
            where: File of the batch.
            entry: Entry of the first event in the file.
            batch: Records (events,).
        """
        if not {"run", "event"} <= set(batch.fields) or len(batch) == 0:
            return
        blocks = (
            batch["luminosityBlock"] if "luminosityBlock" in batch.fields else np.zeros(len(batch))
        )
        columns = [_as_int64(values) for values in (batch["run"], blocks, batch["event"])]
        self._files.setdefault(where, {"first": entry, "events": 0})["events"] += len(batch)
        self._pending = list(map(_arrow, columns))
        if not self._is_part:
            self._write()

    def take(self, flags: NDArray[np.bool_]) -> None:
        """Mark the events of the last written batch that the dataset uses.

        Args:
            flags: Flags of used events, shape (events,).
        """
        import pyarrow

        if self._pending:
            bits = pyarrow.py_buffer(np.packbits(flags, bitorder="little"))
            taken = pyarrow.Array.from_buffers(pyarrow.bool_(), len(flags), [None, bits])
            self._pending.append(taken)
            self._write()

    def _write(self) -> None:
        import pyarrow

        table = pyarrow.Table.from_arrays(self._pending, schema=self._schema)
        self._writer.write_table(table, row_group_size=table.num_rows)
        self._pending = []

    def finish(self) -> None:
        """Add the names of the event files and their numbers of events."""
        self._writer.add_key_value_metadata({"files": json.dumps(self._files)})


def _arrow(values: Numbers) -> Any:
    """Convert to an Arrow array without its generic constructors, which import pandas, as slow as a
    small job.
    """
    import pyarrow

    buffer = pyarrow.py_buffer(np.ascontiguousarray(values))
    return pyarrow.Array.from_buffers(pyarrow.int64(), len(values), [None, buffer])


def _as_int64(values: Any) -> Numbers:
    """Convert to int64; unsigned 64-bit integers keep their bits."""
    array = np.asarray(values)
    return array.view(np.int64) if array.dtype == np.uint64 else array.astype(np.int64)


@dataclass(frozen=True)
class Repeated:
    """Events that appear more than once.

    Args:
        events: Number of events in excess.
        numbers: Run, luminosity block and event number of one of them.
        places: File and entry of each occurrence.
    """

    events: int
    numbers: tuple[int, int, int]
    places: tuple[tuple[str, int], ...]


def count_identifiers(paths: Sequence[Path]) -> int:
    """Number of events with known numbers."""
    return sum(_open(path).metadata.num_rows for path in paths)


def count_taken(paths: Sequence[Path]) -> int:
    """Number of these events that the dataset uses."""
    return sum(len(rows) for path in paths for rows, _ in _read(path))


def find_repeated(paths: Sequence[Path]) -> Repeated | None:
    """Find events that appear more than once.

    Args:
        paths: Files of `IdentifierFile`.

    Returns:
        Repeated events; None if each event appears once.
    """
    slices = -(-count_identifiers(paths) // AT_ONCE)
    repeated = np.concatenate(
        [
            np.zeros(0, np.uint64),
            *(_repeated_hashes(paths, index, slices) for index in range(slices)),
        ]
    )
    if not repeated.size:
        return None
    places: dict[tuple[int, int, int], list[tuple[str, int]]] = {}
    wanted = np.unique(repeated)[:SHOWN]
    for path in paths:
        for rows, numbers in _read(path):
            for place in np.flatnonzero(np.isin(event_hashes(numbers), wanted)).tolist():
                run, block, event = (int(value) for value in numbers[place])
                row = int(rows[place])
                places.setdefault((run, block, event), []).append((str(path), row))
    found = {event: there for event, there in places.items() if len(there) > 1}
    if not found:
        return None  # equal hashes of different events
    event_numbers, there = next(iter(found.items()))
    return Repeated(
        int(repeated.size), event_numbers, tuple(_place(Path(path), row) for path, row in there)
    )


def event_hashes(numbers: Numbers) -> NDArray[np.uint64]:
    """64-bit hash of each event, by the mixing function of SplitMix64 (Steele, Lea, Flood, OOPSLA
    2014).

    Args:
        numbers: Run, luminosity block, event number, shape (events, 3).
    """
    state = np.zeros(len(numbers), np.uint64)
    for column in range(3):
        state = mixed(state + numbers[:, column].view(np.uint64) + np.uint64(0x9E3779B97F4A7C15))
    return state


def mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Apply the mixing function of SplitMix64 to 64-bit numbers: each result depends on all bits of
    its input.
    """
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def _repeated_hashes(paths: Sequence[Path], index: int, slices: int) -> NDArray[np.uint64]:
    """Repeated hashes in one slice, each listed once per excess occurrence."""
    hashes = (event_hashes(numbers) for path in paths for _, numbers in _read(path))
    parts = [part if slices == 1 else part[part % np.uint64(slices) == index] for part in hashes]
    found = np.sort(np.concatenate(parts))
    repeated: NDArray[np.uint64] = found[1:][found[1:] == found[:-1]]
    return repeated


def _read(path: Path) -> Iterator[tuple[Numbers, Numbers]]:
    """Rows and numbers (events, 3) of the events that the dataset uses, in batches of rows."""
    first = 0
    file = _open(path)
    try:
        for rows in file.iter_batches(1_000_000):
            numbers = np.stack([np.from_dlpack(rows.column(name)) for name in COLUMNS], axis=1)
            places = np.arange(first, first + rows.num_rows)
            if TAKEN in rows.schema.names:
                kept = _flags(rows.column(TAKEN))
                numbers, places = numbers[kept], places[kept]
            yield places, numbers
            first += rows.num_rows
    except (OSError, KeyError, ValueError) as error:
        raise unreadable(path, error) from error


def _flags(column: Any) -> NDArray[np.bool_]:
    """Truth values of an Arrow array, without pandas."""
    first, bits = column.offset, np.frombuffer(column.buffers()[1], np.uint8)
    flags = np.unpackbits(bits, bitorder="little")[first : first + len(column)]
    return flags.astype(bool)


def _open(path: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path, page_checksum_verification=True)
    except (pyarrow.ArrowException, OSError) as error:
        raise unreadable(path, error) from error


def _place(path: Path, row: int) -> tuple[str, int]:
    """File and entry of a row."""
    files: Mapping[str, Mapping[str, int]] = json.loads(_open(path).metadata.metadata[b"files"])
    for name, item in files.items():
        if row < item["events"]:
            return name, item["first"] + row
        row -= item["events"]
    raise IndexError(row)


def require_unique(own: Sequence[Path], others: Sequence[Path], remedy: str) -> int:
    """Require that each event appears only once.

    Args:
        own: Files of `IdentifierFile`.
        others: Further files; the events of `own` must not appear in them either.
        remedy: Remedy for the error.

    Returns:
        Number of events of `own` compared.

    Raises:
        WollemiError: An event appears more than once.
    """
    found = find_repeated([*others, *own])
    if found is not None:
        run, block, event = found.numbers
        (first, entry), (second, other) = found.places[:2]
        where = (
            f"entries {entry} and {other}"
            if first == second
            else f"entry {entry}, and in {second}, entry {other}"
        )
        problem = (
            f"has run {run}, luminosity block {block}, event {event} in {where}; {found.events} "
            "such repetitions"
        )
        raise WollemiError(first, problem, remedy)
    return count_taken(own)
