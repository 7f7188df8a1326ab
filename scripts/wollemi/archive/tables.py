"""Compare Parquet and ROOT files by column, zip files by array: equal within the tolerances, or
the first difference.
"""

import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from wollemi.archive.reading.tolerances import EVENT_TOLERANCES, tolerance_of

_TREES = ("TTree", "TNtuple", "ROOT::RNTuple")
_HISTOGRAMS = ("TH1", "TH2", "TH3")
EQUAL = "other bytes, same content within the tolerances"


def compare_tables(then: pa.Table, now: pa.Table) -> str | None:
    """The first difference of two tables; None if they are equal.

    Args:
        then: Archived table; columns may be nested lists and records.
        now: Remade table.
    """
    if not then.schema.equals(now.schema):
        return f"columns: {_columns(then)} → {_columns(now)}"
    if then.num_rows != now.num_rows:
        return f"rows: {then.num_rows} → {now.num_rows}"
    for name in then.column_names:
        found = compare_arrays(_joined(then[name]), _joined(now[name]), np.arange(then.num_rows))
        if found is not None:
            return f"column {name}, row {found[0]}: {found[1]} → {found[2]}"
    return None


def _columns(table: pa.Table) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in table.schema)


def _joined(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def compare_arrays(then: pa.Array, now: pa.Array, rows: Any) -> tuple[int, Any, Any] | None:
    """The first difference of two columns with the same type and length.

    Args:
        then: Archived column, shape (n,).
        now: Remade column, shape (n,).
        rows: Row of the table for each value, shape (n,).

    Returns:
        Row, archived value, remade value; None if the columns are equal.
    """
    missing = np.flatnonzero(_nulls(then) != _nulls(now))
    if missing.size:
        return _difference(then, now, rows, int(missing[0]))
    if (
        pa.types.is_list(then.type)
        or pa.types.is_large_list(then.type)
        or pa.types.is_fixed_size_list(then.type)
    ):
        counts = [np.asarray(array.value_lengths().fill_null(0)) for array in (then, now)]
        other = np.flatnonzero(counts[0] != counts[1])
        if other.size:
            return _difference(then, now, rows, int(other[0]))
        return compare_arrays(then.flatten(), now.flatten(), np.repeat(rows, counts[0]))
    if pa.types.is_struct(then.type):
        fields = zip(then.flatten(), now.flatten(), strict=True)
        found = [
            pair
            for first, second in fields
            if (pair := compare_arrays(first, second, rows)) is not None
        ]
        return min(found, key=lambda pair: pair[0], default=None)
    other = np.flatnonzero(~_equal_values(then, now))
    return _difference(then, now, rows, int(other[0])) if other.size else None


def _nulls(array: pa.Array) -> Any:
    return np.asarray(array.is_null())


def _difference(then: pa.Array, now: pa.Array, rows: Any, index: int) -> tuple[int, Any, Any]:
    return int(rows[index]), then[index].as_py(), now[index].as_py()


def _equal_values(then: pa.Array, now: pa.Array) -> Any:
    """Whether values are equal, shape (n,), within the tolerance of their type; NaN equals NaN."""
    first, second = (array.to_numpy(zero_copy_only=False) for array in (then, now))
    if not pa.types.is_floating(then.type):
        return np.asarray(first == second, dtype=bool)
    return np.isclose(second, first, rtol=EVENT_TOLERANCES[str(then.type)], atol=0, equal_nan=True)


def compare_parquet(then: Path, now: Path) -> str | None:
    """The first difference of two Parquet files: in their columns, then in the metadata written by
    Wollemi.
    """
    import pyarrow.parquet

    found = compare_tables(*(pyarrow.parquet.read_table(path) for path in (then, now)))
    if found is not None:
        return found
    old, new = (
        {**(pyarrow.parquet.ParquetFile(path).metadata.metadata or {})} for path in (then, now)
    )
    for key in sorted((old.keys() | new.keys()) - {b"ARROW:schema"}):
        if not _same_metadata(old.get(key, b""), new.get(key, b"")):
            return f"metadata {key.decode()}: {old.get(key)!r} → {new.get(key)!r}"
    return None


def _same_metadata(then: bytes, now: bytes) -> bool:
    """Whether two values are the same text, or equal sums."""
    try:
        return then == now or math.isclose(
            float(then), float(now), rel_tol=EVENT_TOLERANCES["double"]
        )
    except ValueError:
        return False


def compare_root(then: Path, now: Path) -> str | None:
    """The first difference of the trees and histograms of two ROOT files; other objects are
    compared by name and class only.
    """
    import uproot

    with uproot.open(then) as old, uproot.open(now) as new:
        classes = old.classnames(cycle=False), new.classnames(cycle=False)
        if classes[0] != classes[1]:
            return f"objects: {classes[0]} → {classes[1]}"
        for name, kind in classes[0].items():
            if kind.startswith("TDirectory"):
                continue
            if kind.startswith(_HISTOGRAMS):
                found = compare_histograms(old[name], new[name])
                if found is not None:
                    return f"histogram {name}, {found}"
                continue
            if kind not in _TREES:
                return f"{name}: a {kind}, which is compared by its bytes alone"
            found = compare_tables(_tree_table(old[name]), _tree_table(new[name]))
            if found is not None:
                return f"tree {name}, {found}"
    return None


def compare_histograms(then: Any, now: Any) -> str | None:
    """The first difference of two histograms of ROOT: in their edges, then in their sums.

    Args:
        then: Archived histogram, of uproot.
        now: Remade histogram, of uproot.
    """
    for number, (old, new) in enumerate(zip(then.axes, now.axes, strict=True)):
        if not np.array_equal(old.edges(), new.edges()):
            return f"axis {number}: other edges"
    for what in ("values", "variances"):
        found = compare_sums(*(getattr(item, what)(flow=True) for item in (then, now)))
        if found is not None:
            return f"{what} {found}"
    return None


def _tree_table(tree: Any) -> pa.Table:
    import awkward as ak

    names = tree.keys(recursive=False)
    return pa.table({name: ak.to_arrow(tree[name].array(), extensionarray=False) for name in names})


def compare_zip(then: Path, now: Path) -> str | None:
    """The first difference of two zip files of histograms: arrays within the tolerance of
    histograms, other files by their bytes.
    """
    with zipfile.ZipFile(then) as old, zipfile.ZipFile(now) as new:
        if old.namelist() != new.namelist():
            return f"files: {', '.join(old.namelist())} → {', '.join(new.namelist())}"
        for name in old.namelist():
            if name.endswith(".npy"):
                found = compare_sums(*(np.load(file.open(name)) for file in (old, new)))
            else:
                found = None if old.read(name) == new.read(name) else "other bytes"
            if found is not None:
                return f"{name}: {found}"
    return None


def compare_sums(then: Any, now: Any) -> str | None:
    """The first difference of two arrays of sums, relative to the largest archived sum."""
    if then.shape != now.shape:
        return f"shape: {then.shape} → {now.shape}"
    tolerance = tolerance_of("histograms/", "").relative
    other = np.argwhere(np.abs(now - then) > tolerance * np.max(np.abs(then), initial=0))
    if not other.size:
        return None
    place = tuple(other[0].tolist())
    return f"{list(place)}: {then[place]} → {now[place]}"


def compare_files(pairs: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, tuple[bool, str]]]:
    """Whether two files are equal, and their first difference, by name."""
    for name, (then, now) in pairs.items():
        compare = _COMPARISONS.get(Path(name).suffix, compare_root)
        try:
            found = compare(Path(then), Path(now))
        except Exception as error:  # neither library has a common error for unreadable files
            found = f"cannot be compared: {type(error).__name__}: {str(error)[:200]}"
        yield name, (found is None, found or EQUAL)


_COMPARISONS = {".parquet": compare_parquet, ".zip": compare_zip}
