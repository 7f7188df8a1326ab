"""The file of the events that pass a skim."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import awkward as ak

from wollemi.inputs.tables import open_parquet


def size_of_skim(path: Path) -> tuple[int, int]:
    """Numbers of columns and events in a file of `ParquetEvents`."""
    with open_parquet(path) as file:
        return len(file.names), file.entries


class ParquetEvents:
    """Writer of batches of events as row groups of one Parquet file, with checksums for its pages.
    Equal events give equal bytes.

    A context manager: an unfinished file can be written again.

    Sums over batches thus add the same groups of events before and after a skim, to the last bit.

    Args:
        path: Path of the file to write.
    """

    def __init__(self, path: Path):
        self._path = path
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, batch: ak.Array) -> None:
        """Append a batch; empty ones are dropped once the columns are known."""
        if self._writer is not None and len(batch) == 0:
            return
        table = ak.to_arrow_table(
            ak.to_packed(batch), list_to32=True, string_to32=True, extensionarray=False
        )
        if self._writer is None:
            self._writer = _parquet_writer(self._path, table.schema)
        self._writer.write_table(table, row_group_size=max(len(batch), 1))

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Add the metadata that are known only at the end of the file."""
        import pyarrow

        if self._writer is None:  # no file could be read, so the columns are unknown
            self._writer = _parquet_writer(self._path, pyarrow.schema([]))
        self._writer.add_key_value_metadata(dict(metadata))


def _parquet_writer(path: Path, schema: Any) -> Any:
    """Writer with byte-stream split for floats: better compression in half the time."""
    import pyarrow.parquet
    from pyarrow import types

    kinds = {field.name: field.type for field in schema}
    leaves = {
        f"{name}.list.element" if types.is_list(kind) else name: getattr(kind, "value_type", kind)
        for name, kind in kinds.items()
    }
    floats = [
        leaf for leaf, kind in leaves.items() if types.is_float32(kind) or types.is_float64(kind)
    ]
    options: dict[str, Any] = {
        "compression": "zstd",
        "use_dictionary": False,
        "write_page_checksum": True,
    }
    return pyarrow.parquet.ParquetWriter(
        path, schema, use_byte_stream_split=floats or False, **options
    )
