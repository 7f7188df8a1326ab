"""Scans by the command line: those of a finished run, one signal without the parameter, blinded
data.
"""

import json
import logging
from pathlib import Path

import pytest
from support.products.statistical_models import counting, normsys
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step

SCANS = {
    "strength": {"parameters": "mu", "points": 5},
    "trigger": {"parameters": "trigger", "points": 3},
}


def scan(*contents):
    """Run the program on workspaces of these names."""
    set_value("scans", value=SCANS)
    paths = []
    for name, content in contents:
        paths.append(Path(f"{RESULTS}/workspaces/{name}.json"))
        paths[-1].parent.mkdir(parents=True, exist_ok=True)
        paths[-1].write_text(json.dumps(content))
    outputs = {
        "scans": f"{RESULTS}/scans.json",
        "record": f"{RESULTS}/records/scan_likelihood.json",
    }
    return run_step("scan_likelihood", workspaces=paths, **outputs)


def blinded(content):
    content["measurements"][0]["name"] = "m [BLINDED]"
    return content


WITH = counting(44.0, 10.0, 40.0, normsys("trigger", 1.1, 0.9))
WITHOUT = counting(44.0, 10.0, 40.0)


def test_a_signal_without_the_parameter_does_not_take_the_others_with_it(tiny, caplog):
    with caplog.at_level(logging.WARNING, "wollemi"):
        assert scan(("signal_200", WITH), ("signal_300", WITHOUT)) == 0
    found = read_json("scans.json")
    assert found["scans"]["signal_200"].keys() == {"strength", "trigger"}
    assert found["scans"]["signal_300"].keys() == {"strength"}
    reason = "parameter trigger: the model has no such parameter"
    assert found["left_out"] == {"signal_300": {"trigger": reason}}
    assert any(reason in record.getMessage() for record in caplog.records)
    check_record("scan_likelihood.json")
    assert len(found["scans"]["signal_200"]["strength"]["observed"]["rise"]) == 5


def test_a_parameter_of_no_model_is_refused(tiny, capsys):
    assert scan(("signal_200", WITHOUT)) == 2
    said = capsys.readouterr().err
    assert "scans.trigger: no model has a parameter 'trigger'" in said
    assert not Path(f"{RESULTS}/scans.json").exists()


def test_blinded_data_are_not_scanned(tiny):
    assert scan(("signal_200", blinded(json.loads(json.dumps(WITH))))) == 0
    for item in read_json("scans.json")["scans"]["signal_200"].values():
        assert item["observed"] is None
        assert None not in item["expected"]["rise"]


@pytest.mark.parametrize("name", ["strength", "plane"])
def test_the_fit_is_where_the_scan_is_lowest(finished, name):
    folder = finished / "results/tiny"
    fits = json.loads((folder / "fit.json").read_text())["fits"]
    for signal, found in json.loads((folder / "scans.json").read_text())["scans"].items():
        fitted = {item["name"]: item for item in fits[signal]["parameters"]}
        observed = found[name]["observed"]
        for parameter, estimate in zip(
            found[name]["parameters"], observed["estimates"], strict=True
        ):
            assert estimate == pytest.approx(fitted[parameter]["value"], abs=1e-6)
        assert min(observed["rise"]) > -1e-6
        if name == "strength":
            mu = fitted["mu"]
            assert observed["one_sigma"] == pytest.approx(
                {
                    "lower": mu["value"] - mu["error_down"],
                    "upper": mu["value"] + mu["error_up"],
                }
            )
