"""Corrections in expressions equal correctionlib called value by value in a plain loop; what it
takes silently is refused.
"""

import copy
from functools import partial

import awkward as ak
import correctionlib
import numpy as np
import pytest
from support.events.correction_files import (
    CORRECTIONS,
    FILE,
    binning,
    correction,
    formula,
    write_all,
    write_corrections,
)

from wollemi.analysis.models.objects import PhysicsObject
from wollemi.analysis.plain.corrections import correction_files, reached_corrections
from wollemi.events.event_models import open_corrections
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_likelihood.base.errors import WollemiError

CALLS = [f"correction.{name}{side}(0, 0)" for name in CORRECTIONS for side in ("", ".up", ".down")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_all(tmp_path)
    return tmp_path


def functions(corrections, calls=("correction.muon_id(0, 0)",), era=None, is_data=False):
    document = {"corrections": corrections, "datasets": {"dy": {"era": era} if era else {}}}
    needed = reached_corrections(document, "dy", is_data, calls)
    return open_corrections(needed, correction_files(needed))


def events(seed=1, number=300):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, number)
    columns = {
        name: rng.uniform(*bounds, counts.sum())
        for name, bounds in (("pt", (5, 300)), ("eta", (-2.4, 2.4)))
    }
    branches = {f"Muon_{name}": ak.unflatten(values, counts) for name, values in columns.items()}
    return ak.Array(
        branches
        | {"Muon_phi": ak.zeros_like(branches["Muon_pt"]), "true": rng.uniform(0, 60, number)}
    )


def names(batch, corrections, **muon):
    item = PhysicsObject(collection="Muon", mass_gev=0, **muon)
    return EventModel({"muon": item}, {}, {}, corrections).names(batch)


@pytest.mark.parametrize("side", ["", "up", "down"])
def test_a_list_of_each_event(folder, side):
    batch = events()
    call = "correction.muon_id" + (f".{side}" if side else "")
    found = evaluate(f"{call}(abs(muon.eta), muon.pt)", names(batch, functions(CORRECTIONS)))
    reference = correctionlib.CorrectionSet.from_file(FILE)["NUM_TightID"]
    choice = f"syst{side}" if side else "nominal"
    pairs = zip(batch.Muon_eta.to_list(), batch.Muon_pt.to_list(), strict=True)
    expected = [
        [reference.evaluate(abs(e), p, choice) for e, p in zip(etas, pts, strict=True)]
        for etas, pts in pairs
    ]
    assert found.to_list() == expected


def test_one_value_an_event(folder):
    batch = events()
    found = evaluate("correction.pileup(true)", names(batch, functions(CORRECTIONS, CALLS)))
    reference = correctionlib.CorrectionSet.from_file("corrections/pileup.json")["Collisions"]
    assert ak.to_list(found) == [
        reference.evaluate(value, "nominal") for value in batch.true.to_list()
    ]


def test_in_the_fields_cuts_and_calibration_of_an_object(folder):
    batch = events()
    keys = {
        "calibrate": {"pt": "pt * correction.scale(eta, pt)"},
        "fields": {"factor": "correction.muon_id(abs(eta), pt)"},
        "cuts": "correction.scale.up(eta, pt) < 1.02",
        "order": "-correction.muon_id(abs(eta), pt)",
    }
    found = evaluate("muon.factor", names(batch, functions(CORRECTIONS, CALLS), **keys)).to_list()
    content = correctionlib.CorrectionSet.from_file(FILE)
    expected = []
    for etas, pts in zip(batch.Muon_eta.to_list(), batch.Muon_pt.to_list(), strict=True):
        pts = [
            pt * content["Scale"].evaluate(eta, pt, "nominal")
            for eta, pt in zip(etas, pts, strict=True)
        ]
        muons = [
            (e, p)
            for e, p in zip(etas, pts, strict=True)
            if content["Scale"].evaluate(e, p, "up") < 1.02
        ]
        expected.append(
            sorted(
                (content["NUM_TightID"].evaluate(abs(e), p, "nominal") for e, p in muons),
                reverse=True,
            )
        )
    assert found == expected


def test_missing_arguments_give_none(folder):
    batch = events()
    corrections = names(batch, functions(CORRECTIONS))
    found = ak.to_list(evaluate("correction.muon_id(abs(muon[1].eta), muon[1].pt)", corrections))
    present = ak.to_list(ak.num(batch.Muon_pt) > 1)
    assert [value is not None for value in found] == present
    assert any(present)
    assert not all(present)
    first = ak.to_list(evaluate("correction.muon_id(abs(muon.eta), muon.pt)", corrections)[:, 1:2])
    assert found == [values[0] if values else None for values in first]


def test_one_argument_goes_with_each_of_a_list(folder):
    batch = events()
    corrections = names(batch, functions(CORRECTIONS))
    found = evaluate("correction.muon_id(0.5, muon.pt) / correction.muon_id(0.5, 40)", corrections)
    expected = evaluate("correction.muon_id(0 * muon.pt + 0.5, muon.pt)", corrections) / 0.97
    assert ak.all(abs(found - expected) < 1e-15)


def test_prod():
    batch = {"x": ak.Array([[2.0, 3.0], [], [0.5]])}
    assert evaluate("prod(x)", batch).to_list() == [6.0, 1.0, 0.5]


def test_no_events(folder):
    batch = events()[:0]
    assert (
        evaluate(
            "correction.muon_id(abs(muon.eta), muon.pt)", names(batch, functions(CORRECTIONS))
        ).to_list()
        == []
    )


