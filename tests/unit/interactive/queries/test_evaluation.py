"""Each query gives what the same text gives in plain Python, element by element."""

import contextlib
import re
from types import SimpleNamespace

import awkward as ak
import numpy as np
import pytest
from support.events.leptons import lepton_events
from support.oracles.linq import answer

from wollemi_engine.expressions.evaluation import as_values, evaluate
from wollemi_interactive.queries.branches import branches_of
from wollemi_interactive.queries.evaluation import evaluate_query
from wollemi_interactive.queries.syntax import QueryError, parse_query

EVENTS = lepton_events(1, 300)
KNOWN = EVENTS.fields
TWO = "EventDataset().Where(lambda e: e.Electron_pt.Count() == 2)"
ZIPPED = "Zip({'pt': e.Electron_pt, 'eta': e.Electron_eta, 'phi': e.Electron_phi, 'mass': e.Electron_mass})"  # noqa: E501
QUERIES = {
    "a list": "EventDataset().Select(lambda e: e.Electron_pt)",
    "a branch by its text": "EventDataset().Select(lambda e: {'met': e['MET_pt']})",
    "arithmetic": "EventDataset().Select(lambda e: {'x': -e.MET_pt ** 2 / 3 + 7 % 4})",
    "numpy": "EventDataset().Select(lambda e: {'x': np.sqrt(e.MET_pt), 'y': abs(-e.MET_pt)})",
    "a condition on elements": "EventDataset().Select(lambda e: e.Jet_pt.Where(lambda p: 20 < p <= 50))",  # noqa: E501
    "elements of all events": "EventDataset().SelectMany(lambda e: e.Jet_pt)",
    "an outer value": "EventDataset().SelectMany(lambda e: e.Jet_pt.Where(lambda p: p > e.MET_pt))",
    "two lists": "EventDataset().Select(lambda e: e.Jet_pt.Select(lambda j: e.Electron_pt.Where(lambda p: p > j).Count()))",  # noqa: E501
    "a table of two lists": "EventDataset().Select(lambda e: e.Jet_pt.Select(lambda j: e.Electron_pt.Select(lambda p: p - j)))",  # noqa: E501
    "three lists": "EventDataset().Select(lambda e: e.Jet_pt.Select(lambda j: e.Electron_pt.Select(lambda p: e.Jet_eta.Where(lambda h: h * j > p).Count())))",  # noqa: E501
    "a zip of lists of lists": "EventDataset().Select(lambda e: Zip({'a': e.Jet_pt.Select(lambda j: e.Electron_pt.Where(lambda p: p > j)), 'b': e.Jet_pt.Select(lambda j: e.Electron_pt.Where(lambda p: p < j))}).Select(lambda r: r.a.Count() - r.b.Count()))",  # noqa: E501
    "nearest": "EventDataset().Where(lambda e: e.Electron_pt.Count() > 0).Select(lambda e: e.Jet.Select(lambda j: e.Electron.Select(lambda x: x.deltaR(j)).Min()))",  # noqa: E501
    "numbers of lists": "EventDataset().Select(lambda e: {'n': len(e.Jet_pt), 's': e.Jet_pt.Sum(), 'a': e.Jet_pt.Any(lambda p: p > 50), 'b': e.Jet_pt.All(lambda p: p > 20)})",  # noqa: E501
    "sorted": "EventDataset().Select(lambda e: {'u': e.Jet_pt.OrderBy(lambda p: p), 'd': e.Jet_pt.OrderByDescending(lambda p: abs(p - 40))})",  # noqa: E501
    "first and last": f"{TWO}.Select(lambda e: {{'f': e.Electron_pt.First(), 'l': e.Electron_pt.Last(), 's': e.Electron_pt.ElementAt(1), 't': e.Electron_pt[-2]}})",  # noqa: E501
    "a guard": "EventDataset().Where(lambda e: e.Jet_pt.Count() > 0 and e.Jet_pt.First() > 30).Select(lambda e: e.Jet_pt.Max())",  # noqa: E501
    "a guard by or": "EventDataset().Where(lambda e: e.Jet_pt.Count() == 0 or not e.Jet_pt.First() > 30).Select(lambda e: e.MET_pt)",  # noqa: E501
    "a choice": "EventDataset().Select(lambda e: {'x': e.MET_pt if e.MET_pt > 20 else 0.5})",
    "a mass": f"{TWO}.Select(lambda e: {{'m': (e.Electron[0] + e.Electron[1]).mass}})",
    "a mass of zipped ones": f"EventDataset().Select(lambda e: {ZIPPED}.ToFourMomentum()).Where(lambda l: l.Count() == 2).Select(lambda l: {{'m': (l.First() + l.Last()).mass}})",  # noqa: E501
    "as methods": "EventDataset().Select(lambda e: e.Electron.Where(lambda x: x.pt() > 30 and abs(x.eta()) < 2)).Where(lambda l: l.Count() == 2).Select(lambda l: {'m': (l[0] + l[1]).mass})",  # noqa: E501
    "all pairs": "EventDataset().Select(lambda e: e.Electron.Choose(2).Select(lambda p: (p[0] + p[1]).mass))",  # noqa: E501
    "pairs of pairs": "EventDataset().Select(lambda e: e.Electron.Choose(2).Where(lambda p: p[0].charge != p[1].charge).Count())",  # noqa: E501
    "a sum of momenta": f"{TWO}.Select(lambda e: {{'m': e.Electron.Sum().mass, 'pz': e.Electron.Sum().pz}})",  # noqa: E501
    "electrons with jets": "EventDataset().Select(lambda e: e.Electron.Select(lambda x: e.Jet.Where(lambda j: j.deltaR(x) < 1.0).Select(lambda j: (j + x).mass)))",  # noqa: E501
    "records": "EventDataset().Select(lambda e: {'x': e.Electron.Select(lambda x: {'pt': x.pt, 'q': x.charge})})",  # noqa: E501
    "records of records": "EventDataset().Select(lambda e: {'a': {'b': e.MET_pt}}).Select(lambda r: {'c': r.a.b})",  # noqa: E501
    "tuples": "EventDataset().Select(lambda e: (e.Electron_pt, e.MET_pt)).Where(lambda t: t[1] > 20).Select(lambda t: t[0])",  # noqa: E501
    "larger and smaller": "EventDataset().Select(lambda e: {'u': max(e.MET_pt, 30), 'd': min(40, e.MET_pt, 2 * e.MET_pt), 'z': max(e.MET_pt - 20, 0)})",  # noqa: E501
    "one name twice": "EventDataset().Select(lambda e: e.Jet_pt.Where(lambda e: e > 30)).Select(lambda e: e.Count())",  # noqa: E501
}


