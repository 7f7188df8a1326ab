"""Reading events of tables: CSV and Parquet files. A new format needs a class with the methods of
`TableEvents`, and a line in `TABLES`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import awkward as ak

from wollemi.base.errors import WollemiError
from wollemi.inputs.batches import STEP
from wollemi.inputs.root_trees import read_head, unreadable

Sizes = Mapping[str, tuple[int, int, int]]


class TableEvents(Protocol):
    """An open table of events."""

    names: list[str]  # of the columns, as the file has them
    entries: int  # number of events

    def clusters(self) -> list[int]:
        """Events at which parts of the file begin that can be read apart."""

    def types(self) -> Mapping[str, str]:
        """Column → type, for people."""

    def sizes(self) -> Sizes:
        """Column → compressed and uncompressed bytes, and number of chunks; empty if the format
        does not record them.
        """

    def batches(self, branches: Sequence[str], start: int, stop: int) -> Iterator[ak.Array]:
        """Columns of the events from `start` to before `stop`, as records (events,); at least one
        batch, which may be empty.

        Raises:
            WollemiError: the file is damaged, or a value is missing.
        """


class CsvEvents:
    """Events of a CSV file, which is read whole.

    Args:
        path: the file, for errors.
        table: Arrow table of the whole file.
    """

    def __init__(self, path: Path, table: Any):
        self._path = path
        self._table = table
        self.names: list[str] = table.column_names
        self.entries: int = table.num_rows

    def clusters(self) -> list[int]:
        """None: a file of text is read whole."""
        return []

    def types(self) -> dict[str, str]:
        """Column → type."""
        return {field.name: str(field.type) for field in self._table.schema}

    def sizes(self) -> Sizes:
        """Empty: a line of text has no columns."""
        return {}

    def batches(self, branches: Sequence[str], start: int, stop: int) -> Iterator[ak.Array]:
        """Columns of the events from `start` to before `stop`, as records (events,); one batch.

        Raises:
            WollemiError: a value is missing.
        """
        yield complete(self._path, self._table.select(list(branches)))[start:stop]


class ParquetFileEvents:
    """Events of a Parquet file; jagged columns are lists.

    Args:
        path: the file, for errors.
        file: what pyarrow has opened.
    """

    def __init__(self, path: Path, file: Any):
        self._path = path
        self._file = file
        self.names: list[str] = file.schema_arrow.names
        self.entries: int = file.metadata.num_rows

    def clusters(self) -> list[int]:
        """First events of the row groups."""
        groups = range(self._file.num_row_groups)
        sizes = [self._file.metadata.row_group(group).num_rows for group in groups]
        return list(accumulate(sizes, initial=0))

    def types(self) -> dict[str, str]:
        """Column → type."""
        return {field.name: str(field.type) for field in self._file.schema_arrow}

    def sizes(self) -> Sizes:
        """Column → compressed and uncompressed bytes, and number of chunks."""
        sizes: dict[str, tuple[int, int, int]] = {}
        metadata = self._file.metadata
        for group in range(metadata.num_row_groups):
            for column in map(metadata.row_group(group).column, range(metadata.num_columns)):
                name = column.path_in_schema.partition(".")[0]
                stored, read, chunks = sizes.get(name, (0, 0, 0))
                sizes[name] = (
                    stored + column.total_compressed_size,
                    read + column.total_uncompressed_size,
                    chunks + 1,
                )
        return sizes

    def batches(self, branches: Sequence[str], start: int, stop: int) -> Iterator[ak.Array]:
        """Columns of the events from `start` to before `stop`, as records (events,), in whole row
        groups; at least one batch.

        Raises:
            WollemiError: the file is damaged, or a value is missing.
        """
        first, empty = 0, True
        for group in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            if first < stop and first + rows > start:
                for batch in self._read_group(branches, group, start - first, stop - first):
                    yield batch
                    empty = False
            first += rows
        if empty:
            yield ak.from_arrow(self._file.schema_arrow.empty_table().select(list(branches)))

    def _read_group(
        self, branches: Sequence[str], group: int, start: int, stop: int
    ) -> Iterator[ak.Array]:
        first = 0
        try:
            for rows in self._tables(list(branches), group):
                low, high = max(start - first, 0), min(stop - first, len(rows))
                if low < high:
                    yield complete(self._path, rows)[low:high]
                first += len(rows)
        except (OSError, KeyError, ValueError, ArithmeticError) as error:
            raise unreadable(self._path, error) from error

    def _tables(self, columns: list[str], group: int) -> Iterable[Any]:
        """Read a row group at once, which is faster, or a large one in steps; without threads, as a
        job has one core.
        """
        if self._file.metadata.row_group(group).num_rows <= STEP:
            return [self._file.read_row_group(group, columns, use_threads=False).combine_chunks()]
        steps: Iterable[Any] = self._file.iter_batches(
            STEP, row_groups=[group], columns=columns, use_threads=False
        )
        return steps


def complete(path: Path, rows: Any) -> ak.Array:
    """Rows of an Arrow table as records (events,).

    Args:
        path: the file they are from, for the error.
        rows: table or record batch.

    Raises:
        WollemiError: a value is missing.
    """
    for name in rows.schema.names:
        if missing := sum(map(_missing, getattr(rows.column(name), "chunks", [rows.column(name)]))):
            problem = f"{missing} values of '{name}' are missing"
            raise WollemiError(str(path), problem, "write a number for each, such as 0")
    return ak.transform(_without_options, ak.from_arrow(rows))


def _without_options(layout: Any, **_: Any) -> Any:
    """Turn option types without missing values into plain types, at any depth."""
    return (
        ak.transform(_without_options, layout.project(), highlevel=False)
        if layout.is_option
        else None
    )


def _missing(array: Any) -> int:
    """Nulls of an Arrow array, at any depth."""
    import pyarrow

    kind = array.type
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        return int(array.null_count) + _missing(array.flatten())
    return int(array.null_count)


@contextmanager
def open_csv(path: Path) -> Iterator[CsvEvents]:
    """Read a CSV file.

    Raises:
        WollemiError: it is none.
    """
    import pyarrow
    import pyarrow.csv

    read_head(path)
    try:
        table = pyarrow.csv.read_csv(path)
    except pyarrow.ArrowInvalid as error:
        problem = f"is no CSV table ({str(error).splitlines()[0]})"
        raise WollemiError(str(path), problem, "check or fetch the file again") from error
    yield CsvEvents(path, table)


@contextmanager
def open_parquet(path: Path) -> Iterator[ParquetFileEvents]:
    """Open a Parquet file.

    Raises:
        WollemiError: it is none.
    """
    import pyarrow.parquet

    read_head(path)
    try:
        opened = pyarrow.parquet.ParquetFile(path, page_checksum_verification=True)
    except (pyarrow.ArrowException, OSError) as error:
        raise unreadable(path, error) from error
    with opened:
        yield ParquetFileEvents(path, opened)


# Suffix → what opens a table of events; a file of any other is a ROOT file.
TABLES: Mapping[str, Callable[[Path], AbstractContextManager[TableEvents]]] = {
    ".csv": open_csv,
    ".parquet": open_parquet,
    ".pq": open_parquet,
}
