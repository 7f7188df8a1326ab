"""Measured corrections by the command line, from histograms of cells."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS, check_record, run_step

from wollemi.histograms.histogram import edges_axis, from_sums, write_histograms

MAP = f"{RESULTS}/corrections/id.json"
MEASURED = {
    "kind": "efficiency",
    "samples": ["dy"],
    "object": "muon",
    "pass": "charge > 0",
    "axes": {"pt": [20.0, 50.0, 500.0]},
    "flow": "clamp",
}


@pytest.fixture
def measuring(tiny):
    edit_analysis(
        tiny, lambda document: document.update(corrections={"id": {"measured": MEASURED}})
    )
    return tiny


def measure(*datasets, **noted):
    """Run the program on cells (failed 0, failed 1, passed 0, passed 1) of datasets."""
    paths = [Path(f"{RESULTS}/histograms/dy_{number}_id.json") for number in range(len(datasets))]
    for path, cells in zip(paths, datasets, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        sums = np.array([7.0, *cells, 0.0])
        histogram = from_sums(edges_axis("id", np.arange(5) - 0.5), sums, np.abs(sums), noted)
        write_histograms(path, {"id/id/nominal": histogram})
    outputs = {"map": MAP, "record": f"{RESULTS}/records/measure_correction/id.json"}
    return run_step("measure_correction", correction="id", histograms=paths, **outputs)


def contents():
    (correction,) = json.loads(Path(MAP).read_text())["corrections"]
    return {item["key"]: item["value"]["content"] for item in correction["data"]["content"]}


def test_datasets_are_added(measuring):
    assert measure([10.0, 4.0, 20.0, 0.0], [30.0, 0.0, 20.0, 4.0]) == 0
    assert contents()["nominal"] == [0.5, 0.5]
    check_record("measure_correction/id.json")


@pytest.mark.parametrize("cells", [[0.0, 4.0, 0.0, 4.0], [-1.0, 4.0, 5.0, 4.0]])
def test_a_bin_without_an_efficiency_is_refused(measuring, capsys, cells):
    assert measure(cells) == 2
    told = capsys.readouterr().err
    assert "corrections.id.measured: 1 of 2 bins of simulation have no efficiency" in told
    assert not Path(MAP).exists()


def test_a_preview_takes_that_of_all_bins(measuring):
    assert measure([0.0, 1.0, 0.0, 3.0], preview=True) == 0
    assert contents()["nominal"] == [0.75, 0.75]
