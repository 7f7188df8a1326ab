"""The lint of the tiny analysis by the command line."""

from pathlib import Path

import pytest
from support.tiny.analysis import edit_analysis
from support.tiny.once import process_once
from support.tiny.steps import RESULTS, check_record, lint_templates, read_json, read_th1

from wollemi.results.lint import TemplateLint

SIMULATED = ("dy_low", "dy_high", "dy_alternative", "signal_200")


@pytest.fixture
def simulated(tiny):
    for dataset in SIMULATED:
        process_once(dataset)
    assert read_th1() == 0
    return tiny


def test_product_and_record(simulated, capsys):
    """Everything is there without any data."""
    assert lint_templates() == 0
    found = TemplateLint.read(Path(f"{RESULTS}/lint.json"))
    assert found.measurement == "tiny"
    assert found.templates == 6  # of three samples in two regions
    assert found.fail == "error"
    assert found.failing == []
    inputs = check_record("lint_templates.json")["inputs"]
    assert not [name for name in inputs if Path(name).stem == "data"]
    log = Path(f"{RESULTS}/logs/lint_templates.log").read_text()
    for item in found.findings:
        assert item.text in log
    assert "6 templates and" in capsys.readouterr().err


def test_decisions_are_written_where_an_analysis_takes_some(simulated):
    """Each systematic of a sample in a region; without the keys the product is as it was."""
    assert lint_templates() == 0
    assert "decisions" not in read_json("lint.json")

    def smooth(document):
        document["systematics"]["muon_scale"] |= {
            "smoothing": {"method": "lowess"},
            "symmetrization": "two_sided",
        }
        document["model"]["prune_below"] = {"norm": 0.5, "shape": 0.0}

    edit_analysis(simulated, smooth)
    assert lint_templates() == 0
    found = TemplateLint.read(Path(f"{RESULTS}/lint.json")).decisions
    assert {item.smoothing for item in found} == {None, "lowess"}
    assert {item.systematic for item in found if item.filled} == {"muon_scale"}
    assert {item.symmetrization for item in found if item.systematic == "muon_scale"} == {
        "two_sided"
    }
    declared = [item for item in found if item.systematic == "luminosity"]
    assert all(item.kept == ("norm",) for item in declared)
    assert any(item.dropped == ["norm"] for item in found)


def test_a_flaw_is_named_in_product_and_log_and_can_be_accepted(simulated, capsys):
    def spoil(document):
        document["systematics"]["luminosity"] |= {"up": 1.03, "down": 1.01}

    edit_analysis(simulated, spoil)
    assert lint_templates() == 0
    assert "same_side: sample signal_200, systematic luminosity: factors 1.03 and 1.01" in (
        capsys.readouterr().err
    )
    found = [item for item in read_json("lint.json")["findings"] if item["flaw"] == "same_side"]
    assert {item["sample"] for item in found} == {"signal_200", "signal_300"}
    entry = {"flaw": "same_side", "systematics": "luminosity", "reason": "It was measured twice."}
    accepted = {"known": entry, "useless": entry | {"samples": "dy"}}
    edit_analysis(simulated, lambda document: document.update(lint={"accepted": accepted}))
    assert lint_templates() == 0
    said = capsys.readouterr().err
    assert "same_side:" not in said
    assert "lint.accepted.useless: there is no such finding; remove it" in said
    found = [item for item in read_json("lint.json")["findings"] if item["flaw"] == "same_side"]
    assert {item["reason"] for item in found} == {"It was measured twice."}
    assert read_json("lint.json")["unused"] == ["useless"]


def test_a_cross_section_that_is_not_that_of_the_histograms(simulated):
    """As of histograms that were made with another one and copied here."""

    def change(document):
        document["datasets"]["dy_low"]["cross_section_pb"] *= 2

    edit_analysis(simulated, change)
    assert lint_templates() == 0
    (found,) = [
        item for item in read_json("lint.json")["findings"] if item["flaw"] == "normalization"
    ]
    assert (found["dataset"], found["level"]) == ("dy_low", "error")
    assert found["number"] == pytest.approx(0.5)