def test_by_era_and_kind(folder):
    for year, factor in (("2017", 1.1), ("2018", 1.2)):
        data = correction(
            f"Data{year}", {"x": "real", "R": "real"}, formula(f"{factor}*x*y", ["x", "R"])
        )
        other = correction(
            f"MC{year}", {"x": "real", "R": "real"}, formula(f"-{factor}*x*y", ["x", "R"])
        )
        write_corrections(folder / f"{year}.json", data, other)
    item = {
        "file": {"2017": "2017.json", "2018": "2018.json"},
        "correction": {
            era: {"data": f"Data{era}", "simulation": f"MC{era}"} for era in ("2017", "2018")
        },
        "inputs": {"x": 1, "R": {"2017": 0.4, "2018": "0.8"}},
    }
    for era, is_data, expected in (
        ("2017", False, -0.88),
        ("2018", False, -1.92),
        ("2018", True, 1.92),
    ):
        opened = functions({"scale": item}, ["correction.scale(1)"], era, is_data)
        assert opened["correction.scale"](2.0) == pytest.approx(expected, rel=1e-15)


def test_a_compound_correction(folder):
    first = correction("L1", {"x": "real"}, formula("1.1*x", ["x"]))
    second = correction("L2", {"x": "real"}, formula("x+1", ["x"]))
    compound = {
        "name": "L1L2", "inputs": [{"name": "x", "type": "real"}], "output": {"name": "f", "type": "real"},  # noqa: E501
        "inputs_update": ["x"], "input_op": "*", "output_op": "*", "stack": ["L1", "L2"],
    }  # fmt: skip
    write_corrections(folder / "jec.json", first, second, compounds=(compound,))
    item = {"jec": {"file": "jec.json", "correction": "L1L2", "inputs": {"x": 1}}}
    expected = 2.2 * (2 * 2.2 + 1)
    assert functions(item, ["correction.jec(1)"])["correction.jec"](2.0) == pytest.approx(
        expected, rel=1e-15
    )


BINS = correction(
    "bins",
    {"x": "real", "n": "int"},
    binning("x", [0.0, 1.0, 2.0], [1.0, formula("log(0*x-1)", ["x"])]),
)
NUMBERS = {"file": "bins.json", "correction": "bins", "inputs": {"x": 1, "n": 2}}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("correction.bins(x, 1)", "there is no value for x = 2.5, n = 1"),
        ("correction.bins(0 * x, bad)", "input 'n'.*an argument is inf"),
        ("correction.bins(bad * 0, 1)", r"input 'x'.*an argument is nan \(3 such values\)"),
        ("correction.bins(0 * x, x)", "input 'n'.*takes whole numbers, not 0.5"),
        ("correction.bins(x / 2, 7)", r"the result is nan for x = 1.25, n = 7 \(1 such values\)"),
        ("correction.bins(muon, 1)", "an argument is an object"),
    ],
)
def test_nothing_is_silently_wrong(folder, call, message):
    write_corrections(folder / "bins.json", BINS)
    batch = events(number=3)
    batch["x"] = (
        ak.Array([0.5, 0.5, 2.5]) if call == "correction.bins(x, 1)" else ak.Array([0.5, 1.5, 2.5])
    )
    batch["bad"] = ak.Array([np.inf, np.nan, np.nan]) if "0 * x" in call else ak.Array([np.nan] * 3)
    model = names(batch, functions({"bins": NUMBERS}, ["correction.bins(1, 2)"]))
    with pytest.raises(WollemiError, match=message):
        evaluate(call, model)


def test_the_value_that_is_refused_is_named_among_many(folder):
    write_corrections(folder / "bins.json", BINS)
    values = np.linspace(0, 0.9, 10_001)
    values[7_123] = -3.25
    bins = functions({"bins": NUMBERS}, ["correction.bins(1, 2)"])["correction.bins"]
    with pytest.raises(WollemiError, match=r"no value for x = -3.25, n = 1 \(Index below bounds"):
        bins(values, 1)


def changed(*path, value):
    item = copy.deepcopy(CORRECTIONS["muon_id"])
    target = item
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return item


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            changed("correction", value="NUM_TigthID"),
            "no correction 'NUM_TigthID'; did you mean 'NUM_TightID'",
        ),
        (changed("inputs", "eta", value=1), "no input 'eta'; did you mean 'abseta'"),
        (
            changed("inputs", value={"abseta": 1, "pt": 2}),
            r"needs the input 'scale_factors' \(string\)",
        ),
        (
            changed("inputs", "scale_factors", value=1),
            "this input is a text, and an argument is a number",
        ),
        (changed("inputs", "pt", value="high"), r"this input is a number \(real\), not 'high'"),
        (changed("file", value="broken.json"), "is not a correction file"),
        (changed("file", value="other.json"), "is not a correction file"),
        (changed("file", value="muons.root"), "is not a correction file"),
    ],
)
def test_what_a_file_does_not_have(folder, item, message):
    (folder / "broken.json").write_text('{"schema_version": 2, ')
    (folder / "other.json").write_text("{}")
    (folder / "muons.root").write_text("root")
    with pytest.raises(WollemiError, match=message):
        functions({"muon_id": item})


def test_a_constant_that_the_file_does_not_know(folder):
    call = partial(
        functions({"muon_id": changed("inputs", "scale_factors", value="nominl")})[
            "correction.muon_id"
        ],
        1.0,
    )
    with pytest.raises(WollemiError, match="scale_factors = nominl"):
        call(40.0)
