"""The plot of the limits by the command line."""

import json

import pytest
from support.example.products import limit, limits, write_products
from support.example.programs import draw


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_of_one_signal_its_curve_is_drawn():
    numbers = draw("plot_limits", ["limits"], limits=["limits.json"], overlays=[])["limits"]
    assert numbers["observed_limit"] == limit()["observed"]
    assert numbers["expected_limits"] == limit()["expected"]


def test_of_several_signals_their_limits_are_drawn(folder):
    several = limits(heavy=limit(3.0, 5.0), light=limit(1.0, 0.2))
    (folder / "limits.json").write_text(json.dumps(several))
    numbers = draw("plot_limits", ["limits"], limits=["limits.json"], overlays=[])["limits"]
    assert (numbers["x"], numbers["observed"]) == ([1.0, 3.0], [0.2, 5.0])
