"""The plot of the closure by the command line."""

import json

from support.example.products import closure, write_products
from support.example.programs import draw


def test_it_shows_the_ratios_of_the_product(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "closure.json").write_text(
        json.dumps(closure() | {"measurement": "example [PREVIEW]"})
    )
    numbers = draw("plot_simplified", ["closure_plot"], closure=["closure.json"])["closure_plot"]
    assert numbers["ratio"] == {"observed": [1.0, 1.3], "expected": [0.9, 0.9]}
    assert numbers["marks"] == ["PREVIEW"]