def rows(text, events=EVENTS):
    query = parse_query(text)
    return evaluate_query(query, events[branches_of(query, KNOWN)], KNOWN).to_list()


def close(found, expected):
    """Whether nested lists and dictionaries have the same shape and the same numbers."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            close(found[key], expected[key]) for key in expected
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(close, found, expected))
    return found == pytest.approx(expected, rel=1e-9, abs=1e-4)


@pytest.mark.parametrize("name", QUERIES)
def test_query(name):
    expected = answer(QUERIES[name], EVENTS.to_list())
    found = rows(QUERIES[name])
    if not isinstance(expected[0], dict):
        found = [row["value"] for row in found]
    assert expected
    assert close(found, expected)


@pytest.mark.parametrize("name", ["a list", "three lists", "a mass", "all pairs", "records"])
def test_no_events(name):
    assert rows(QUERIES[name], EVENTS[:0]) == []


def test_numbers_are_computed_in_float64():
    query = parse_query(
        "EventDataset().Where(lambda e: e.MET_pt > 30.1).Select(lambda e: e.MET_pt)"
    )
    events = EVENTS[:1]
    events["MET_pt"] = np.array([30.1], np.float32)
    expected = [{"value": np.float32(30.1)}] if float(np.float32(30.1)) > 30.1 else []
    assert evaluate_query(query, events, KNOWN).to_list() == expected


INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


@pytest.mark.parametrize("first", INTEGERS)
@pytest.mark.parametrize("second", INTEGERS)
@pytest.mark.parametrize("text", ["e.a - e.b", "-e.a", "e.a * e.b * 1000", "abs(e.a - e.b)"])
def test_integers_do_not_begin_anew(first, second, text):
    """Whatever the branches are stored as: numbers of objects are often without sign."""
    a, b = [0, 2, 120, 7], [1, 1, 121, 100]
    events = ak.Array({"a": np.array(a, first), "b": np.array(b, second)})
    query = parse_query(f"EventDataset().Select(lambda e: {{'x': {text}}})")
    names = [{"e": SimpleNamespace(a=one, b=other)} for one, other in zip(a, b, strict=True)]
    expected = [{"x": eval(text, name)} for name in names]
    assert evaluate_query(query, events, ["a", "b"]).to_list() == expected


def python_or_ieee(text, a, b):
    """The value of an expression in Python, of float64; a division by 0 as IEEE 754 has it."""
    if b == 0 and ("%" in text or a == 0):
        return np.nan
    if b == 0:
        return np.copysign(np.inf, a)
    return float(eval(text, {"a": a, "b": b}))


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("kind", ["bool", *INTEGERS, "float32", "float64"])
@pytest.mark.parametrize("text", ["a % b", "a // b", "a / b", "a % 0", "a // 0", "a % 3", "a // 3"])
def test_a_division_by_0_is_no_number(kind, text):
    """Without a warning of numpy, and as in the expressions of an analysis, which have no `//`."""
    numbers = {"a": [0, 1, 100, 0, 7, 5], "b": [0, 0, 0, 2, 4, 5]}
    events = ak.Array({name: np.array(item).astype(kind) for name, item in numbers.items()})
    divisor = int(text[-1]) if text[-1].isdigit() else None
    rows_ = zip(*(events[name].to_list() for name in "ab"), strict=True)
    expected = [python_or_ieee(text, a, b if divisor is None else divisor) for a, b in rows_]
    written = re.sub(r"\b[ab]\b", r"e.\g<0>", text)
    query = parse_query(f"EventDataset().Select(lambda e: {{'x': {written}}})")
    found = np.asarray(evaluate_query(query, events, ["a", "b"]).x, np.float64)
    np.testing.assert_array_equal(found, expected)
    if "//" not in text:
        same = as_values(evaluate(text, {name: events[name] for name in "ab"}), len(events))
        np.testing.assert_array_equal(same, expected)


def test_an_integer_beyond_int64():
    events = ak.Array({"a": np.array([2**64 - 1], np.uint64), "b": np.array([1], np.uint64)})
    query = parse_query("EventDataset().Select(lambda e: {'x': e.b - e.a})")
    (row,) = evaluate_query(query, events, ["a", "b"]).to_list()
    assert row["x"] == pytest.approx(-(2.0**64))


def test_a_choice_has_one_type_whatever_the_batch():
    """A batch where no element is missing has the columns of one where some are."""
    text = "EventDataset().Select(lambda e: {'x': e.p.First() if e.p.Count() > 0 else -1})"
    batches = [ak.Array({"p": ak.Array(lists)}) for lists in ([[1.5], [2.5, 3.0]], [[], [4.5]])]
    found = [evaluate_query(parse_query(text), batch, ["p"]) for batch in batches]
    assert [item.x.to_list() for item in found] == [[1.5, 2.5], [-1.0, 4.5]]
    assert {str(item.type.content) for item in found} == {"{x: float64}"}


@pytest.mark.parametrize("name", ["pt", "isolation", "pfRelIso04_all", "a_b_c"])
@pytest.mark.parametrize("collection", ["Muon", "Soft_Muon"])
def test_fields_and_collections_with_underscores(collection, name):
    events = ak.Array({f"{collection}_{name}": ak.Array([[0.1, 0.3], []])})
    query = parse_query(
        f"EventDataset().Select(lambda e: e.{collection}.Where(lambda m: m.{name} < 0.2).Count())"
    )
    branches = branches_of(query, events.fields)
    assert evaluate_query(query, events[branches], events.fields).value.to_list() == [1, 0]


@pytest.mark.parametrize(
    ("body", "part", "problem"),
    [
        ("e.Elektron_pt", "e.Elektron_pt", "did you mean 'Electron_pt'?"),
        ("e.Elektron", "e.Elektron", "did you mean 'Electron'?"),
        ("e.Electron.Select(lambda x: x.ptt)", "x.ptt", "did you mean 'pt'?"),
        ("f.MET_pt", "f", "'f' is not an argument of a lambda"),
        ("e.Jet_pt.First()", "lambda e: e.Jet_pt.First()", "values are missing"),
        ("e.MET_pt.Count()", "e.MET_pt.Count()", "Count of one value: there is no list"),
        ("e.Jet.Max()", "e.Jet.Max()", "Max needs a list of numbers"),
        ("e.Jet_pt.Where(lambda p: p)", "lambda p: p", "is not a condition"),
        ("e.Jet_pt.ToFourMomentum()", "e.Jet_pt.ToFourMomentum()", "needs a four-momentum"),
        ("e.Jet_pt + e.Electron_pt", "e.Jet_pt + e.Electron_pt", "cannot be computed"),
        ("e.MET_pt == 'a'", "'a'", "is not a number"),
        ("e.MET_pt == None", "None", "is not a number"),
        (
            "Zip({'a': e.Jet_pt, 'b': e.Electron_pt})",
            "{'a': e.Jet_pt, 'b': e.Electron_pt}",
            "the lists have different lengths",
        ),
    ],
)
def test_a_query_without_a_value(body, part, problem):
    with pytest.raises(QueryError) as error:
        rows(f"EventDataset()\n.Select(lambda e: {body})")
    assert error.value.where == f"query, line 2: {part}"
    assert problem in error.value.problem


def test_what_needs_a_list_of_each_event():
    with pytest.raises(QueryError, match="SelectMany needs a list of each"):
        rows("EventDataset().SelectMany(lambda e: e.MET_pt)")


def test_a_condition_without_a_value():
    with pytest.raises(QueryError, match="the condition is missing"):
        rows("EventDataset().Where(lambda e: e.Jet_pt.First() > 30).Select(lambda e: e.MET_pt)")


# What gives a whole number that no check of the text sees.
NINES = ("(8 | 1)", "abs(9)", "max(9, 8)", "{'a': 9}['a']", "(~-10)")


@pytest.mark.parametrize("nine", NINES)
def test_powers_have_an_end(nine):
    """As a number, or refused: never a computation without an end."""
    query = parse_query(
        f"EventDataset().Select(lambda e: {{'x': e.MET_pt + {nine}**{nine}**{nine}}})"
    )
    with contextlib.suppress(QueryError), np.errstate(all="ignore"):
        evaluate_query(query, EVENTS, KNOWN)
    # The power itself, by Python.
    query = parse_query(f"EventDataset().Select(lambda e: {{'x': e.MET_pt * 0 + {nine}**{nine}}})")
    assert evaluate_query(query, EVENTS, KNOWN)["x"][0] == 9**9
