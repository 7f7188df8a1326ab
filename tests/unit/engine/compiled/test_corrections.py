"""Corrections in the compiled loop have the bits of correctionlib called value by value; what it
refuses is left to the awkward evaluation.
"""

import random
from pathlib import Path

import awkward as ak
import correctionlib
import numpy as np
import pytest
from support.engine.cases import Case
from support.engine.corrections import constants_of, random_correction, write
from support.engine.values import Values
from support.events.correction_files import binning, correction, formula
from support.events.nano import as_batch, nano_events
from support.project.seeds import slow_but

from wollemi.analysis.models.objects import PhysicsObject
from wollemi.events.event_models import open_corrections
from wollemi_engine.compiled.buffers import UnfitError
from wollemi_engine.compiled.correction_texts import numbers
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import evaluate_values
from wollemi_likelihood.base.errors import WollemiError

FILE = Path("c.json")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    return tmp_path


def opened(name="c", variations=(), **inputs):
    """`correction.c` of the file."""
    sides = {side: {"what": side} for side in variations}
    item = {"file": str(FILE), "correction": name, "inputs": inputs, "variations": sides}
    return open_corrections({"c": item}, [FILE])


def values_of(corrections, text, batch, objects=None):
    return Values(EventModel(objects or {}, {}, {}, corrections), batch, text)


def evaluated(corrections, text, batch, objects=None):
    """The awkward evaluation."""
    names = EventModel(objects or {}, {}, {}, corrections).names(batch)
    return evaluate_values(text, names, len(batch))


def hostile_events(seed, content, number=120):
    """Arguments in the bins, on their edges and next to them, and far outside."""
    rng = np.random.default_rng(seed)
    edges = [
        value
        for edge in constants_of(content)[:60]
        for value in (edge, np.nextafter(edge, np.inf), np.nextafter(edge, -np.inf))
    ]
    special = [*edges, 0.0, -0.0, 1e15, -1e15, 1e-310, np.inf, -np.inf, np.nan]
    columns = {
        name: np.where(
            rng.random(number) < 0.5, rng.normal(0, 2, number), rng.choice(special, number)
        )
        for name in "xy"
    }
    return ak.Array(columns | {"n": rng.integers(-3, 5, number)})


def asked(reference, *arguments):
    """What correctionlib gives; nothing where Wollemi refuses it."""
    if not all(np.isfinite(value) for value in arguments if not isinstance(value, str)):
        return None
    try:
        value = reference.evaluate(*arguments)
    except (RuntimeError, IndexError):
        return None
    return value if np.isfinite(value) else None


def compare(compiled, events, expected):
    """Compare one by one, and at once; return how many the compiled loop did not dare."""
    left = 0
    for index, value in enumerate(expected):
        try:
            found = compiled(events[index : index + 1])
        except UnfitError:
            left += value is not None
        else:
            assert value is not None, events[index].to_list()
            assert found.tobytes() == np.float64(value).tobytes(), events[index].to_list()
    good = [index for index, value in enumerate(expected) if value is not None]
    if not left and good:
        found = compiled(events[good])
        assert found.tobytes() == np.array([expected[index] for index in good]).tobytes()
    return left


SEEDS = slow_but(range(12), range(300))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_corrections(seed):
    content, choose = random_correction(seed), random.Random(seed)
    write(FILE, content)
    m, what = choose.choice([-1, 0, 1, 2]), choose.choice(["up", "down", "other"])
    events = hostile_events(seed, content)
    compiled = values_of(
        opened(x=1, y=2, n=3, m=str(m), what=what), "correction.c(x, y, n)", events
    )
    reference = correctionlib.CorrectionSet.from_file(str(FILE))["c"]
    expected = [
        asked(reference, event["x"], event["y"], event["n"], m, what) for event in events.to_list()
    ]
    assert compare(compiled, events, expected) <= len(events) // 10


@pytest.mark.parametrize("output", ["+", "*", "/", "last"])
@pytest.mark.parametrize("step", ["+", "*", "/"])
def test_compound_corrections(step, output):
    members = (
        correction("a", {"x": "real"}, formula("1.1+0.01*x", ["x"])),
        correction(
            "b",
            {"y": "real", "x": "real", "what": "string"},
            binning("x", [-1.0, 0.3, 2.0], [0.123456789012345678, 0.9], "clamp"),
        ),
        correction("d", {"x": "real", "y": "real"}, formula("x-y/3", ["x", "y"])),
    )
    compound = {
        "name": "all",
        "inputs": [
            {"name": name, "type": kind}
            for name, kind in (("what", "string"), ("y", "real"), ("x", "real"))
        ],
        "output": {"name": "f", "type": "real"},
        "inputs_update": ["x"],
        "input_op": step,
        "output_op": output,
        "stack": ["a", "b", "d"],
    }
    write(FILE, *members, compounds=(compound,))
    events = hostile_events(3, [0.3, -1.0])
    compiled = values_of(opened("all", x=1, y=2, what="any"), "correction.c(x, y)", events)
    reference = correctionlib.CorrectionSet.from_file(str(FILE)).compound["all"]
    expected = [asked(reference, "any", event["y"], event["x"]) for event in events.to_list()]
    assert compare(compiled, events, expected) == 0


