"""The plots of the scans by the command line: every number of the product is beside them."""

import json
from pathlib import Path

import plot_scans
import pytest
from support.example.products import scans, write_products

from wollemi.job.job import run_program

NAMES = ("scan_strength_signal", "scan_plane_signal")


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """What stands beside each plot."""
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    outputs = [
        part
        for suffix in ("pdf", "png", "json")
        for part in (f"--{suffix}", *(f"plots/{name}.{suffix}" for name in NAMES))
    ]
    inputs = ["--analysis", "analysis.yaml", "--scans", "scans.json", "--luminosity"]
    arguments = [*inputs, *outputs, "--record", "record.json"]
    assert run_program(plot_scans.PROGRAM, plot_scans.main, arguments) == 0
    for name in NAMES:
        assert Path(f"plots/{name}.png").read_bytes().startswith(b"\x89PNG")
        assert Path(f"plots/{name}.pdf").read_bytes().startswith(b"%PDF")
    return [json.loads(Path(f"plots/{name}.json").read_text()) for name in NAMES]


def test_the_numbers_are_those_of_the_product(drawn):
    strength, plane = drawn
    product = scans()["scans"]["signal"]
    for numbers, scan in ((strength, product["strength"]), (plane, product["plane"])):
        assert numbers["measurement"] == "example"
        assert (numbers["parameters"], numbers["values"]) == (scan["parameters"], scan["values"])
        for curve in ("observed", "expected"):
            for key in ("rise", "estimates"):
                assert numbers[curve][key] == scan[curve][key]
    for curve in ("observed", "expected"):
        assert strength[curve]["one_sigma"] == product["strength"][curve]["one_sigma"]
        assert plane[curve]["contours"].keys() == {"68 %", "95 %"}
    assert plane["failed"] == 1
