"""The plot of a scan by the command line: the numbers of the product are drawn."""

import json
from pathlib import Path

import plot_discovery
import pytest
from scipy.stats import norm
from support.example.products import discovery, write_products

from wollemi.job.job import run_program
from wollemi.plots.discovery import draw_discovery
from wollemi.plots.style import PlotLabels


def drawn(folder, **changes):
    write_products(folder)
    Path("discovery.json").write_text(json.dumps(discovery(**changes)))
    outputs = [
        part
        for suffix in ("pdf", "png", "json")
        for part in (f"--{suffix}", f"plots/discovery.{suffix}")
    ]
    inputs = ["--analysis", "analysis.yaml", "--discovery", "discovery.json", "--luminosity"]
    arguments = [*inputs, *outputs, "--record", "record.json"]
    assert run_program(plot_discovery.PROGRAM, plot_discovery.main, arguments) == 0
    picture = Path("plots/discovery.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    return json.loads(picture.with_suffix(".json").read_text())


def test_local_p_values_are_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    numbers = drawn(tmp_path)
    assert (numbers["x"], numbers["p_values"]) == ([1.0, 2.0], [0.5, 0.0228])
    assert numbers["local_expected"] == pytest.approx(norm.sf([3.0, 1.5]))
    assert numbers["sigmas"] == pytest.approx({"1": norm.sf(1), "2": norm.sf(2), "3": norm.sf(3)})
    (ax,) = draw_discovery(numbers, PlotLabels("Wollemi", "1 fb⁻¹")).axes
    curves = {line.get_label(): list(line.get_ydata()) for line in ax.lines}
    assert curves["observed"] == numbers["p_values"]
    assert any("Gross–Vitells" in text.get_text() for text in ax.texts)


def test_of_blinded_data_only_expected_ones_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hidden = dict.fromkeys(("q0", "p_value", "significance"))
    signals = {name: item | hidden for name, item in discovery()["signals"].items()}
    numbers = drawn(tmp_path, signals=signals, largest=None, global_p_values={})
    assert numbers["p_values"] is None
    assert numbers["texts"] == ["largest excess: BLINDED"]
    (ax,) = draw_discovery(numbers, PlotLabels("Wollemi", "1 fb⁻¹")).axes
    assert "observed" not in {line.get_label() for line in ax.lines}
