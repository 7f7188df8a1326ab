"""The compiled loop gives exactly what the awkward evaluation gives: every bit of the histograms,
cutflows and flags.
"""

import itertools

import awkward as ak
import numpy as np
import pytest
import yaml
from support.engine.analyses import odd_events, random_analysis
from support.engine.cases import Case, cache, check, same_sums
from support.engine.values import Values
from support.events.nano import as_batch, nano_events
from support.oracles.adl import QUERIES, query_file
from support.project.seeds import slow_but

from wollemi.analysis.models.objects import PhysicsObject
from wollemi_engine.compiled.numpy_loops import LOOPS, loop_symbols
from wollemi_engine.compiled.program import LoopProgram
from wollemi_engine.events.model import NOMINAL, EventModel
from wollemi_engine.expressions.evaluation import evaluate_values
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.compiler import native as compiler_native

__all__ = ["cache"]


@pytest.mark.parametrize("query", QUERIES)
def test_adl_queries(query, monkeypatch, caplog):
    case = Case(
        yaml.safe_load(query_file(query).read_text()),
        "single_mu",
        as_batch(nano_events(query, 1500)),
    )
    messages, expected = check(case, monkeypatch, caplog)
    assert not [message for message in messages if "not compiled" in message]
    assert all(sums[0, 0].sum() > 20 for sums in expected.values())


# Up to ten regions are counted in another way; 40 have all orders of the terms.
REGIONS = itertools.product((9, 12, 40), ("genWeight", "1"))


@pytest.mark.parametrize(
    "regions", slow_but([(9, "genWeight"), (12, "1")], REGIONS), ids=lambda of: f"{of[0]}-{of[1]}"
)
def test_regions_that_begin_alike(regions, monkeypatch, caplog):
    """Or contain each other, or are the same, few and many of them, behind a skim."""
    number, weight = regions
    document = random_analysis(1, 5)
    terms = ("PV_npvs > 10", "MET_pt > 20", "count(jet) > 1", "count(electron) == 0")
    orders = [order for size in range(1, 5) for order in itertools.permutations(terms, size)]
    assert len(orders) > number
    variable = next(iter(document["variables"]))
    document["regions"] = {
        f"region_{index}": {"selection": " and ".join(order), "variable": variable}
        for index, order in enumerate([orders[-1], orders[-1], *orders][:number])
    }
    document["skim"] = {"selection": "MET_pt > 5 and count(muon) < 3"}
    document["datasets"]["d"]["weight"] = weight
    if number < 40:  # a column, objects and a weight are varied; the slow ones have more of each
        for name in ("scale", "ht_scale"):
            del document["systematics"][name]
    check(Case(document, "d", odd_events(7, 400)), monkeypatch, caplog)


def test_lists_of_two_lengths_are_the_axes_of_no_histogram(monkeypatch):
    """Both evaluations refuse them with the same words; lists of one length they fill."""
    document = random_analysis(1, 3)
    axis = {"per": "object", "bins": [9, 0, 90], "label": "x"}
    document["variables"] = {
        "first": axis | {"expression": "jet.pt"},
        "second": axis | {"expression": "muon.pt"},
        "both": {"axes": ["first", "second"]},
    }
    document["regions"] = {"all": {"selection": "MET_pt > 0", "variable": "both"}}
    case = Case(document, "d", odd_events(3, 60))
    messages = set()
    for engine in ("awkward", "compiled"):
        with pytest.raises(WollemiError) as raised, np.errstate(all="ignore"):
            case.filler(monkeypatch, engine).fill(case.events)
        messages.add(str(raised.value))
    assert len(messages) == 1
    assert "variables.both.axes: an event has" in messages.pop()


def test_loops_of_numpy_give_the_same_one_by_one(monkeypatch):
    """What the compiled loop relies on: how many values a call has makes no difference to any of
    them.
    """
    import ctypes

    rng, kind = np.random.default_rng(3), ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)
    addresses = loop_symbols()
    for name, ufunc in LOOPS.items():
        values = rng.normal(0, 3, (2, 999))
        if name in ("log", "log10", "power"):
            values = np.abs(values)
        if name == "arccos":
            values = np.clip(values, -1, 1)
        expected, found = ufunc(*values[: ufunc.nin]), np.empty(999)
        sizes, steps = np.array([1]), np.array([8] * 3)
        for index in range(999):
            rows = (*values[: ufunc.nin], found)
            pointers = np.array([row.ctypes.data + 8 * index for row in rows])
            kind(addresses[f"numpy_{name}"])(
                pointers.ctypes.data, sizes.ctypes.data, steps.ctypes.data, None
            )
        assert (found == expected).all(), name


QUERY_4 = yaml.safe_load(query_file(4).read_text())


def with_hook():
    """An analysis with a column that a function computes."""
    columns = {"spread": {"hook": "spread", "uses": ["jet.eta"]}}
    variables = {"met": {**QUERY_4["variables"]["met"], "expression": "MET_pt + spread"}}
    return QUERY_4 | {"columns": columns, "variables": variables}


