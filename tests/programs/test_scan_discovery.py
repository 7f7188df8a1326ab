"""The scan for an excess by the command line: order of the signals, blinded data, signals without
a place.
"""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from support.oracles.hepdata_fits import check_tables
from support.products import hepdata_runs
from support.products.hepdata_texts import describe
from support.products.statistical_models import modifier, sample, workspace
from support.tiny.analysis import ANALYSIS
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step

from wollemi.results.discovery import Discovery

BACKGROUND = np.array([50.0, 50.0, 50.0])
OUTPUTS = {
    "discovery": f"{RESULTS}/discovery.json",
    "record": f"{RESULTS}/records/scan_discovery.json",
}


def write(signal, place, data=(50.0, 70.0, 50.0), measurement="tiny"):
    """A signal in one of three bins with a known background."""
    events = np.zeros(3)
    events[place] = 10.0
    samples = [
        sample(signal, events, modifier("normfactor", "mu")),
        sample("dy", BACKGROUND),
    ]
    content = workspace(
        [{"name": "search", "samples": samples}], [{"name": "search", "data": list(data)}]
    )
    content["measurements"][0]["name"] = measurement
    path = Path(f"{RESULTS}/workspaces/{signal}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def run(points, *paths, toys=400):
    set_value("limits", "points", value=points)
    set_value("discovery", value={"toys": toys, "seed": 4})
    return run_step("scan_discovery", workspaces=paths, **OUTPUTS)


def test_signals_are_along_the_axis(tiny):
    paths = [write("signal_300", 0), write("signal_200", 1)]
    assert run({"signal_300": 0.1, "signal_200": 0.2}, *paths) == 0
    check_record("scan_discovery.json")
    found = read_json("discovery.json")
    ordered = Discovery.read(Path(OUTPUTS["discovery"])).ordered
    assert [(name, item.point) for name, item in ordered.items()] == [
        ("signal_300", 0.1),
        ("signal_200", 0.2),
    ]
    exact = np.sqrt(2 * (70 * np.log(70 / 50) - 20))
    assert found["largest"] == "signal_200"
    excess = found["signals"]["signal_200"]
    assert excess["significance"] == pytest.approx(exact, abs=1e-4)
    # Two independent places: twice the local p-value.
    total = found["global_p_values"]["toys"]
    assert len(found["toys"]) == 400
    assert abs(total["p_value"] - 2 * norm.sf(exact)) < 4 * total["p_value_error"]
    assert found["upcrossings"]["observed"] == 1


def test_equal_seeds_give_equal_bytes(tiny):
    paths = [write("signal_200", 1), write("signal_300", 0)]
    points = {"signal_200": 0.2, "signal_300": 0.3}
    contents = []
    for _ in range(2):
        assert run(points, *paths, toys=20) == 0
        contents.append(Path(OUTPUTS["discovery"]).read_bytes())
    assert contents[0] == contents[1]


def test_of_blinded_data_nothing_is_told(tiny, caplog):
    paths = [
        write(name, place, BACKGROUND, "tiny [BLINDED]")
        for name, place in (("signal_200", 1), ("signal_300", 0))
    ]
    with caplog.at_level(logging.INFO, "wollemi"):
        assert run({"signal_200": 0.2, "signal_300": 0.3}, *paths, toys=20) == 0
    found = read_json("discovery.json")
    assert (found["largest"], found["global_p_values"]) == (None, {})
    assert found["upcrossings"]["observed"] is None
    for item in found["signals"].values():
        assert (item["q0"], item["p_value"], item["significance"]) == (None, None, None)
        assert item["expected"] > 1
    assert "largest excess: BLINDED" in caplog.text


def test_a_scan_of_one_signal_is_none(tiny, capsys):
    assert run({"signal_200": 0.2}, write("signal_200", 1), toys=20) == 2
    assert "limits.points" in capsys.readouterr().err


def test_every_published_number_is_that_of_the_product(finished_copy, monkeypatch):
    """Of a finished run, in its HEPData table."""
    monkeypatch.chdir(finished_copy)
    describe()
    set_value("discovery", value={"toys": 40})
    set_value("publication", "hepdata", "tables", "discovery", value="Local p-values.")
    paths = sorted(Path(f"{RESULTS}/workspaces").glob("*.json"))
    assert run_step("scan_discovery", workspaces=paths, **OUTPUTS) == 0
    assert hepdata_runs.write() == 0
    assert "discovery" in check_tables(Path(RESULTS), Path(ANALYSIS))
    found, known = read_json("discovery.json"), read_json("significances.json")["significances"]
    assert found["signals"].keys() == known.keys()
    for name, item in found["signals"].items():
        assert item["p_value"] == pytest.approx(known[name]["observed_p_value"])
        assert item["expected"] == pytest.approx(known[name]["expected"])
    found["signals"]["signal_300"]["expected"] *= 1.0001
    Path(OUTPUTS["discovery"]).write_text(json.dumps(found))
    with pytest.raises(AssertionError):
        check_tables(Path(RESULTS), Path(ANALYSIS))
