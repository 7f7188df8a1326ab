"""Against a plain Python loop over events."""

import math

import awkward as ak
import numpy as np
import pytest

from wollemi_engine.expressions.evaluation import as_flags, as_values, evaluate, evaluate_entries
from wollemi_engine.expressions.momenta import momentum_records
from wollemi_likelihood.base.errors import WollemiError


def muon(pt, eta, phi, charge):
    return {"pt": pt, "eta": eta, "phi": phi, "mass": 0.1, "charge": charge}


MUONS = [
    [muon(50.0, 0.1, 0.2, 1), muon(30.0, -1.0, 3.0, -1)],
    [muon(20.0, 2.0, -3.0, 1)],
    [],
    [muon(p, 0.3 * p / 10, p / 10, 1) for p in (10.0, 20.0, 40.0)],
]
NAMES = {
    "muon": ak.Array(MUONS, with_name="Momentum4D"),
    "met": ak.Array([10.0, 20.0, 30.0, 40.0]),
    "n": ak.Array([1, 2, 3, 4]),
}


def mass(first, second):
    def vector(p):
        momentum = [
            p["pt"] * math.cos(p["phi"]),
            p["pt"] * math.sin(p["phi"]),
            p["pt"] * math.sinh(p["eta"]),
        ]
        return [math.sqrt(sum(x * x for x in momentum) + p["mass"] ** 2), *momentum]

    e, x, y, z = (a + b for a, b in zip(vector(first), vector(second), strict=True))
    return math.sqrt(e * e - x * x - y * y - z * z)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("count(muon) == 2", lambda m, met: len(m) == 2),
        ("count(muon.pt > 15) >= 2", lambda m, met: sum(p["pt"] > 15 for p in m) >= 2),
        ("sum(muon.pt) > met", lambda m, met: sum(p["pt"] for p in m) > met),
        ("any(muon.pt > 35) or met > 25", lambda m, met: any(p["pt"] > 35 for p in m) or met > 25),
        ("all(abs(muon.eta) < 1.5)", lambda m, met: all(abs(p["eta"]) < 1.5 for p in m)),
        ("muon[1].pt > 25", lambda m, met: len(m) > 1 and m[1]["pt"] > 25),
        ("not muon[1].pt > 25", lambda m, met: not (len(m) > 1 and m[1]["pt"] > 25)),
        (
            "muon[0].charge != muon[1].charge",
            lambda m, met: len(m) > 1 and m[0]["charge"] != m[1]["charge"],
        ),
        ("muon[-1].pt < 35", lambda m, met: len(m) > 0 and m[-1]["pt"] < 35),
        ("15 < met <= 30", lambda m, met: 15 < met <= 30),
        ("max(muon.pt) > 45", lambda m, met: bool(m) and max(p["pt"] for p in m) > 45),
        (
            "delta_r(muon[0], muon[1]) > 2.9",
            lambda m, met: len(m) > 1 and delta_r(m[0], m[1]) > 2.9,
        ),
    ],
)
def test_selections(text, event):
    expected = [event(muons, met) for muons, met in zip(MUONS, NAMES["met"].tolist(), strict=True)]
    assert as_flags(evaluate(text, NAMES), 4).tolist() == expected


def delta_r(a, b):
    phi = math.remainder(a["phi"] - b["phi"], 2 * math.pi)
    return math.hypot(a["eta"] - b["eta"], phi)


def test_four_momenta_are_added():
    values = as_values(evaluate("(muon[0] + muon[1]).mass", NAMES), 4)
    assert values[[0, 3]] == pytest.approx([mass(*MUONS[0]), mass(*MUONS[3][:2])], rel=1e-12)
    assert np.isnan(values[[1, 2]]).all()


def test_a_constant_holds_for_every_event():
    assert as_values(evaluate("2 * 3", NAMES), 4).tolist() == [6.0] * 4
    assert as_flags(evaluate("1 < 2", NAMES), 4).tolist() == [True] * 4


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(WollemiError, match=r"'muno' is neither .* did you mean 'muon'"):
        evaluate("count(muno) > 0", NAMES)
    with pytest.raises(WollemiError, match="no field 'chrage'; did you mean 'charge'"):
        evaluate("muon.chrage", NAMES)


def test_a_list_is_no_selection():
    with pytest.raises(WollemiError, match=r"use any\(\.\.\.\) or all"):
        as_flags(evaluate("muon.pt > 30", NAMES), 4)


@pytest.mark.parametrize(
    "text",
    [
        "sum(met)",
        "prod(met)",
        "min(met)",
        "max(met)",
        "count(met > 3)",
        "any(met > 3)",
        "all(met > 3)",
    ],
)
def test_one_value_an_event_has_nothing_to_reduce(text):
    """awkward would reduce all events of the batch to one number."""
    with pytest.raises(WollemiError, match="a list for each event is needed here"):
        evaluate(text, {"met": ak.Array([1.0, 5.0])})


@pytest.mark.parametrize(
    "text", ["run", "run > 11", "tag", "tag[0]", "count(tag)", "jet.tag", "any(jet.tag == 12)"]
)
@pytest.mark.parametrize("words", [["12", "13"], ["DeepJet", "CSV"]])
def test_text_is_no_number(text, words):
    """numpy makes numbers of digits."""
    lists = ak.Array([[words[0]], [words[1]]])
    names = {"run": ak.Array(words), "tag": lists, "jet": ak.zip({"tag": lists}, depth_limit=2)}
    with pytest.raises(
        WollemiError, match=r"'(run|tag)' is text, not numbers\n  → use numbers, or"
    ):
        evaluate_entries(text, names, np.array([True, True]))


def test_where_chooses_between_objects_of_the_same_fields():
    muons, jets = ak.Array([[{"pt": 1.0, "eta": 0.5}]]), ak.Array([[{"pt": 2.0}]])
    names = {"muon": muons, "jet": jets, "x": ak.Array([1.0])}
    assert ak.to_list(evaluate("where(x > 2, muon[0], muon[0]).pt", names)) == [1.0]
    with pytest.raises(WollemiError, match="between objects with different fields"):
        evaluate("where(x > 2, muon[0], jet[0]).pt", names)


@pytest.mark.parametrize(
    "text",
    [
        *("where(x > 2, muon[0], 0)", "where(x > 2, 0, muon[0]).pt", "where(x > 2, muon, x)"),
        *("where(x > 2, muon[0].pt, muon[0])", "where(True, muon[0], x)"),
    ],
)
def test_where_does_not_choose_between_an_object_and_a_number(text):
    names = {"muon": ak.Array([[{"pt": 1.0}], []]), "x": ak.Array([1.0, 3.0])}
    with pytest.raises(WollemiError, match="between an object and a number"):
        evaluate(text, names)


@pytest.mark.parametrize("other", ["muon[1]", "muon[0]", "2", "x"])
@pytest.mark.parametrize("operator", ["==", "!=", "<", ">="])
@pytest.mark.parametrize("momenta", [True, False])
def test_objects_are_not_compared(other, operator, momenta):
    """Packages of four-momenta compare them, and take two that are missing for different."""
    muons = ak.Array([[{"pt": 1.0, "eta": 0.0, "phi": 0.0, "mass": 0.1}], []])
    fields = {name: muons[name] for name in muons.fields}
    found = momentum_records(fields) if momenta else muons
    names = {"muon": found, "x": ak.Array([1.0, 3.0])}
    for text in (f"muon[0] {operator} {other}", f"{other} {operator} muon[0]"):
        with pytest.raises(WollemiError, match="an object is used where a number is needed"):
            evaluate(text, names)