@pytest.mark.parametrize("distribution", ["stdflat", "normal"])
@pytest.mark.parametrize("number", range(1, 10))
def test_random_numbers(number, distribution):
    inputs = "xnymxxyny"[:number]
    node = {"nodetype": "hashprng", "inputs": list(inputs), "distribution": distribution}
    kinds = {"x": "real", "y": "real", "n": "int", "m": "int"}
    write(FILE, correction("c", kinds, node))
    events = hostile_events(number, [0.5])
    compiled = values_of(opened(x=1, y=2, n=3, m="-7"), "correction.c(x, y, n)", events)
    reference = correctionlib.CorrectionSet.from_file(str(FILE))["c"]
    expected = [
        asked(reference, event["x"], event["y"], event["n"], -7) for event in events.to_list()
    ]
    assert compare(compiled, events, expected) == 0
    assert len(set(expected)) > 10


def test_numbers_are_those_that_correctionlib_reads():
    """It reads one of ten numbers with 17 digits with another last bit than Python."""
    texts = [repr(value) for value in np.random.default_rng(1).normal(0, 1e3, 2000).tolist()]
    content = correction("c", {"x": "real"}, binning("x", [0.0, 1.0], [1.0]))
    write(FILE, content)
    text = FILE.read_text().replace("[0.0, 1.0]", str([float(i) for i in range(2001)]))
    FILE.write_text(text.replace("[1.0]", f"[{', '.join(texts)}]"))
    reference = correctionlib.CorrectionSet.from_file(str(FILE))["c"]
    expected = [reference.evaluate(index + 0.5) for index in range(2000)]
    assert list(numbers(texts).values()) == expected
    assert expected != [float(text) for text in texts]
    for text, value in numbers(["1e-7", "-0.0", "1234567890123456789012.5", "1E+22", "12"]).items():
        assert value == pytest.approx(float(text), rel=1e-15)


def test_nodes_of_one_shape_are_one_piece_of_code(folder):
    """Other numbers, in as many bins, are the same machine code with another table."""
    events = ak.Array({"x": [0.5, 799.5]})
    for factor in (1.5, 2.5):
        formulas = [formula(f"{factor * (index + 1)}*x+{index % 7}", ["x"]) for index in range(800)]
        edges = [float(index) for index in range(801)]
        write(FILE, correction("c", {"x": "real"}, binning("x", edges, formulas)))
        compiled = values_of(opened(x=1), "correction.c(x)", events)
        assert compiled(events).tolist() == [factor * 0.5, factor * 800 * 799.5 + 1]
    assert len(list((folder / "cache").iterdir())) == 1


BINS = correction(
    "c",
    {"x": "real", "n": "int", "what": "string"},
    {
        "nodetype": "category",
        "input": "what",
        "content": [
            {"key": key, "value": binning("x", [0.0, 50.0, 1000.0], [factor, 2 * factor], "clamp")}
            for key, factor in (("nominal", 1.1), ("up", 1.3))
        ],
    },
)
INPUTS = {"x": 1, "n": 2, "what": "nominal"}


