"""Drawings of a notebook as plots of the analysis: the workflow fills what was drawn."""

import numpy as np
import pytest
import yaml
from support.tiny.analysis import ANALYSIS
from support.tiny.steps import fill_directly

import wollemi
from wollemi_interactive.explore.captured_plot import name_of, variable_text
from wollemi_likelihood.base.errors import WollemiError


def test_a_drawing_becomes_a_plot(finished_copy, monkeypatch):
    """The histogram of the workflow is that of the notebook."""
    monkeypatch.chdir(finished_copy)
    run = wollemi.open("results/tiny")
    before = yaml.safe_load((finished_copy / ANALYSIS).read_text())
    bins = (20, 20.0, 120.0)
    here = run.fill("muon[0].pt", "peak", bins=bins)["data"]
    assert here.values().sum() > 0
    assert run.add_plot("muon[0].pt", "peak", bins=bins) == finished_copy / ANALYSIS
    run.add_plot("mt", "peak")
    written = yaml.safe_load((finished_copy / ANALYSIS).read_text())
    assert written["regions"]["peak"].pop("monitor") == ["muon_0_pt", "mt"]
    assert written["variables"].pop("muon_0_pt") == {
        "expression": "muon[0].pt",
        "bins": [20, 20.0, 120.0],
        "label": r"first muon $p_\mathrm{T}$",
        "unit": "GeV",
    }
    assert written == before
    filled, _ = fill_directly("data")
    there = filled["peak/muon_0_pt/nominal"]
    assert np.array_equal(there.values(flow=True), here.values(flow=True))
    assert np.array_equal(there.axes[0].edges, here.axes[0].edges)
    assert filled["peak/mt/nominal"].values().sum() > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dimuon_mass", "peek"), "'peek' is not there; did you mean 'peak'?"),
        (("mass_peak", "peak"), "regions.peak: has 'mass_peak' already"),
        (("mt", "peak", "mass_search", (5, 0, 9)), "variables: has 'mass_search' already"),
        (("dimuon_mas", "peak"), "dimuon_mas: has no branch 'dimuon_mas'"),
        (("MET_pt", "peak", "1st"), "1st"),
    ],
)
def test_what_is_refused_changes_nothing(finished_copy, monkeypatch, arguments, message):
    monkeypatch.chdir(finished_copy)
    before = (finished_copy / ANALYSIS).read_bytes()
    with pytest.raises(WollemiError) as error:
        wollemi.open("results/tiny").add_plot(*arguments)
    assert message in str(error.value)
    assert (finished_copy / ANALYSIS).read_bytes() == before


def test_names_and_texts():
    assert name_of("(Muon[0] + Muon[1]).mass") == "muon_0_muon_1_mass"
    assert name_of("balance") == "balance"
    variable = {"label": "$m_{µµ}$", "unit": "", "expression": "a: b", "bins": [2, 0.0, 1.0]}
    text = variable_text(variable)
    assert text.startswith("{expression: ")
    assert yaml.safe_load(text) == {key: value for key, value in variable.items() if value}
