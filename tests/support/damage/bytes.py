"""How files get damaged: bytes lost, added and flipped, at places that are known from the file
itself.
"""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import uproot

from support.tiny.events import make_events, write_root

SIMULATION = Path("input/dy_high_0.root")
COMPRESSIONS = {
    "zstd": uproot.ZSTD(3),
    "lz4": uproot.LZ4(4),
    "zlib": uproot.ZLIB(1),
    "lzma": uproot.LZMA(1),
    "none": None,
}


def events(seed: int = 3, entries: int = 400, simulated: bool = True) -> dict[str, Any]:
    """Branches of a few events of the tiny analysis."""
    return make_events("dy_high", np.random.default_rng(seed), entries, simulated)


def write_nano(
    path: Path, branches: dict[str, Any], compression: str = "zstd", tree: str = "Events"
) -> None:
    """Write a ROOT file with one of ROOT's compressions."""
    write_root(path, branches, tree, COMPRESSIONS[compression])


def flip(path: Path, place: int, bit: int = 0) -> None:
    """Flip one bit of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def basket(path: Path, branch: str) -> tuple[int, int]:
    """First byte of the content of a branch's first basket, and its number of bytes."""
    with uproot.open(path) as file:
        key = file[f"Events/{branch}"].basket_key(0)
        return int(key.fSeekKey + key.fKeylen), int(key.fNbytes - key.fKeylen)


def flip_in_basket(path: Path, branch: str, part: float = 0.6, bit: int = 0) -> None:
    """Flip one bit in the middle of a basket."""
    start, size = basket(path, branch)
    flip(path, start + int(part * size), bit)


def flip_in_page(path: Path, column: str) -> None:
    """Flip one bit at the end of the first page of a Parquet column."""
    metadata = pyarrow.parquet.read_metadata(path).row_group(0)
    chunks = [metadata.column(index) for index in range(metadata.num_columns)]
    chunk = next(item for item in chunks if item.path_in_schema.startswith(column))
    flip(path, chunk.data_page_offset + chunk.total_compressed_size - 3)


def overwrite(path: Path, branch: str, entry: int, value: int) -> None:
    """Replace a whole number of 32 bits in an uncompressed basket."""
    start, _ = basket(path, branch)
    content = bytearray(path.read_bytes())
    content[start + 4 * entry : start + 4 * entry + 4] = struct.pack(">i", value)
    path.write_bytes(content)


def edit_array(path: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Change an array of a zip file, as somebody would who writes the file again."""
    with zipfile.ZipFile(path) as file:
        comment = file.comment
        entries = {entry: file.read(entry) for entry in file.namelist()}
    edited = io.BytesIO()
    np.save(edited, change(np.load(io.BytesIO(entries[name]))))
    with zipfile.ZipFile(path, "w") as file:
        file.comment = comment
        for entry, content in (entries | {name: edited.getvalue()}).items():
            file.writestr(entry, content)
