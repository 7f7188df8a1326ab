"""Plots of results at other luminosities by the command line: the numbers of the product are
drawn.
"""

import json
from pathlib import Path

import pytest
from support.example.products import expected_point, extrapolation, write_products
from support.example.programs import run


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    write_products(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(*names):
    """Name → the numbers beside the plot."""
    outputs = {
        suffix: [f"plots/{name}.{suffix}" for name in names] for suffix in ("pdf", "png", "json")
    }
    assert run("plot_extrapolation", extrapolation=["extrapolation.json"], **outputs) == 0
    for name in names:
        assert Path(f"plots/{name}.png").read_bytes().startswith(b"\x89PNG")
        assert Path(f"plots/{name}.pdf").read_bytes().startswith(b"%PDF")
    return {name: json.loads(Path(f"plots/{name}.json").read_text()) for name in names}


def test_a_signal_is_drawn_against_the_luminosity():
    numbers = drawn("extrapolation_signal")["extrapolation_signal"]
    constant, halved = numbers["extrapolated"]
    assert constant["luminosities"] == [1.0, 10.0]
    assert constant["expected"][2] == [0.8, 0.3]
    assert constant["low"] == [True, False]
    assert halved["significance"] == [2.6, 7.5]
    assert numbers["beam"] == "13 TeV"  # the luminosity is an axis


def test_several_signals_are_drawn_against_their_points(folder):
    signals = {}
    for name, point, scale in (("heavy", 3.0, 4.0), ("light", 1.0, 1.0)):
        found = [expected_point(1.0, 0.5 * scale, 3.0), expected_point(10.0, 0.1 * scale, 9.0)]
        signals[name] = {"point": point, "cross_section_pb": None}
        signals[name]["scenarios"] = {"constant": found, "halved": found}
    content = extrapolation(**signals)
    band = [None, None, 2.0, None, None]
    ends = [
        {"luminosity_ifb": 1.0, "expected": band},
        {"luminosity_ifb": 10.0, "expected": [None] * 5, "beyond": ["expected"]},
    ]
    content["exclusion"] = {"constant": ends, "halved": ends}
    (folder / "extrapolation.json").write_text(json.dumps(content))
    numbers = drawn("extrapolation")["extrapolation"]
    assert (numbers["signals"], numbers["x"]) == (["light", "heavy"], [1.0, 3.0])
    now, later = numbers["projected"]
    assert now["expected"][2] == [0.5, 2.0]
    assert (now["excluded"], later["excluded"]) == ("up to 2.00", "all points")


def test_a_signal_without_results_says_why(folder):
    content = extrapolation() | {"left_out": {"other": "no events"}}
    (folder / "extrapolation.json").write_text(json.dumps(content))
    assert drawn("extrapolation_other")["extrapolation_other"]["left_out"] == "no events"
