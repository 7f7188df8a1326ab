"""Writing ROOT files like NanoAOD and PHYSLITE; equal content gives equal bytes.

ROOT files contain a UUID, the time and the file name, so equal events would give different files.
Here the UUID comes from the content, the time is fixed, and the name is `dynamic.root`, which
uproot uses for any file object.
"""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from wollemi.generation.physlite import TREE, physlite_columns

CLOCK = datetime(1995, 1, 1)  # the earliest time that a ROOT file can store
# A locked package, so that its bytes are fixed; zlib's differ between systems (zlib, zlib-ng).
COMPRESSION = uproot.ZSTD(3)


def write_events(path: Path, events: ak.Array, runs: Mapping[str, Any]) -> None:
    """Write the trees `Events` and `Runs`. Equal content gives equal bytes, whatever the path and
    time.

    Args:
        path: Path of the new file. Write to a temporary name and rename it: the name is not in the
            content.
        events: Records (events,); a field is a number per event (branch `MET_pt`) or records
            (events, var) whose fields become branches (`Muon_pt` …) with a counter `nMuon`. Floats
            keep their precision.
        runs: Branch → number or array, one entry per run; `run`, `genEventCount` …
    """
    entries = {name: np.atleast_1d(value) for name, value in runs.items()}
    with _still_file(path, content_uuid(events, entries)) as file:
        _write_tree(file, "Events", {name: events[name] for name in events.fields})
        _write_tree(file, "Runs", entries)


def write_tree(path: Path, tree: str, events: ak.Array) -> None:
    """Write one tree. Equal content gives equal bytes, whatever the path and time.

    Args:
        path: Path of the new file.
        tree: Name of the tree.
        events: Records (events,), as for `write_events`.
    """
    with _still_file(path, content_uuid(events, {})) as file:
        _write_tree(file, tree, {name: events[name] for name in events.fields})


def write_physlite(path: Path, events: ak.Array) -> None:
    """Write the RNTuple `EventData`. Equal content gives equal bytes, whatever the path and time.

    Args:
        path: Path of the new file.
        events: Records (events,), as for `write_events`; energies in GeV.
    """
    with _still_file(path, content_uuid(events, {})) as file:
        file.mkrntuple(TREE, physlite_columns(events))


def content_uuid(events: ak.Array, runs: Mapping[str, Any]) -> uuid.UUID:
    """A UUID (version 8: custom rule) from the SHA-256 of the content.

    Args:
        events: Records (events,).
        runs: Branch → array.
    """
    digest = hashlib.sha256()
    form, length, buffers = ak.to_buffers(ak.to_packed(events))
    digest.update(f"{form.to_json()}{length}".encode())
    for name in sorted(buffers):
        digest.update(np.ascontiguousarray(buffers[name]).tobytes())
    for name in sorted(runs):
        digest.update(f"{name}{runs[name].dtype}".encode() + runs[name].tobytes())
    number = int.from_bytes(digest.digest()[:16], "big")
    version_and_variant = (0xF << 76) | (0x3 << 62)
    return uuid.UUID(int=(number & ~version_and_variant) | (0x8 << 76) | (0x2 << 62))


def _write_tree(file: Any, name: str, columns: Mapping[str, Any]) -> None:
    types = {
        key: values.dtype if isinstance(values, np.ndarray) else values.type.content
        for key, values in columns.items()
    }
    file.mktree(name, types, counter_name=lambda counted: f"n{counted}", field_name=_branch_name)
    file[name].extend(dict(columns))


def _branch_name(outer: str, inner: str) -> str:
    return f"{outer}_{inner}" if outer else inner


@contextmanager
def _still_file(path: Path, identifier: uuid.UUID) -> Iterator[Any]:
    options = {"uuid_function": lambda: identifier, "compression": COMPRESSION}
    with _still_clock(), path.open("w+b") as stream, uproot.recreate(stream, **options) as file:
        yield file


@contextmanager
def _still_clock() -> Iterator[None]:
    """Make uproot write a constant time.

    uproot 5.7.7 has no option for this, but converts each time to ROOT's format in one function.
    """
    original = uproot._util.datetime_to_code
    uproot._util.datetime_to_code = lambda _: original(CLOCK)
    try:
        yield
    finally:
        uproot._util.datetime_to_code = original
