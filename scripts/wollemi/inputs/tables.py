"""Reading events of tables: CSV and Parquet files. A new format needs a class with the methods of
`TableEvents` and a line in `TABLES`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import awkward as ak

from wollemi.inputs.batches import STEP
from wollemi.inputs.leaves import MISSING, OBJECTS, Leaf, leaves_of, numbers
from wollemi.inputs.root_trees import read_head, unreadable
from wollemi_likelihood.base.errors import WollemiError, counted

Sizes = Mapping[str, tuple[int, int, int]]
_LIST = re.compile(r"(?:large_|fixed_size_)?list<")


class TableEvents(Protocol):
    """An open table of events."""

    names: list[str]  # columns as named in the file
    entries: int  # number of events

    def clusters(self) -> list[int]:
        """First events of the parts of the file that can be read separately."""

    def types(self) -> Mapping[str, str]:
        """Column → type, for display."""

    def sizes(self) -> Sizes:
        """Column → compressed and uncompressed bytes and number of chunks; empty if the format does
        not record them.
        """

    def batches(self, branches: Sequence[str], start: int, stop: int) -> Iterator[ak.Array]:
        """Columns of the events from `start` to before `stop`, as records (events,); at least one
        batch, which may be empty.

        Raises:
            WollemiError: The file is damaged, or a value is missing.
        """


class CsvEvents:
    """Events of a CSV file, which is read completely.

    Args:
        path: Path of the file, for errors.
        table: Arrow table of the complete file.
    """

    def __init__(self, path: Path, table: Any):
        self._path = path
        self._table = table
        self.names: list[str] = table.column_names
        self.entries: int = table.num_rows

    def clusters(self) -> list[int]:
        """Empty: a text file is read completely."""
        return []

    def types(self) -> dict[str, str]:
        """Column → type."""
        return {field.name: str(field.type) for field in self._table.schema}

    def sizes(self) -> Sizes:
        """Empty: lines of text do not record column sizes."""
        return {}

    def batches(self, branches: Sequence[str], start: int, stop: int) -> Iterator[ak.Array]:
        """Columns of the events from `start` to before `stop`, as records (events,); one batch.

        Raises:
            WollemiError: A value is missing.
        """
        yield complete(self._path, self._table.select(list(branches)))[start:stop]


class ParquetFileEvents:
    """Events of a Parquet file; jagged columns are lists.

    Args:
        path: Path of the file, for errors.
        file: File as opened by pyarrow.
    """

    def __init__(self, path: Path, file: Any):
        self._path = path
        self._file = file
        self._leaves = _leaves(file.schema_arrow)
        self.names: list[str] = list(self._leaves)
        self.entries: int = file.metadata.num_rows

    def clusters(self) -> list[int]:
        """First events of the row groups."""
        groups = range(self._file.num_row_groups)
        sizes = [self._file.metadata.row_group(group).num_rows for group in groups]
        return list(accumulate(sizes, initial=0))

    def types(self) -> dict[str, str]:
        """Column → type."""
        return {name: leaf.kind for name, leaf in self._leaves.items()}

    def sizes(self) -> Sizes:
        """Column → compressed and uncompressed bytes and number of chunks; numbers in records have
        the sizes of the complete column.
        """
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
        return {name: sizes[leaf.branch] for name, leaf in self._leaves.items() if sizes}

    def batches(self, branches: Sequence[str], start: int, stop: int) -> Iterator[ak.Array]:
        """Columns of the events from `start` to before `stop`, as records (events,), in complete
        row groups; at least one batch.

        Raises:
            WollemiError: The file is damaged, or a value is missing.
        """
        self._require_readable(branches)
        first, empty = 0, True
        for group in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            if first < stop and first + rows > start:
                for batch in self._read_group(branches, group, start - first, stop - first):
                    yield batch
                    empty = False
            first += rows
        if empty:
            yield self._numbers(branches, self._file.schema_arrow.empty_table())

    def _read_group(
        self, branches: Sequence[str], group: int, start: int, stop: int
    ) -> Iterator[ak.Array]:
        first = 0
        try:
            for rows in self._tables(list(self._columns(branches)), group):
                low, high = max(start - first, 0), min(stop - first, len(rows))
                if low < high:
                    yield self._numbers(branches, rows)[low:high]
                first += len(rows)
        except (OSError, KeyError, ValueError, ArithmeticError) as error:
            raise unreadable(self._path, error) from error

    def _columns(self, branches: Sequence[str]) -> dict[str, None]:
        """Columns that contain the names, in the order of the names."""
        return {self._leaves[name].branch: None for name in branches}

    def _numbers(self, branches: Sequence[str], rows: Any) -> ak.Array:
        """Rows as records (events,) under the names, with the numbers extracted from records."""
        inside = {name: leaf for name in branches if (leaf := self._leaves[name]).fields}
        flat = [name for name in branches if name not in inside]
        found = complete(self._path, rows.select(flat))
        if not inside:
            return found
        records = ak.from_arrow(rows.select(list(self._columns(list(inside)))))
        columns = {name: found[name].layout for name in flat}
        for name, leaf in inside.items():
            columns[name], missing = numbers(records[(leaf.branch, *leaf.fields)].layout)
            _require_all(self._path, name, missing)
        return ak.Array(
            ak.contents.RecordArray([columns[name] for name in branches], branches, len(rows))
        )

    def _require_readable(self, branches: Sequence[str]) -> None:
        """Refuse columns of types unknown to awkward, such as maps."""
        for name in branches:
            kind = self._leaves[name].kind
            # Not for every list of numbers: an empty table imports pandas.
            if "<" not in _LIST.sub("", kind):
                continue
            try:
                empty = self._file.schema_arrow.empty_table()
                ak.from_arrow(empty.select([self._leaves[name].branch]))
            except NotImplementedError as error:
                problem = f"'{name}' is of type {kind}, which cannot be read as numbers"
                raise WollemiError(str(self._path), problem, OBJECTS) from error

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
        path: Path of the file, for the error.
        rows: Table or record batch.

    Raises:
        WollemiError: A value is missing.
    """
    for name in rows.schema.names:
        missing = sum(map(_missing, getattr(rows.column(name), "chunks", [rows.column(name)])))
        _require_all(path, name, missing)
    return ak.transform(_without_options, ak.from_arrow(rows))


