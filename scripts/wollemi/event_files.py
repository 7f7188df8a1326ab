"""Reading events of ROOT, CSV and Parquet files in batches, and writing Parquet; what is wrong with a file is said plainly."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import awkward as ak

from wollemi.errors import WollemiError
from wollemi.expressions import did_you_mean

STEP = 200_000  # events read at once: 376 MB with sixteen jagged branches (DESIGN: scale)


def read_batches(
    path: Path,
    tree: str | None,
    branches: Sequence[str],
    start: int = 0,
    stop: int | None = None,
    names: Sequence[str] = (),
) -> Iterator[ak.Array]:
    """Read events of a file; at least one batch, which may be empty.

    Args:
        path: a ROOT file (`tree` given), a CSV file or a Parquet file.
        tree: name of the TTree.
        branches: branches to read; all must exist.
        start: first event.
        stop: event after the last one; none: to the end.
        names: what else a misspelled branch may have meant.

    Yields:
        Record arrays (events,) with the branches as fields.

    Raises:
        WollemiError: the file cannot be read, or lacks the tree or a branch.
    """
    if path.suffix == ".csv":
        yield _read_csv(path, branches, names)[start:stop]
    elif path.suffix == ".parquet":
        yield from _read_parquet(path, branches)
    else:
        yield from _read_root(path, tree, branches, start, stop, names)


def count_entries(path: Path, tree: str | None) -> int:
    """Number of events of a ROOT or CSV file."""
    if path.suffix == ".csv":
        return len(_read_csv(path, None))
    with open_root(path) as file:
        return int(_find_tree(file, path, tree).num_entries)


def _read_csv(path: Path, branches: Sequence[str] | None, names: Sequence[str] = ()) -> ak.Array:
    import pyarrow
    import pyarrow.csv

    with path.open("rb") as file:
        _refuse_web_page(path, file.read(64))
    try:
        table = pyarrow.csv.read_csv(path)
    except pyarrow.ArrowInvalid as error:
        raise WollemiError(
            str(path), f"is no CSV table ({str(error).splitlines()[0]})", "check or fetch the file again"
        ) from error
    _require_branches(path, branches or (), table.column_names, names)
    return ak.from_arrow(table.select(list(branches)) if branches is not None else table)


def _read_parquet(path: Path, branches: Sequence[str]) -> Iterator[ak.Array]:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        names = file.schema_arrow.names
        _require_branches(path, branches, names)
        for group in range(file.num_row_groups):
            yield ak.drop_none(ak.from_arrow(file.read_row_group(group, columns=list(branches))), axis=None)


def _read_root(
    path: Path, tree: str | None, branches: Sequence[str], start: int, stop: int | None, names: Sequence[str]
) -> Iterator[ak.Array]:
    with open_root(path) as file:
        found = _find_tree(file, path, tree)
        _require_branches(path, branches, found.keys(), names)
        last = min(found.num_entries, found.num_entries if stop is None else stop)
        for first in range(start, max(last, start + 1), STEP):
            try:
                batch = _arrays(found, branches, first, min(first + STEP, last))
            except Exception as error:  # uproot has no common error: any failure to read is one of the file
                raise _unreadable(path, error) from error
            yield batch


def _arrays(tree: Any, branches: Sequence[str], start: int, stop: int) -> ak.Array:
    wanted = set(branches)
    return tree.arrays(filter_name=lambda name: name in wanted, entry_start=start, entry_stop=stop)


def open_root(path: Path) -> Any:
    """Open a ROOT file after a look at its header: uproot's own errors do not tell a student what happened."""
    import uproot

    with path.open("rb") as file:
        head = file.read(64)
        size = file.seek(0, 2)
    _refuse_web_page(path, head)
    if head[:4] != b"root":
        raise WollemiError(str(path), "is not a ROOT file (its first bytes are not 'root')", "check what the file is")
    version, _, end = struct.unpack(">iii", head[4:16])
    if version >= 1_000_000:
        (end,) = struct.unpack(">q", head[12:20])
    if size < end:
        raise WollemiError(str(path), f"is truncated: {size} bytes of {end}", "copy or fetch the file again")
    try:
        return uproot.open(path)
    except Exception as error:
        raise _unreadable(path, error) from error


def _refuse_web_page(path: Path, head: bytes) -> None:
    if head.lstrip()[:1] == b"<":
        remedy = "the download met a login or error page: fetch it again, or check the URL"
        raise WollemiError(str(path), "is a web page, not a file of events or histograms", remedy)


def _find_tree(file: Any, path: Path, name: str | None) -> Any:
    keys = file.keys(cycle=False)
    if not keys:
        raise WollemiError(str(path), "holds no objects: the job that wrote it did not close it", "make the file again")
    kinds = file.classnames(cycle=False)
    trees = sorted({key for key, kind in kinds.items() if kind in ("TTree", "TNtuple")})
    if "RNTuple" in kinds.get(name, ""):
        raise WollemiError(str(path), f"holds '{name}' as an RNTuple, not as a TTree", "write it as a TTree")
    if name is None or name not in trees:
        known = f"it has {', '.join(trees)}" if trees else "it has no trees"
        problem = f"has no tree '{name}'{did_you_mean(str(name), trees)} ({known})"
        raise WollemiError(str(path), problem, "set the dataset's `tree`")
    try:
        return file[name]
    except Exception as error:
        raise _unreadable(path, error) from error


def _require_branches(path: Path, branches: Sequence[str], known: Sequence[str], names: Sequence[str] = ()) -> None:
    missing = [name for name in branches if name not in set(known)]
    if missing:
        listing = ", ".join(f"'{name}'{did_you_mean(name, [*known, *names])}" for name in missing)
        raise WollemiError(str(path), f"has no branch {listing}", "correct the name where the analysis file uses it")


def _unreadable(path: Path, error: Exception) -> WollemiError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return WollemiError(str(path), f"cannot be read: {reason}", "the file is damaged: copy or fetch it again")


class ParquetEvents:
    """Writes batches of events as row groups of one Parquet file. Equal events give equal bytes.

    Args:
        path: the file to write.
    """

    def __init__(self, path: Path):
        self._path = path
        self._writer: Any = None

    def write(self, batch: ak.Array) -> None:
        """Append a batch; empty ones are dropped once the columns are known."""
        import pyarrow.parquet

        if self._writer is not None and len(batch) == 0:
            return
        table = ak.to_arrow_table(ak.to_packed(batch), list_to32=True, string_to32=True, extensionarray=False)
        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table, row_group_size=max(len(batch), 1))

    def close(self, metadata: Mapping[str, str]) -> None:
        """Finish the file with metadata that is known at its end."""
        self._writer.add_key_value_metadata(dict(metadata))
        self._writer.close()
