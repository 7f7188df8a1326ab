"""Flat tables as Parquet or as an RNTuple of ROOT, written in blocks of rows."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow
import pyarrow.parquet
import uproot

from wollemi.base.whole_files import whole_file

NAME = "events"  # of the RNTuple
ROWS = 100_000  # of a block, at least: a row group, or a cluster
Columns = Mapping[str, Any]
Write = Callable[[Columns], None]


class TableFile:
    """Collects rows, and writes them in blocks.

    Args:
        start: opens the file with the columns of its first block, and returns what writes one.
    """

    def __init__(self, start: Callable[[Columns], Write]):
        self._start = start
        self._write: Write | None = None
        self._waiting: list[Columns] = []
        self._rows = 0

    def add(self, columns: Columns) -> None:
        """Append rows.

        Args:
            columns: name → values (rows,), the same names each time.
        """
        self._waiting.append(columns)
        self._rows += len(next(iter(columns.values())))
        if self._rows >= ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait."""
        if self._waiting and (self._rows or self._write is None):
            block = {
                name: np.concatenate([part[name] for part in self._waiting])
                for name in self._waiting[0]
            }
            self._write = self._write or self._start(block)
            self._write(block)
        self._waiting, self._rows = [], 0


@contextmanager
def open_table(path: Path, description: str) -> Iterator[TableFile]:
    """A file to add rows to; an error leaves none.

    Args:
        path: with a suffix of `SUFFIXES`.
        description: what it is, kept in the file.
    """
    with whole_file(path) as partial, ExitStack() as closing:
        start = SUFFIXES[path.suffix]
        table = TableFile(lambda first: start(partial, description, first, closing))
        yield table
        table.flush()


def _parquet(path: Path, description: str, first: Columns, closing: ExitStack) -> Write:
    schema = pyarrow.table(dict(first)).schema.with_metadata({"description": description})
    options = {"compression": "zstd", "write_page_checksum": True}
    writer = closing.enter_context(pyarrow.parquet.ParquetWriter(path, schema, **options))

    def write(block: Columns) -> None:
        writer.write_table(pyarrow.table(dict(block), schema=schema), 10 * ROWS)

    return write


def _rntuple(path: Path, description: str, first: Columns, closing: ExitStack) -> Write:
    file = closing.enter_context(uproot.recreate(path))
    table = file.mkrntuple(NAME, _records(first).layout.form, description)

    def write(block: Columns) -> None:
        records = _records(block)
        if len(records):
            table.extend(records)

    return write


def _records(block: Columns) -> ak.Array:
    columns = {name: ak.from_numpy(np.asarray(values)) for name, values in block.items()}
    return ak.to_packed(ak.zip(columns, depth_limit=1))


SUFFIXES = {".parquet": _parquet, ".root": _rntuple}
