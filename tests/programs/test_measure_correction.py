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


def write_cells(path, cells, **noted):
    """Cells (failed 0, failed 1, passed 0, passed 1) of a dataset."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sums = np.array([7.0, *cells, 0.0])
    histogram = from_sums(edges_axis("id", np.arange(5) - 0.5), sums, np.abs(sums), noted)
    write_histograms(path, {"id/id/nominal": histogram})


def measure(*datasets, data=(), **noted):
    """Run the program on cells of datasets."""
    paths = [Path(f"{RESULTS}/histograms/dy_{number}_id.json") for number in range(len(datasets))]
    for path, cells in zip(paths, datasets, strict=True):
        write_cells(path, cells, **noted)
    outputs = {"map": MAP, "record": f"{RESULTS}/records/measure_correction/id.json"}
    return run_step("measure_correction", correction="id", histograms=paths, data=data, **outputs)


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
    message = capsys.readouterr().err
    assert "corrections.id.measured: 1 of 2 bins of simulation have no efficiency" in message
    assert not Path(MAP).exists()


def test_a_fake_rate_of_1_is_refused(tiny, capsys):
    """Weights f / (1 - f) would not be numbers."""
    fake = MEASURED | {"kind": "fake_rate", "prompt_uncertainty": 0.5}
    edit_analysis(tiny, lambda document: document.update(corrections={"id": {"measured": fake}}))
    data = Path(f"{RESULTS}/histograms/data_id.json")
    write_cells(data, [40.0, 3.0, 20.0, 9.0])
    assert measure([20.0, 3.0, 10.0, 2.0], data=data) == 2
    assert (
        "corrections.id.measured: 1 of 2 bins of data have no fake rate, as there is nothing in "
        "them without prompt leptons, or all of it passes:\n  - pt 50 to 500\n"
    ) in capsys.readouterr().err
    assert measure([20.0, 1.0, 10.0, 5.0], data=data) == 0
    found = contents()
    assert found["nominal"] == pytest.approx([10 / 30, 4 / 6], rel=1e-12)
    assert found["prompt_up"] == pytest.approx([5 / 15, 1.5 / 3], rel=1e-12)
    assert found["prompt_down"] == pytest.approx([15 / 45, 6.5 / 9], rel=1e-12)


def test_a_preview_takes_that_of_all_bins(measuring):
    assert measure([0.0, 1.0, 0.0, 3.0], preview=True) == 0
    assert contents()["nominal"] == [0.75, 0.75]
