"""Limits at other luminosities by the command line: those of a finished run, scenarios, signals
without results.
"""

import json
import logging
from pathlib import Path

import pytest
from support.products.statistical_models import counting, normsys
from support.tiny.events import LUMINOSITY_IFB
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step

SIGNALS = {"signal_200": (400.0, 40.0), "signal_300": (400.0, 10.0)}


def named(signal, content):
    """A model whose signal has the name of a sample of the tiny analysis."""
    return json.loads(json.dumps(content).replace('"name": "signal"', f'"name": "{signal}"'))


def run(section, **contents):
    """The exit code of the program."""
    set_value("extrapolation", value=section)
    paths = []
    for signal, content in contents.items():
        path = Path(f"{RESULTS}/workspaces/{signal}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        paths.append(path)
    outputs = {
        "extrapolation": f"{RESULTS}/extrapolation.json",
        "record": f"{RESULTS}/records/extrapolate_limits.json",
    }
    return run_step("extrapolate_limits", workspaces=paths, luminosity=[], **outputs)


def models():
    found = {}
    for signal, (background, events) in SIGNALS.items():
        content = counting(background, events, background)
        content["channels"][0]["samples"][1]["modifiers"] = [normsys("pileup", 1.1, 0.9)]
        found[signal] = named(signal, content)
    return found


def test_scenarios_and_luminosities_are_those_of_the_analysis(tiny):
    set_value("uncertainties", value={"groups": {"weights": ["pileup", "trigger"]}})
    scenarios = {"now": {}, "better": {"groups": {"weights": "halved"}}}
    section = {"luminosities_ifb": [100 * LUMINOSITY_IFB], "scenarios": scenarios}
    assert run(section, **models()) == 0
    check_record("extrapolate_limits.json")
    content = read_json("extrapolation.json")
    assert content["luminosity_ifb"] == LUMINOSITY_IFB
    assert [rules["name"] for rules in content["rules"]] == ["now", "better"]
    assert content["rules"][1]["groups"] == {"weights": "halved"}
    for signal, (_, events) in SIGNALS.items():
        found = content["signals"][signal]["scenarios"]
        assert found.keys() == scenarios.keys()
        for points in found.values():
            assert [item["luminosity_ifb"] for item in points] == [
                LUMINOSITY_IFB,
                100 * LUMINOSITY_IFB,
            ]
            assert [item["signal_events"] for item in points] == pytest.approx(
                [events, 100 * events]
            )
        assert found["better"][1]["significance"] > found["now"][1]["significance"]
    assert [len(ends) for ends in content["exclusion"].values()] == [2, 2]


def test_a_rule_for_nothing_is_told(tiny, caplog):
    """Such as that of a systematic that was pruned."""
    scenarios = {"later": {"groups": {"trigger": "halved", "pileup": "halved"}}}
    with caplog.at_level(logging.WARNING, "wollemi"):
        assert run({"luminosities_ifb": [1.0], "scenarios": scenarios}, **models()) == 0
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [f"{signal}: scenario later: the model has no trigger" for signal in SIGNALS]


def test_one_signal_does_not_take_the_others_with_it(tiny, caplog):
    """Of no signal events there is no limit."""
    contents = models()
    contents["signal_300"]["channels"][0]["samples"][0]["data"] = [1e-12]
    with caplog.at_level(logging.WARNING, "wollemi"):
        assert run({"luminosities_ifb": [1.0]}, **contents) == 0
    content = read_json("extrapolation.json")
    assert list(content["signals"]) == ["signal_200"]
    assert "above the upper bound" in content["left_out"]["signal_300"]
    assert content["exclusion"] == {}
    assert "signal_300: left out" in caplog.text


def test_a_finished_run_has_each_signal_and_luminosity(finished):
    folder = finished / "results/tiny"
    content = json.loads((folder / "extrapolation.json").read_text())
    limits = json.loads((folder / "limits.json").read_text())["limits"]
    assert content["signals"].keys() == limits.keys()
    for signal, item in content["signals"].items():
        assert item["point"] == limits[signal]["point"]
        assert item["cross_section_pb"] == limits[signal]["cross_section_pb"]
        today, later = item["scenarios"]["constant"]
        assert today["signal_events"] == pytest.approx(limits[signal]["signal_events"])
        assert later["signal_events"] == pytest.approx(10 * limits[signal]["signal_events"])
        assert later["significance"] > today["significance"]
        assert item["scenarios"]["scaled"][0] == today
