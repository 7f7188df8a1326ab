"""The plot of a scan by the command line: the numbers of the product are drawn."""

import json
from pathlib import Path

import pytest
from scipy.stats import norm
from support.example.products import discovery, write_products
from support.example.programs import draw

from wollemi.plots.discovery import draw_discovery
from wollemi.plots.style import PlotLabels


def drawn(folder, **changes):
    write_products(folder)
    Path("discovery.json").write_text(json.dumps(discovery(**changes)))
    return draw("plot_discovery", ["discovery"], discovery=["discovery.json"])["discovery"]


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