def test_a_hook_is_an_input_of_the_compiled_loop(monkeypatch, caplog):
    def spread(jet):
        return ak.fill_none(ak.max(jet.eta, axis=1) - ak.min(jet.eta, axis=1), 0.0)

    messages, _ = check(
        Case(with_hook(), "single_mu", as_batch(nano_events(5, 800)), {"spread": spread}),
        monkeypatch,
        caplog,
    )
    assert not [message for message in messages if "not compiled" in message]


def test_what_cannot_be_compiled_is_an_input_too(monkeypatch, caplog):
    variables = {
        "met": {
            **QUERY_4["variables"]["met"],
            "expression": "jet[0].pt ** jet[0].btag",
        }
    }
    case = Case(QUERY_4 | {"variables": variables}, "single_mu", as_batch(nano_events(6, 800)))
    messages, _ = check(case, monkeypatch, caplog)
    assert [
        message
        for message in messages
        if message.startswith("not compiled: 'jet[0].pt ** jet[0].btag'")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "where(MET_pt > 20, jet[0], jet[1]).pt",
        "where(MET_pt > 20, jet[2], jet[0]).btag + where(jet[2].pt > 30, jet[2], jet[0]).px",
        "where(count(jet) > 2, jet[0] + jet[1], jet[1] + jet[2]).mass",
        "where(pair[0].first.pt > 50, pair[0], pair[1]).second.eta",
        "delta_r(where(MET_pt > 20, pair[0], pair[1]), jet[0])",
        "where(MET_pt > 20, where(MET_pt > 40, jet[0], jet[1]), jet[3]).rapidity",
        "sum(larger.hardest)",
        "sum(where(MET_pt > 20, jet.pt, jet.eta) * jet.btag)",
        "sum(where(MET_pt > 20, muon.pt, jet.pt))",
        "sum(where(muon[0].pt > 20, muon.charge, jet.pt))",
        "where(MET_pt > 20, muon.pt, jet.btag)[1]",
        "sum(where(MET_pt > 20, muon, electron)).mass",
        "where(MET_pt > 20, muon, electron)[1].phi",
        "where(MET_pt > 20, pair.mass, nearest(jet, jet).pt)[0]",
        "prod(where(MET_pt > 20, muon, electron).charge) + prod(jet.pt > 30) - prod(run - jet.pt)",
    ],
)
def test_where_and_prod(text, caplog, recwarn):
    objects = {
        "jet": PhysicsObject(collection="Jet", cuts="pt > 15"),
        "muon": PhysicsObject(collection="Muon"),
        "electron": PhysicsObject(collection="Electron", cuts="pt > 8"),
        "pair": PhysicsObject(combine=["jet", "jet"], cuts="mass > 20"),
        "larger": PhysicsObject(
            combine=["jet", "jet"], fields={"hardest": "where(first.eta > 0, first, second).energy"}
        ),
    }
    model, batch = EventModel(objects, {}, {}), as_batch(nano_events(8, 500))
    with caplog.at_level("INFO"):
        found = Values(model, batch, text)(batch)
    expected = evaluate_values(text, model.names(batch), len(batch))
    assert not [record for record in caplog.records if "not compiled" in record.message]
    assert np.array_equal(found, expected, equal_nan=True)
    assert np.isfinite(expected).sum() > 20


@pytest.mark.parametrize("kind", ["bool", "int8", "uint8", "int64", "uint64", "float32"])
def test_products_and_sums_of_all_types(kind):
    """Whole numbers wrap as numpy's."""
    rng = np.random.default_rng(4)
    values = rng.integers(1, 2 if kind == "bool" else 120, 400).astype(kind)
    batch = ak.Array({"x": ak.unflatten(values, np.repeat([16, 0, 3, 1], 20))})
    model = EventModel({}, {}, {})
    for text in ("prod(x)", "sum(x)", "prod(x) / 7 + sum(x > 20)"):
        expected = evaluate_values(text, model.names(batch), len(batch))
        assert Values(model, batch, text)(batch).tobytes() == expected.tobytes()


def test_an_object_that_cannot_be_compiled_leaves_all_to_the_awkward_evaluation(
    monkeypatch, caplog
):
    case = Case(
        QUERY_4 | {"objects": {"jet": {"collection": "Jet", "cuts": "pt > max(pt) / 2"}}},
        "single_mu",
        as_batch(nano_events(7, 200)),
    )
    filler = case.filler(monkeypatch)
    with caplog.at_level("INFO"):
        same_sums(filler.fill(case.events)[0], filler.evaluate(case.events)[0])
    assert [
        record.message
        for record in caplog.records
        if record.message.startswith("nothing is compiled: ")
    ]


