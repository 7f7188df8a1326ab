"""The plot of the goodness of fit by the command line: the p-values and numbers of toys of the
product are beside it.
"""

import json
from pathlib import Path

import plot_goodness
from support.example.products import goodness, write_products

from wollemi.job.job import run_program
from wollemi.results.toy_goodness import Goodness
from wollemi.results.toy_goodness_text import p_value_text


def test_the_numbers_are_those_of_the_product(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    outputs = [
        part
        for suffix in ("pdf", "png", "json")
        for part in (f"--{suffix}", f"plots/goodness.{suffix}")
    ]
    inputs = ["--analysis", "analysis.yaml", "--goodness", "goodness.json", "--luminosity"]
    arguments = [*inputs, *outputs, "--record", "record.json"]
    assert run_program(plot_goodness.PROGRAM, plot_goodness.main, arguments) == 0
    assert Path("plots/goodness.png").read_bytes().startswith(b"\x89PNG")
    assert Path("plots/goodness.pdf").read_bytes().startswith(b"%PDF")
    numbers = json.loads(Path("plots/goodness.json").read_text())
    product = Goodness.model_validate(goodness())
    assert numbers["measurement"] == "example"
    for name, test in product.tests.items():
        drawn = numbers["statistics"][name]
        assert drawn["observed"] == test.observed
        assert drawn["text"] == p_value_text(test, product.thrown)
        assert sum(drawn["toys"]) == len(product.toys[name])
