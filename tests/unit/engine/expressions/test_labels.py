"""Axis labels of expressions: the symbols of the field where there are some, else the text."""

import itertools

import pytest
import yaml
from matplotlib.mathtext import MathTextParser

from wollemi.check.quick_look import Look
from wollemi.loading.expand import expand_labels
from wollemi_engine.expressions.labels import NAMES, OF_OBJECT, OF_TWO, quantity_label
from wollemi_interactive.draw.draw import variable_yaml, yaml_text

UNUSUAL = ["ht", "sum(jet.pt)", "jet[-1].pt", "jet[True].pt", "jet[9].pt", "event.met.sumet"]
UNUSUAL += ["(jet[1] + jet[2]).mass", "(jet[0] - jet[1]).mass", "jet[0].pt > 3", "jet[", "count()"]
COLLECTIONS = [name for names in NAMES.values() for name in names] + ["tight_muon", "jet_8"]


@pytest.mark.parametrize(
    ("expression", "label"),
    [
        ("(Electron[0] + Electron[1]).mass", "$m_{ee}$"),
        ("(muon[0] + muon[1] + electron[0]).pt", r"$p_\mathrm{T}^{\mu\mu e}$"),
        ("(photon[0] + Jet[0]).mass", r"$m_{\gamma j}$"),
        ("(tau[0] + fat_jet[0]).mass", r"$m_{\tau\,\mathrm{fat\ jet}}$"),
        ("jet[0].pt", r"first jet $p_\mathrm{T}$"),
        ("Muon[1].eta", r"second muon $\eta$"),
        ("Jet.pt", r"jet $p_\mathrm{T}$"),
        ("MET_pt", r"$E_\mathrm{T}^\mathrm{miss}$"),
        ("count(tight_jet)", "number of tight jets"),
        ("count(leptons)", "number of leptons"),
        ("delta_r(jet[0], muon[0])", r"$\Delta R(j,\,\mu)$"),
        ("delta_phi(jet[0], jet[1])", r"$\Delta\phi(j,\,j)$"),
        *((text, text) for text in UNUSUAL),
    ],
)
def test_labels_are_those_of_the_field(expression, label):
    assert quantity_label(expression) == label


@pytest.mark.parametrize("text", ['flag("a")', r"x\y", "a: b # µ", "#1", "'it'"])
def test_yaml_of_any_expression_is_read_back(text):
    lines = yaml_text(Look(text, text), [(10, 0, 1)], False)
    read = yaml.safe_load(lines)
    assert read["variables"]["drawn"]["expression"] == text
    assert read["regions"]["drawn"]["selection"] == text


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_labels_are_drawn_and_read_back_from_yaml(collection):
    one, two = f"{collection}[0]", f"{collection}[1]"
    forms = [f"{one}.{it}" for it in OF_OBJECT] + [f"({one} + {two}).{it}" for it in OF_OBJECT]
    forms += [f"{function}({one}, {two})" for function in OF_TWO]
    for expression, unit in itertools.product(forms, ("", "GeV")):
        lines = "\n".join(variable_yaml(expression, (10, 0, 1), False, unit))
        (variable,) = yaml.safe_load(lines)["variables"].values()
        label = variable["label"]
        assert (label, variable["expression"]) == (quantity_label(expression), expression)
        assert label != expression
        assert MathTextParser("path").parse(label).width


@pytest.mark.parametrize("expression", ["jet[0].pt", "met / 2", "ht"])
def test_a_variable_of_an_analysis_has_the_label_of_a_quick_look(expression):
    (drawn,) = yaml.safe_load("\n".join(variable_yaml(expression, (10, 0, 1), False, "")))[
        "variables"
    ].values()
    expanded = expand_labels({"variables": {"one": {"expression": expression}}})
    assert expanded["variables"]["one"]["label"] == drawn["label"]


LONG = "where(count(muon) > 1, sum(muon.pt) + met, 0) / (muon[0].pt + 1)"
COLUMNS = {
    "pair": "(muon[0] + muon[1]).mass",
    "odd": LONG,
    "hooked": {"hook": "f", "uses": ["met"]},
}


@pytest.mark.parametrize(
    ("expression", "label"),
    [
        ("pair", r"$m_{\mu\mu}$"),
        ("odd", "odd"),
        ("hooked", "hooked"),
        ("pair / 2", "pair / 2"),
        (LONG, "one"),
        (LONG[:40], LONG[:40]),
        ("(electron[0] + electron[1] + muon[0] + muon[1]).mass", r"$m_{ee\mu\mu}$"),
        ("", "one"),
    ],
)
def test_a_label_is_a_symbol_a_short_expression_or_the_name(expression, label):
    document = {"columns": COLUMNS, "variables": {"one": {"expression": expression}}}
    assert expand_labels(document)["variables"]["one"]["label"] == label


def test_a_written_label_stays_and_axes_need_none():
    variables = {
        "own": {"expression": "ht", "label": "Own"},
        "empty": {"expression": "ht", "label": ""},
        "both": {"axes": ["own", "empty"]},
        "kind": {"categories": {"low": "ht < 1"}},
    }
    expanded = expand_labels({"variables": variables})["variables"]
    assert expanded == variables | {"kind": variables["kind"] | {"label": "kind"}}
    assert expand_labels({"variables": expanded})["variables"] == expanded
    assert expand_labels({}) == {}