def test_errors_are_those_of_the_awkward_evaluation(monkeypatch):
    """Lists of different lengths, and a weight that is not a number."""
    events = as_batch(nano_events(8, 300))
    variables = {"met": {**QUERY_4["variables"]["met"], "expression": "sum(jet.pt * Muon_pt)"}}
    case = Case(QUERY_4 | {"variables": variables}, "single_mu", events)
    with pytest.raises(WollemiError, match=r"jet.pt \* Muon_pt"):
        case.filler(monkeypatch).fill(case.events)
    weighted = {
        "single_mu": QUERY_4["datasets"]["single_mu"]
        | {"weight": "1 / (MET_pt - MET_pt)", "normalization": "none"}
    }
    samples = {"simulation": {"role": "background", "datasets": "single_mu"}}
    case = Case(QUERY_4 | {"datasets": weighted, "samples": samples}, "single_mu", events)
    with pytest.raises(WollemiError, match="is not a number"), np.errstate(all="ignore"):
        case.filler(monkeypatch).fill(case.events)


def test_batches_may_differ_in_their_types(monkeypatch):
    case = Case(QUERY_4, "single_mu", as_batch(nano_events(9, 400)))
    wide = ak.zip(
        {name: ak.values_astype(case.events[name], np.float64) for name in case.events.fields},
        depth_limit=1,
    )
    filler = case.filler(monkeypatch)
    for batch in (case.events, wide, case.events[100:200]):
        same_sums(filler.fill(batch)[0], filler.evaluate(batch)[0])


def test_types_are_found_without_the_values_of_events():
    events = as_batch(nano_events(9, 400))
    names = LoopProgram(EventModel({}, {}, {}), events, frozenset(), {}).types(NOMINAL)
    assert events["Muon_pt"].nbytes > 400 * 8
    assert names["Muon_pt"].nbytes == 8  # one offset
    assert str(names["Muon_pt"].type) == "0 * var * float64"


def test_little_work_is_not_compiled(monkeypatch, caplog):
    case = Case(QUERY_4, "single_mu", as_batch(nano_events(9, 400)))
    with caplog.at_level("INFO"):
        for engine in ("auto", "awkward"):
            case.filler(monkeypatch, engine).fill(case.events)
        assert not caplog.records
        monkeypatch.setattr("wollemi_engine.compiled.choice.WORTH", 401)
        filler = case.filler(monkeypatch, "auto")
        filler.fill(case.events)
        assert not caplog.records
        filler.fill(case.events)
    assert [record for record in caplog.records if "compiled in" in record.message]


def test_a_bug_of_the_compiler_costs_no_result(monkeypatch, caplog):
    case = Case(QUERY_4, "single_mu", as_batch(nano_events(9, 200)))
    monkeypatch.setattr("wollemi_engine.compiled.choice.WORTH", 1)
    monkeypatch.setattr("wollemi.event_loop.compiled_filler.compile_loop", lambda *_: 1 / 0)
    filler = case.filler(monkeypatch, "auto")
    same_sums(filler.fill(case.events)[0], filler.evaluate(case.events)[0])
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    with pytest.raises(ZeroDivisionError):
        case.filler(monkeypatch).fill(case.events)


def test_an_unknown_engine_is_an_error(monkeypatch):
    with pytest.raises(WollemiError, match="'numba' is not an engine"):
        Case(QUERY_4, "single_mu", as_batch(nano_events(9, 10))).filler(monkeypatch, "numba")


def fill_query(monkeypatch, caplog):
    """Fill with a new filler; whether the code was compiled anew."""
    caplog.clear()
    case = Case(QUERY_4, "single_mu", as_batch(nano_events(10, 300)))
    filler = case.filler(monkeypatch)
    with caplog.at_level("INFO"):
        same_sums(filler.fill(case.events)[0], filler.evaluate(case.events)[0])
    (message,) = (record.message for record in caplog.records if "compiled in" in record.message)
    return "from the cache" not in message


def test_the_cache(tmp_path, monkeypatch, caplog):
    folder = tmp_path / "cache"
    monkeypatch.setenv("WOLLEMI_CACHE", str(folder))
    assert fill_query(monkeypatch, caplog)
    (file,) = folder.glob("*.o")
    (loop,) = folder.glob("*.loop")
    assert not fill_query(monkeypatch, caplog)
    content = file.read_bytes()
    for damaged in (b"", content[:-1], content[:100] + b"x" + content[101:], b"no code"):
        file.write_bytes(damaged)
        assert fill_query(monkeypatch, caplog)
        assert file.read_bytes() == content
    assert {*folder.iterdir()} == {file, loop}


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "file"))
    assert fill_query(monkeypatch, caplog)


def test_the_cache_knows_the_processor_and_the_compiler(monkeypatch):
    name = compiler_native.cache_file("text")
    monkeypatch.setattr(compiler_native, "_processor", lambda: ("triple", "other", "features"))
    assert compiler_native.cache_file("text") != name
