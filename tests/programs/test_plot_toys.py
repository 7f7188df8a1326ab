"""The plot of fits of toys by the command line: every pull is in a bin, the bias where it is."""

import json
from pathlib import Path

import numpy as np
import plot_toys
import pytest
from support.example.products import toy_fits, write_products

from wollemi.analysis.models.plots import Plots
from wollemi.job.job import run_program
from wollemi.plots.style import PlotLabels
from wollemi.plots.toy_fits import draw_toys, toy_numbers
from wollemi.results.toy_fits import ToyFits


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


@pytest.mark.parametrize(("at_bound", "failed"), [(0, 0), (40, 0), (0, 3), (40, 3)])
def test_toys_without_a_pull_are_counted_in_the_legend(at_bound, failed):
    study = toy_fits()["studies"]["signal"]
    changed = [row | {"at_bound": at_bound, "failed": failed} for row in study["summaries"]]
    content = toy_fits() | {"studies": {"signal": study | {"summaries": changed}}}
    numbers = toy_numbers(ToyFits.parse("toy_fits.json", content), "signal", Plots())
    toys = changed[0]["toys"] + failed
    for text in numbers["texts"]:
        assert ("not shown" in text) == bool(at_bound or failed)
        assert (f"{at_bound} at a bound" in text) == bool(at_bound)
        assert (f"{failed} without a fit" in text) == bool(failed)
        assert text.endswith(f" of {toys:,} toys") == bool(at_bound or failed)
