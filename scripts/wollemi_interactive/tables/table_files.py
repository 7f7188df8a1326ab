"""Flat tables as Parquet, or as an RNTuple or a TTree of ROOT, written in blocks of rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow
import pyarrow.parquet
import uproot
from numpy.typing import NDArray

from wollemi.base.whole_files import whole_file
from wollemi_likelihood.base.errors import WollemiError

NAME = "events"  # of the RNTuple or TTree
TEXTS = ("sample", "dataset")  # columns of text
ROWS = 100_000  # minimum size of a block: a row group, or a cluster
Columns = Mapping[str, Any]
Write = Callable[[Columns], None]
Objects = Mapping[str, Any]  # path in a ROOT file → object


def check_places(beside: Iterable[str], ttree: bool) -> None:
    """Raise an error for a folder in a ROOT file with the name of the table, or of a TTree's texts.

    Args:
        beside: Paths of additional objects in the file.
        ttree: Whether the file gets a TTree instead of an RNTuple.

    Raises:
        WollemiError: There is such a folder.
    """
    taken = (NAME, *(_names_of(column) for column in TEXTS if ttree))
    for folder in dict.fromkeys(path.partition("/")[0] for path in beside):
        if folder in taken:
            problem = f"'{folder}' is a region, and cannot be the table as well"
            raise WollemiError("--events", problem, "leave it out with --regions, or rename it")


def _names_of(column: str) -> str:
    return f"{column}_names"


class TableFile:
    """Collects rows, and writes them in blocks.

    Args:
        start: Function that opens the file for the columns of a first block and returns a writer.
    """

    def __init__(self, start: Callable[[Columns], Write]):
        self._start = start
        self._write: Write | None = None
        self._waiting: list[Columns] = []
        self._rows = 0

    def add(self, columns: Columns) -> None:
        """Append rows.

        Args:
            columns: Name → values, shape (rows,); the same names each time.
        """
        self._waiting.append(columns)
        self._rows += len(next(iter(columns.values())))
        if self._rows >= ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the collected rows."""
        if self._waiting and (self._rows or self._write is None):
            block = {
                name: np.concatenate([part[name] for part in self._waiting])
                for name in self._waiting[0]
            }
            self._write = self._write or self._start(block)
            self._write(block)
        self._waiting, self._rows = [], 0


@contextmanager
def open_table(
    path: Path, description: str, ttree: bool = False, beside: Objects | None = None
) -> Iterator[TableFile]:
    """A file to which rows are added; an error leaves no file.

    Args:
        path: Path with one of the suffixes `SUFFIXES`.
        description: Description kept in the file.
        ttree: Whether a ROOT file gets a TTree instead of an RNTuple.
        beside: Additional objects of a ROOT file; Parquet contains only the table.
    """
    with whole_file(path) as partial, ExitStack() as closing:
        start = _ttree if ttree else SUFFIXES[path.suffix]
        table = TableFile(lambda first: start(partial, description, first, closing, beside or {}))
        yield table
        table.flush()


def _parquet(path: Path, description: str, first: Columns, closing: ExitStack, _: Objects) -> Write:
    schema = pyarrow.table(dict(first)).schema.with_metadata({"description": description})
    options = {"compression": "zstd", "write_page_checksum": True}
    writer = closing.enter_context(pyarrow.parquet.ParquetWriter(path, schema, **options))

    def write(block: Columns) -> None:
        writer.write_table(pyarrow.table(dict(block), schema=schema), 10 * ROWS)

    return write


def _root_file(path: Path, closing: ExitStack, beside: Objects) -> Any:
    file = closing.enter_context(uproot.recreate(path))
    file.update(beside)
    return file


def _rntuple(
    path: Path, description: str, first: Columns, closing: ExitStack, beside: Objects
) -> Write:
    file = _root_file(path, closing, beside)
    table = file.mkrntuple(NAME, _records(first).layout.form, description)

    def write(block: Columns) -> None:
        records = _records(block)
        if len(records):
            table.extend(records)

    return write


def _ttree(
    path: Path, description: str, first: Columns, closing: ExitStack, beside: Objects
) -> Write:
    """Texts are written as numbers, as uproot cannot write them into a TTree; the texts are in the
    file as `<column>_names`, one per line.
    """
    file = _root_file(path, closing, beside)
    arrays = {name: np.asarray(values) for name, values in first.items()}
    names: dict[str, dict[str, int]] = {
        name: {} for name, values in arrays.items() if values.dtype.kind == "U"
    }
    types = {name: np.int32 if name in names else item.dtype for name, item in arrays.items()}
    tree = file.mktree(NAME, types, title=description)

    def write(block: Columns) -> None:
        columns = {name: np.asarray(values) for name, values in block.items()}
        for name, known in names.items():
            columns[name] = _numbered(columns[name], known)
        if len(next(iter(columns.values()))):
            tree.extend(columns)

    def write_names() -> None:
        for name, known in names.items():
            file[_names_of(name)] = "\n".join(known)

    closing.callback(write_names)  # before the file is closed
    return write


def _numbered(texts: NDArray[np.str_], known: dict[str, int]) -> NDArray[np.int32]:
    """Numbers of texts, shape (rows,); new texts are added to the known ones."""
    present, places = np.unique(texts, return_inverse=True)
    numbers = [known.setdefault(str(text), len(known)) for text in present]
    return np.array(numbers, np.int32)[places]


def _records(block: Columns) -> ak.Array:
    columns = {name: ak.from_numpy(np.asarray(values)) for name, values in block.items()}
    return ak.to_packed(ak.zip(columns, depth_limit=1))


SUFFIXES = {".parquet": _parquet, ".root": _rntuple}
