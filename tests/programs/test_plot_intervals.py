"""The plot of confidence intervals by the command line: the numbers of the product are drawn, also
where there is no interval.
"""

import json
from pathlib import Path

import numpy as np
import plot_intervals
import pytest
from support.example.products import intervals, write_products

from wollemi.job.job import run_program
from wollemi.plots.confidence_intervals import draw_intervals
from wollemi.plots.style import PlotLabels

LABELS = PlotLabels("Wollemi", "1 fb⁻¹")


def drawn(folder, name="interval_mu_signal", **changes):
    write_products(folder)
    Path("intervals.json").write_text(json.dumps(intervals(**changes)))
    outputs = [
        part
        for suffix in ("pdf", "png", "json")
        for part in (f"--{suffix}", f"plots/{name}.{suffix}")
    ]
    inputs = ["--analysis", "analysis.yaml", "--intervals", "intervals.json", "--luminosity"]
    arguments = [*inputs, *outputs, "--record", "record.json"]
    assert run_program(plot_intervals.PROGRAM, plot_intervals.main, arguments) == 0
    picture = Path(f"plots/{name}.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    return json.loads(picture.with_suffix(".json").read_text())


def test_statistics_and_critical_values_are_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    numbers = drawn(tmp_path)
    points = intervals()["intervals"]["signal"]["mu"]["points"]
    assert numbers["values"] == [point["value"] for point in points]
    assert numbers["observed"]["statistics"] == [p["observed"]["statistic"] for p in points]
    (ax,) = draw_intervals(numbers, LABELS).axes
    drawn_lines = [line.get_ydata() for line in ax.lines]
    for values in (numbers["observed"]["statistics"], numbers["critical"]["95"]):
        assert any(list(line) == pytest.approx(values) for line in drawn_lines)
    (legend,) = [ax.get_legend()]
    texts = [text.get_text() for text in legend.get_texts()]
    assert any("[0, 0.990 ± 0.030]" in text for text in texts), texts


def test_lines_at_the_ends_of_an_interval_reach_the_curve(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    numbers = drawn(tmp_path)
    (ax,) = draw_intervals(numbers, LABELS).axes
    lines = [line for found in ax.collections for line in found.get_segments() if len(line) == 2]
    ends = [line for line in lines if line[0][0] == line[1][0] and line[0][1] == 0]
    assert len(ends) >= 2
    curves = [numbers[kind]["statistics"] for kind in ("observed", "expected")]
    for (place, _), (_, height) in ends:
        heights = [np.interp(place, numbers["values"], curve) for curve in curves]
        assert any(height == pytest.approx(curve) for curve in heights)


def test_of_blinded_data_only_expected_ones_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    numbers = drawn(tmp_path, blinded=True)
    assert numbers["observed"] is None
    (ax,) = draw_intervals(numbers, LABELS).axes
    assert not any("Observed" in str(line.get_label()) for line in ax.lines)


def test_without_an_interval_the_plot_says_why(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    numbers = drawn(tmp_path, "interval_lumi_signal")
    assert numbers["left_out"] == "parameter lumi: the model fixes it"
    (ax,) = draw_intervals(numbers, LABELS).axes
    assert any("the model fixes it" in text.get_text() for text in ax.texts)