def _require_all(path: Path, name: str, missing: int) -> None:
    if missing:
        raise WollemiError(str(path), f"lacks {counted(missing, 'value')} of '{name}'", MISSING)


def _leaves(schema: Any) -> dict[str, Leaf]:
    """Names of the numbers in an Arrow schema, also inside records."""
    leaves: dict[str, Leaf] = {}
    for field in schema:
        kind = str(field.type)
        if "struct<" in kind:
            empty = schema.empty_table().select([field.name])
            leaves |= leaves_of(field.name, kind, ak.from_arrow(empty)[field.name].layout.form)
        else:
            leaves[field.name] = Leaf(field.name, (), kind)
    return leaves


def _without_options(layout: Any, **_: Any) -> Any:
    """Turn option types without missing values into plain types, at any depth."""
    return (
        ak.transform(_without_options, layout.project(), highlevel=False)
        if layout.is_option
        else None
    )


def _missing(array: Any) -> int:
    """Number of nulls in an Arrow array, at any depth."""
    import pyarrow

    kind = array.type
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        return int(array.null_count) + _missing(array.flatten())
    return int(array.null_count)


@contextmanager
def open_csv(path: Path) -> Iterator[CsvEvents]:
    """Read a CSV file.

    Raises:
        WollemiError: The file is not a CSV table.
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
        WollemiError: The file is not Parquet.
    """
    import pyarrow.parquet

    read_head(path)
    try:
        opened = pyarrow.parquet.ParquetFile(path, page_checksum_verification=True)
    except (pyarrow.ArrowException, OSError) as error:
        raise unreadable(path, error) from error
    with opened:
        yield ParquetFileEvents(path, opened)


# Suffix → function that opens a table of events; a file with any other suffix is a ROOT file.
TABLES: Mapping[str, Callable[[Path], AbstractContextManager[TableEvents]]] = {
    ".csv": open_csv,
    ".parquet": open_parquet,
    ".pq": open_parquet,
}
