"""The plot of an uncertainty by the command line: the numbers of the product are drawn."""

import json
from pathlib import Path

import plot_uncertainties
from support.example.products import uncertainties, write_products

from wollemi.job.job import run_program


def test_the_product_is_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_products(tmp_path)
    outputs = [
        part
        for suffix in ("pdf", "png", "json")
        for part in (f"--{suffix}", f"plots/uncertainties_signal.{suffix}")
    ]
    inputs = ["--analysis", "analysis.yaml", "--uncertainties", "uncertainties.json"]
    arguments = [*inputs, "--luminosity", *outputs, "--record", "record.json"]
    assert run_program(plot_uncertainties.PROGRAM, plot_uncertainties.main, arguments) == 0
    drawn = Path("plots/uncertainties_signal.png")
    assert drawn.read_bytes().startswith(b"\x89PNG")
    assert drawn.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    numbers = json.loads(drawn.with_suffix(".json").read_text())
    product = uncertainties()["uncertainties"]["signal"]
    assert numbers["signal"] == "signal"
    assert numbers["error"] == [product["error_down"], product["error_up"]]
    rows = {row["name"]: row for row in numbers["contributions"]}
    assert rows["lumi"]["shifted"] == [product["groups"]["lumi"]["shifted"]] * 2
    assert rows["lumi"]["frozen"] == [0.11, 0.12]
    assert rows["free normalizations"]["shifted"] is None
