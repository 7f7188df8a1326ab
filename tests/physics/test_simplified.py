"""The simplified results of the default analysis: the goal of the closure, and what spey and
SModelS make of all signals.
"""

import json

import pytest
from support.oracles.spey_limits import spey_limits
from support.products.simplified_runs import model_card, read_with_smodels
from support.project.folders import run_shipped

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    products = [f"simplified/{name}" for name in ("README.md", "smodels.zip", "closure_plot.png")]
    return run_shipped(tmp_path_factory.mktemp("zprime"), "zprime", products)


@pytest.fixture(scope="module")
def closure(results):
    return json.loads((results / "simplified/closure.json").read_text())


def test_all_limits_are_within_the_goal(closure):
    assert len(closure["signals"]) == 7
    ratios = [ratio for item in closure["signals"].values() for ratio in item["ratio"].values()]
    assert ratios == pytest.approx([1.0] * 14, abs=0.1)
    assert closure["summary"]["closes"] is True


def test_limits_of_all_signals_are_those_of_spey(results, closure):
    found = spey_limits(json.loads((results / "simplified/simplified_likelihood.json").read_text()))
    assert found.keys() == closure["signals"].keys()
    for name, (observed, expected) in found.items():
        ours = closure["signals"][name]["simplified"]
        assert expected == pytest.approx(ours["expected_before_fit"], rel=1e-3)
        # spey does not move the auxiliary data
        assert observed == pytest.approx(ours["observed"], rel=0.03)
        assert observed == pytest.approx(closure["signals"][name]["full"]["observed"], rel=0.1)


def test_smodels_excludes_what_the_closure_says(results, closure, tmp_path):
    limits = json.loads((results / "limits.json").read_text())["limits"]
    # A signal strength of 1 has twice the cross section of one flavor, half of it in electrons.
    cards = {
        name: model_card(1000 * item["point"], 2 * item["cross_section_pb"], {11: 0.5, 13: 0.5})
        for name, item in limits.items()
    }
    masses = [1000 * item["point"] for item in limits.values()]
    found, messages = read_with_smodels(
        results / "simplified/smodels.zip", tmp_path, masses=masses, spin=1, cards=cards
    )
    assert "warning" not in messages.lower()
    for name, (observed, expected) in found["predictions"].items():
        ours = closure["signals"][name]["simplified"]
        assert expected == pytest.approx(ours["expected_before_fit"], rel=0.01)
        # Asimov data of another convention, see docs/publication.md
        assert observed == pytest.approx(ours["observed"], rel=0.1)
    for place, name in enumerate(limits):
        efficiencies = [item["efficiencies"] for item in found["sets"].values()]
        total = sum(maps[topology][place] for maps in efficiencies for topology in maps) / 2
        cutflow = json.loads((results / f"cutflow/{name}.json").read_text())
        histograms = json.loads((results / f"histograms/{name}.json").read_text())
        passed = sum(
            cutflow["regions"][region][-1]["sum_of_weights"]
            * share_in_bins(histograms[f"{region}/{variable}/nominal"])
            for region, variable in (("signal_ee", "mass_ee"), ("signal_mumu", "mass_mumu"))
        )
        assert total == pytest.approx(passed / cutflow["sum_of_weights"], rel=1e-4)


def share_in_bins(histogram):
    """What is neither under- nor overflow."""
    values = histogram["storage"]["values"]
    return sum(values[1:-1]) / sum(values)