@pytest.mark.parametrize(
    "text",
    [
        "sum(correction.c(jet.pt, 1))",
        "sum(correction.c.up(jet.pt, jet.jetId))",
        "correction.c(jet[2].pt, count(jet))",
        "correction.c(jet[0].pt, 1.0) + correction.c(60, 1)",
        "where(count(jet) > 2, correction.c(MET_pt, floor(MET_pt)), 3)",
        "count(correction.c(jet.pt, 0) > 1.5 and jet.pt < 100)",
        "sum(tight.pt) + sum(hard.pt) + sum(best.pt) + sum(pair.mass)",
        "sum(scaled.pt) + sum(scaled.factor)",
    ],
)
def test_in_all_places(text, caplog):
    write(FILE, BINS)
    batch = as_batch(nano_events(3, 600))
    batch["Jet_jetId"] = ak.values_astype(batch.Jet_pt, np.uint64)
    objects = {
        "jet": PhysicsObject(collection="Jet", cuts="pt > 20"),
        "tight": PhysicsObject(select="jet", cuts="correction.c(pt, 1) > 1.2"),
        "hard": PhysicsObject(collection="Jet", order="-correction.c(pt, 1)", cuts="pt > 10"),
        "best": PhysicsObject(collection="Jet", best="correction.c.up(pt, 2) * pt"),
        "pair": PhysicsObject(combine=["jet", "jet"], cuts="correction.c(mass, 3) < 2"),
        "scaled": PhysicsObject(
            collection="Jet",
            calibrate={"pt": "pt * correction.c(pt, 1)"},
            fields={"factor": "correction.c.up(pt, jetId)"},
            cuts="factor > 2",
        ),
    }
    corrections = opened(variations=["up"], **INPUTS)
    with caplog.at_level("INFO"):
        compiled = values_of(corrections, text, batch, objects)
    expected = evaluated(corrections, text, batch, objects)
    assert compiled(batch).tobytes() == expected.tobytes()
    assert np.nansum(expected) > 100
    assert not [record for record in caplog.records if "not compiled" in record.message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("correction.c(x, x)", "takes whole numbers, not 0.5"),
        ("correction.c(x / 0, 1)", "an argument is inf"),
    ],
)
def test_what_is_refused_ends_the_batch(text, message):
    write(FILE, BINS)
    batch = ak.Array({"x": [0.5, 1.0]})
    corrections = opened(variations=["up"], **INPUTS)
    with pytest.raises(UnfitError), np.errstate(all="ignore"):
        values_of(corrections, text, batch)(batch)
    with pytest.raises(WollemiError, match=message), np.errstate(all="ignore"):
        evaluated(corrections, text, batch)


@pytest.mark.parametrize("constant", ["1.5", "1e30"])
def test_a_constant_that_is_no_whole_number(constant):
    write(FILE, BINS)
    batch = ak.Array({"x": [0.5, 1.0]})
    compiled = values_of(opened(**INPUTS), f"correction.c(x, {constant})", batch)
    with pytest.raises(WollemiError, match="takes whole numbers"), np.errstate(invalid="ignore"):
        compiled(batch)


def test_a_result_that_is_not_needed_is_not_computed():
    write(FILE, correction("c", {"x": "real"}, binning("x", [0.0, 1.0], [1.5])))
    batch = ak.Array({"x": [0.5, 7.0]})
    text = "where(x < 1 and correction.c(x) > 1, 1, 2)"
    assert values_of(opened(x=1), text, batch)(batch).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (
            {"nodetype": "hashprng", "inputs": ["x"], "distribution": "stdnormal"},
            "the random numbers of each C++ library",
        ),
    ],
)
def test_what_is_not_compiled_is_an_input(node, reason, caplog):
    write(FILE, correction("c", {"x": "real"}, node))
    batch = ak.Array({"x": np.linspace(-3, 9, 50)})
    with caplog.at_level("INFO"):
        compiled = values_of(opened(x=1), "correction.c(x)", batch)
    assert reason in caplog.text
    assert compiled(batch).tobytes() == evaluated(opened(x=1), "correction.c(x)", batch).tobytes()


@pytest.mark.parametrize("worth", [1, 10**9])
def test_what_is_an_error_does_not_depend_on_the_number_of_events(worth, monkeypatch):
    """Only the events of a region need a value, also where few of them are not worth compiling."""
    write(FILE, correction("c", {"x": "real"}, binning("x", [0.0, 50.0], [1.5])))
    batch = as_batch(nano_events(5, 300))
    region = {"selection": "MET_pt < 50", "variable": "met"}
    document = {
        "name": "a", "title": "A", "description": "A.", "center_of_mass_tev": 13,
        "datasets": {"d": {"files": ["d.root"], "normalization": "none"}},
        "samples": {"s": {"role": "background", "datasets": ["d"]}},
        "corrections": {"c": {"file": str(FILE), "correction": "c", "inputs": {"x": 1}}},
        "weights": {"c": {"factor": "correction.c(MET_pt)", "samples": ["s"]}},
        "variables": {"met": {"expression": "MET_pt", "bins": [10, 0, 100], "label": "x"}},
        "regions": {"low": region},
    }  # fmt: skip
    case = Case(document, "d", batch)
    case.model = EventModel({}, {}, {}, opened(x=1))
    monkeypatch.setattr("wollemi_engine.compiled.choice.WORTH", worth)
    found = case.filler(monkeypatch, "auto").fill(case.events)[0]["low", "met"][0]
    number = ak.sum(batch.MET_pt < 50)
    assert 0 < number < 300
    assert found[0].sum() == 1.5 * number
    with pytest.raises(WollemiError, match="there is no value for x"):
        case.filler(monkeypatch, "awkward").fill(case.events)
    document["regions"]["low"] = region | {"selection": "MET_pt > 0"}
    case = Case(document, "d", batch)
    case.model = EventModel({}, {}, {}, opened(x=1))
    with pytest.raises(WollemiError, match="there is no value for x"):
        case.filler(monkeypatch, "auto").fill(case.events)
