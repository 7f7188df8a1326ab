"""Plots of measured corrections by the command line: what was measured is drawn."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS, check_record, run_step

from wollemi.histograms.histogram import edges_axis, from_sums, write_histograms

PT = [20.0, 50.0, 500.0]
EFFICIENCY = {
    "kind": "efficiency",
    "samples": ["dy"],
    "object": "muon",
    "pass": "charge > 0",
    "axes": {"pt": {"edges": PT, "label": "$p_{T}$ [GeV]"}},
}


def write_cells(name, cells, **noted):
    """Cells (failed 0, failed 1, passed 0, passed 1) of a dataset; its file."""
    path = Path(f"{RESULTS}/histograms/{name}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    sums = np.array([0.0, *cells, 0.0])
    histogram = from_sums(edges_axis("id", np.arange(5) - 0.5), sums, sums, noted)
    write_histograms(path, {"id/id/nominal": histogram})
    return path


def draw(measured, **inputs):
    """Measure a correction and draw it; its map, and the numbers beside the plot."""
    edit_analysis(
        Path.cwd(), lambda document: document.update(corrections={"id": {"measured": measured}})
    )
    file = f"{RESULTS}/corrections/id.json"
    record = f"{RESULTS}/records/measure_correction/id.json"
    assert run_step("measure_correction", correction="id", **inputs, map=file, record=record) == 0
    formats = ("pdf", "png", "json")
    outputs = {suffix: f"{RESULTS}/plots/correction_id.{suffix}" for suffix in formats}
    record = f"{RESULTS}/records/plot_corrections.json"
    assert run_step("plot_corrections", maps=file, **outputs, record=record) == 0
    assert Path(outputs["png"]).read_bytes().startswith(b"\x89PNG")
    assert Path(outputs["pdf"]).read_bytes().startswith(b"%PDF")
    check_record("plot_corrections.json")
    return json.loads(Path(file).read_text()), json.loads(Path(outputs["json"]).read_text())


def test_an_efficiency_is_drawn(tiny):
    made, drawn = draw(EFFICIENCY, histograms=write_cells("dy_id", [30.0, 1.0, 10.0, 3.0]))
    assert "description" not in made
    (found,) = drawn["maps"]
    assert found["values"] == [0.25, 0.75]
    # The interval of Wilson of 10 of 40 at one standard deviation.
    middle, half = (0.25 + 0.5 / 40) / (1 + 1 / 40), np.sqrt(0.25 * 0.75 / 40 + 0.25 / 40**2)
    assert found["low"][0] == pytest.approx(middle - half / (1 + 1 / 40), rel=1e-9)
    assert found["high"][0] == pytest.approx(middle + half / (1 + 1 / 40), rel=1e-9)
    assert drawn["axes"] == [{"name": "pt", "label": "$p_{T}$ [GeV]", "edges": PT}]
    assert drawn["marks"] == []


def test_a_scale_factor_of_a_preview_is_marked(tiny):
    measured = EFFICIENCY | {"kind": "scale_factor"}
    cells = {
        "histograms": write_cells("dy_id", [30.0, 1.0, 10.0, 3.0], preview=True),
        "data": write_cells("data_id", [20.0, 10.0, 20.0, 10.0], preview=True),
    }
    made, drawn = draw(measured, **cells)
    assert made["description"] == "PREVIEW"
    assert drawn["marks"] == ["PREVIEW"]
    assert [item["name"] for item in drawn["maps"]] == ["data", "simulation"]
    assert drawn["ratio"]["values"] == pytest.approx([2.0, 2 / 3], rel=1e-12)
