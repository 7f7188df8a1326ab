"""Manifests that are wrong, histograms of others, and what lies between steps, damaged; as
`support.damage.files`.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import uproot

from support.damage.bytes import (
    SIMULATION,
    edit_array,
    events,
    flip_in_basket,
    flip_in_page,
    write_nano,
)
from support.damage.events import _merge_run
from support.tiny.analysis import use_manifest
from support.tiny.mistakes import Run, skim_run
from support.tiny.once import process_once
from support.tiny.steps import RESULTS, build_workspace, fill, read_th1, skim, split
from wollemi.base.json_files import render_json
from wollemi.inputs.manifests import describe_file, make_manifest
from wollemi.inputs.schemas import Layout

MANIFEST = Path("manifests/dy_high.json")


def _manifested(compression: str | None = None) -> Run:
    """The skim of a dataset with a manifest, of a file with one of ROOT's compressions."""
    if compression:
        write_nano(SIMULATION, events(), compression)
    file = describe_file(str(SIMULATION), Layout(), "genWeight")
    MANIFEST.parent.mkdir()
    MANIFEST.write_text(render_json(make_manifest("genWeight", [file]).model_dump()))
    use_manifest(Path.cwd(), "dy_high", str(MANIFEST))
    return skim_run()


def _edited(change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(MANIFEST.read_text())
    change(content)
    MANIFEST.write_text(json.dumps(content))


def flipped_bit_in_zstd() -> Run:
    """One bit flipped in a ZSTD basket, with a manifest"""
    run = _manifested("zstd")
    flip_in_basket(SIMULATION, "Muon_pt")
    return run


def flipped_bit_uncompressed() -> Run:
    """One bit flipped in an uncompressed basket, with a manifest"""
    run = _manifested("none")
    flip_in_basket(SIMULATION, "Muon_pt")
    return run


def added_byte() -> Run:
    """One byte more than in the manifest"""
    run = _manifested()
    SIMULATION.write_bytes(SIMULATION.read_bytes() + b"\0")
    return run


def exchanged_file() -> Run:
    """Another file of the same size under the name in the manifest"""
    run = _manifested("none")
    write_nano(SIMULATION, events(seed=3) | {"MET_phi": np.zeros(400, np.float32)}, "none")
    return run


def missing_file_of_manifest() -> Run:
    """A file of the manifest that is gone"""
    run = _manifested()
    SIMULATION.unlink()
    return run


def other_entries_in_manifest() -> Run:
    """A manifest with another number of events"""
    _manifested()
    _edited(
        lambda content: (content["files"][0].update(entries=1499), content.update(entries=1499))
    )
    return skim_run()


def other_weights_in_manifest() -> Run:
    """A manifest with another sum of weights"""
    _manifested()
    _edited(
        lambda content: (
            content["files"][0].update(sum_of_weights=1400.0),
            content.update(sum_of_weights=1400.0),
        )
    )
    return skim_run()


def wrong_total_in_manifest() -> Run:
    """A manifest whose total is not the sum of its files"""
    _manifested()
    _edited(lambda content: content.update(entries=3000))
    return partial(skim, "dy_high")


def file_twice_in_manifest() -> Run:
    """A manifest that names a file twice"""
    _manifested()
    _edited(lambda content: content["files"].append(content["files"][0]))
    return partial(skim, "dy_high")


def manifest_without_files() -> Run:
    """A manifest without files"""
    _manifested()
    _edited(lambda content: content.update(files=[]))
    return partial(skim, "dy_high")


def manifest_cut() -> Run:
    """A manifest that is cut in the middle"""
    _manifested()
    MANIFEST.write_bytes(MANIFEST.read_bytes()[:200])
    return partial(skim, "dy_high")


def truncated_histograms() -> Run:
    """A ROOT file of histograms that is cut"""
    path = Path("input/signal_300.root")
    path.write_bytes(path.read_bytes()[:-5])
    return read_th1


def histogram_of_nan() -> Run:
    """A histogram with a content that is not a number"""
    _with_peak(np.array([1.0] * 9 + [np.nan]))
    return read_th1


def histogram_of_other_kind() -> Run:
    """A histogram of two dimensions where one of one is used"""
    _with_peak(np.ones((10, 2)), np.linspace(0, 1, 3))
    return read_th1


def _with_peak(values: Any, *axes: Any) -> None:
    with uproot.recreate("input/signal_300.root") as file:
        file["search/mass_search"] = np.histogram(np.full(3, 200.0), bins=10, range=(150, 400))
        file["peak/mass_peak"] = (values, np.linspace(60, 120, 11), *axes)


def damaged_parts() -> Run:
    """The list of parts of a preview, cut"""
    assert split("dy_high", max_events=100) == 0
    run = skim_run()
    _cut(f"{RESULTS}/parts/dy_high.json")
    return run


def _cut(name: str) -> None:
    path = Path(name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_skim() -> Run:
    """The skim, cut"""
    assert skim_run()() == 0
    _cut(f"{RESULTS}/events/dy_high/0.parquet")
    return partial(fill, "dy_high")


def flipped_bit_in_skim() -> Run:
    """One bit flipped in the skim"""
    assert skim_run()() == 0
    flip_in_page(Path(f"{RESULTS}/events/dy_high/0.parquet"), "Muon_pt")
    return partial(fill, "dy_high")


def flipped_bit_in_identifiers() -> Run:
    """One bit flipped in the numbers of the events"""
    run = _merge_run()
    flip_in_page(Path(f"{RESULTS}/identifiers/dy_high/0.parquet"), "event")
    return run


def cut_cutflow() -> Run:
    """The cutflow of a part, cut"""
    run = _merge_run()
    _cut(f"{RESULTS}/cutflow/dy_high/skim_0.json")
    return run


def cut_histograms() -> Run:
    """The histograms of a part, cut"""
    run = _merge_run()
    _cut(f"{RESULTS}/histograms/dy_high/0.zip")
    return run


def lost_bin() -> Run:
    """A histogram of a part that has lost a bin"""
    return _edited_histograms("values", lambda sums: sums[:, :-1])


def negative_variance() -> Run:
    """A histogram with a negative variance"""
    return _edited_histograms("variances", lambda sums: sums - 1e9)


def _edited_histograms(sums: str, change: Callable[[Any], Any]) -> Run:
    run = _merge_run()
    path = Path(f"{RESULTS}/histograms/dy_high/0.zip")
    edit_array(path, f"peak/mass_peak_storage_{sums}.npy", change)
    return run


def histograms_without_axes() -> Run:
    """Merged histograms that have lost their axes"""
    for dataset in ("data", "dy_low", "dy_high", "dy_alternative", "signal_200"):
        process_once(dataset)
    assert read_th1() == 0
    path = Path(f"{RESULTS}/histograms/dy_high.json")
    content = json.loads(path.read_text())
    del content["peak/mass_peak/nominal"]["axes"]
    path.write_text(json.dumps(content))
    return build_workspace
