"""The plot of fits of toys by the command line: every pull is in a bin, the bias where it is."""

import json
from pathlib import Path

import numpy as np
import plot_toys
import pytest
from support.example.products import toy_fits, write_products

from wollemi.job.job import run_program
from wollemi.plots.style import PlotLabels
from wollemi.plots.toy_fits import draw_toys


def test_pulls_and_bias_are_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_products(tmp_path)
    outputs = [
        part
        for suffix in ("pdf", "png", "json")
        for part in (f"--{suffix}", f"plots/toys_signal.{suffix}")
    ]
    inputs = ["--analysis", "analysis.yaml", "--toy-fits", "toy_fits.json", "--luminosity"]
    arguments = [*inputs, *outputs, "--record", "record.json"]
    assert run_program(plot_toys.PROGRAM, plot_toys.main, arguments) == 0
    picture = Path("plots/toys_signal.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    numbers = json.loads(picture.with_suffix(".json").read_text())
    summaries = toy_fits()["studies"]["signal"]["summaries"]
    assert numbers["injected"] == [item["injected"] for item in summaries]
    for shares in numbers["pull_shares"]:
        assert np.sum(np.array(shares) * np.diff(numbers["pull_edges"])) == pytest.approx(1)
    top, bottom = draw_toys(numbers, PlotLabels("Wollemi", "1 fb⁻¹")).axes
    texts = [text.get_text() for text in top.get_legend().get_texts()]
    assert any("width 1.12 ± 0.10" in text for text in texts), texts
    assert any("slope 1.00 ± 0.10" in text.get_text() for text in bottom.texts)
