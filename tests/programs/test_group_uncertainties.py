"""Uncertainties by sources by the command line: those of a finished run, pruned systematics,
blinded data.
"""

import json
import logging
import math
from pathlib import Path

import pytest
from support.products.statistical_models import counting, normsys
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step


def grouped(measurement="m", **groups):
    """Run the program on one workspace with two systematics."""
    set_value("uncertainties", value={"groups": groups})
    content = counting(44.0, 10.0, 40.0, normsys("pileup", 1.1, 0.9), normsys("trigger", 1.2, 0.8))
    content["measurements"][0]["name"] = measurement
    path = Path(f"{RESULTS}/workspaces/signal_200.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    outputs = {
        "uncertainties": f"{RESULTS}/uncertainties.json",
        "record": f"{RESULTS}/records/group_uncertainties.json",
    }
    assert run_step("group_uncertainties", workspaces=[path], **outputs) == 0
    check_record("group_uncertainties.json")
    return read_json("uncertainties.json")["uncertainties"]["signal_200"]


def test_groups_are_those_of_the_analysis(tiny, caplog):
    with caplog.at_level(logging.WARNING, "wollemi"):
        found = grouped(weights=["pileup", "trigger"], other=["muon_scale"])
    assert found["groups"].keys() == {"weights", "other"}
    assert found["groups"]["weights"]["parameters"] == ["pileup", "trigger"]
    assert found["groups"]["weights"]["shifted"] == pytest.approx(found["systematics"]["shifted"])
    assert found["groups"]["other"]["shifted"] == 0
    said = [record.getMessage() for record in caplog.records]
    assert said == ["group other: no model has muon_scale"]


def test_without_groups_each_systematic_is_one(tiny):
    assert grouped()["groups"].keys() == {"pileup", "trigger"}


def test_of_blinded_data_asimov_data_are_told(tiny):
    assert grouped()["asimov_strength"] is None
    found = grouped("m [BLINDED]")
    assert found["asimov_strength"] == 1
    assert found["estimate"] == pytest.approx(1.0)


def test_a_finished_run_adds_up_to_its_error(finished):
    folder = finished / "results/tiny"
    fits = json.loads((folder / "fit.json").read_text())["fits"]
    found = json.loads((folder / "uncertainties.json").read_text())["uncertainties"]
    assert found.keys() == {"signal_200", "signal_300"}
    for signal, item in found.items():
        assert "pileup" in item["groups"]
        parts = [item["data"], *item["groups"].values()]
        parts += [item["mc_statistics"]] if item["mc_statistics"] else []
        assert math.hypot(*(part["shifted"] for part in parts)) == pytest.approx(item["error"])
        assert item["normalizations"]["parameters"] == ["norm_dy"]
        if item["asimov_strength"] is None:
            (mu,) = [one for one in fits[signal]["parameters"] if one["name"] == "mu"]
            assert item["error"] == pytest.approx(mu["error"])
            assert item["error_up"] == pytest.approx(mu["error_up"], rel=1e-3)
