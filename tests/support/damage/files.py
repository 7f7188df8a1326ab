"""Damaged files of events. Each public function prepares one in the tiny analysis and returns the
run that meets it.

The docstring of a case says what is wrong, in the words of the table of docs/integrity.md.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import awkward as ak
import pyarrow
import pyarrow.csv
import pyarrow.parquet
import uproot

from support.damage.bytes import (
    SIMULATION,
    basket,
    events,
    flip,
    flip_in_basket,
    flip_in_page,
    overwrite,
    write_nano,
)
from support.tiny.analysis import NO_STATISTICS
from support.tiny.events import write_root
from support.tiny.mistakes import Run, set_value, skim_run

PARQUET, CSV, NTUPLE = (
    Path("input/dy_high.parquet"),
    Path("input/table.csv"),
    Path("input/dy_high_rntuple.root"),
)


def _reads(path: Path) -> Run:
    set_value("datasets", "dy_high", "files", value=[str(path)])
    return skim_run()


def lost_last_byte() -> Run:
    """ROOT file without its last byte"""
    SIMULATION.write_bytes(SIMULATION.read_bytes()[:-1])
    return skim_run()


def lost_half() -> Run:
    """ROOT file without its second half"""
    content = SIMULATION.read_bytes()
    SIMULATION.write_bytes(content[: len(content) // 2])
    return skim_run()


def trailing_junk() -> Run:
    """ROOT file with bytes after its end"""
    SIMULATION.write_bytes(SIMULATION.read_bytes() + b"junk")
    return skim_run()


def only_a_header() -> Run:
    """ROOT file of ten bytes"""
    SIMULATION.write_bytes(SIMULATION.read_bytes()[:10])
    return skim_run()


def empty_file() -> Run:
    """Empty file"""
    SIMULATION.write_bytes(b"")
    return skim_run()


def folder() -> Run:
    """A folder instead of a file"""
    run = skim_run()
    SIMULATION.unlink()
    SIMULATION.mkdir()
    return run


def link_to_nothing() -> Run:
    """A link to a file that is gone"""
    run = skim_run()
    SIMULATION.rename("input/elsewhere.root")
    SIMULATION.symlink_to("gone.root")
    return run


def flipped_bit_in_zlib() -> Run:
    """One bit flipped in a ZLIB basket"""
    return _flipped("zlib")


def flipped_bit_in_lzma() -> Run:
    """One bit flipped in an LZMA basket"""
    return _flipped("lzma")


def flipped_bit_in_lz4() -> Run:
    """One bit flipped in an LZ4 basket"""
    return _flipped("lz4")


def _flipped(compression: str) -> Run:
    write_nano(SIMULATION, events(), compression)
    flip_in_basket(SIMULATION, "Muon_charge")  # compressible: what is not is stored as it is
    return skim_run()


def zeros_in_a_basket() -> Run:
    """A block of zeros in a ZSTD basket"""
    start, _ = basket(SIMULATION, "Muon_pt")
    content = bytearray(SIMULATION.read_bytes())
    content[start : start + 100] = bytes(100)
    SIMULATION.write_bytes(content)
    return skim_run()


def exponent_bit() -> Run:
    """A high bit flipped in an uncompressed mass"""
    write_nano(SIMULATION, events(), "none")
    start, _ = basket(SIMULATION, "Muon_mass")
    flip(SIMULATION, start + 40, 6)
    return skim_run()


def wrong_counter() -> Run:
    """A counter that does not count the objects"""
    write_nano(SIMULATION, events(), "none")
    overwrite(SIMULATION, "nMuon", 17, 5)
    return skim_run()


def unequal_lists() -> Run:
    """Branches of one collection with lists of different lengths"""
    branches = events()
    muons = branches.pop("Muon")
    fields = {f"Muon_{name}": muons[name] for name in muons.fields}
    write_root(SIMULATION, branches | fields | {"Muon_eta": muons.eta[:, :1]})
    return skim_run()


def text_branch() -> Run:
    """A branch of text where numbers are used"""
    return _reads_parquet(MET_pt=pyarrow.array(["12.5"] * 400))


def single_number() -> Run:
    """One number an event where a list is used"""
    return _reads_parquet(Muon_charge=pyarrow.array([1] * 400))


def lists_of_lists() -> Run:
    """Lists of lists where a list is used"""
    return _reads_parquet(Muon_charge=pyarrow.array([[[1]]] * 400))


def _table(**replaced: Any) -> Any:
    branches = events()
    muons = branches.pop("Muon")
    columns = branches | {f"Muon_{name}": muons[name] for name in muons.fields}
    table = ak.to_arrow_table(ak.zip(columns, depth_limit=1), list_to32=True, extensionarray=False)
    for name, values in replaced.items():
        index = table.column_names.index(name)
        table = table.set_column(index, name, values)
    return table


def _reads_parquet(**replaced: Any) -> Run:
    pyarrow.parquet.write_table(_table(**replaced), PARQUET, write_page_checksum=True)
    return _reads(PARQUET)


def truncated_parquet() -> Run:
    """Parquet file without its second half"""
    run = _reads_parquet()
    PARQUET.write_bytes(PARQUET.read_bytes()[: PARQUET.stat().st_size // 2])
    return run


def flipped_bit_in_parquet() -> Run:
    """One bit flipped in a Parquet page that has a checksum"""
    run = _reads_parquet()
    flip_in_page(PARQUET, "MET_pt")
    return run


def missing_column() -> Run:
    """Parquet file without a column"""
    pyarrow.parquet.write_table(_table().drop_columns(["MET_pt"]), PARQUET)
    return _reads(PARQUET)


def missing_values() -> Run:
    """Parquet file with missing values"""
    return _reads_parquet(MET_pt=pyarrow.array([1.0, None] * 200))


def damaged_rntuple() -> Run:
    """A block of zeros in the pages of an RNTuple"""
    table = _table()
    with uproot.recreate(NTUPLE) as file:
        file.mkrntuple("Events", {name: ak.from_arrow(table[name]) for name in table.column_names})
    run = _reads(NTUPLE)
    content = bytearray(NTUPLE.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 1500] = bytes(1500)
    NTUPLE.write_bytes(content)
    return run


SPECTRUM: Mapping[str, Any] = {
    "objects": {},
    "columns": {},
    "skim": None,
    "regions": {"peak": {"selection": "M > 60", "variable": "mass", "role": "validation"}},
    "variables": {
        "mass": {"expression": "M", "bins": [10, 60, 120], "label": "$m$", "unit": "GeV"}
    },
    "systematics": {},
    "samples": {"data": {"role": "data", "datasets": ["data"]}},
    "plots": {},
}


def _reads_csv(content: bytes) -> Run:
    for section, value in (NO_STATISTICS | SPECTRUM).items():
        set_value(section, value=value)
    CSV.write_bytes(content)
    set_value("datasets", value={"data": {"files": [str(CSV)]}})
    return partial(skim_run("data"), hooks=())


def ragged_csv() -> Run:
    """CSV file with a line that lacks a value"""
    return _reads_csv(b"run,event,M\n1,1,90.1\n1,2\n1,3,88.7\n")


def text_in_csv() -> Run:
    """CSV file with text among the numbers"""
    return _reads_csv(b"run,event,M\n1,1,90.1\n1,2,n/k\n1,3,88.7\n")


def headless_csv() -> Run:
    """CSV file without the line of names"""
    return _reads_csv(b"1,1,90.1\n1,2,91.0\n1,3,88.7\n")


def other_encoding() -> Run:
    """CSV file in another encoding (UTF-16)"""
    return _reads_csv("run,event,M\n1,1,90.1\n1,2,91.0\n".encode("utf-16"))


def missing_value_in_csv() -> Run:
    """CSV file with an empty value"""
    return _reads_csv(b"run,event,M\n1,1,90.1\n1,2,\n1,3,88.7\n")
