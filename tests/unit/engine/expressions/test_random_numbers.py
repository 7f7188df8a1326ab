"""`normal` and `uniform` of the expression language, against a loop with plain whole numbers."""

import copy

import awkward as ak
import numpy as np
import pytest
from support.example.analysis import DOCUMENT
from support.oracles.splitmix import normal, uniform

from wollemi.analysis.models.objects import PhysicsObject
from wollemi.analysis.plain.needed_columns import needed_branches
from wollemi.loading.all import check_references
from wollemi_engine.events.model import NOMINAL, EventModel, Variation
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_likelihood.expressions.syntax import ExpressionError, draws_numbers, parse_expression

EVENTS = 300


def make_batch():
    random = np.random.default_rng(9)
    counts = random.integers(0, 6, EVENTS)
    numbers = int(counts.sum())
    jets = {
        "pt": random.exponential(40, numbers),
        "eta": random.normal(0, 2, numbers),
        "phi": random.uniform(-3, 3, numbers),
    }
    columns = {
        "run": random.integers(1, 2**32, EVENTS, np.uint32),
        "luminosityBlock": random.integers(1, 3000, EVENTS, np.uint32),
        "event": random.integers(1, 2**63, EVENTS, np.uint64),
    }
    return ak.Array(
        columns | {f"Jet_{name}": ak.unflatten(values, counts) for name, values in jets.items()}
    )


BATCH = make_batch()
PLAIN = BATCH.to_list()
OBJECTS = {
    "jet": {
        "collection": "Jet",
        "mass_gev": 0,
        "fields": {"a": "normal(3)", "b": "uniform(4)", "old": "pt"},
        "order": "eta",
    },
    "hard": {"select": "jet", "cuts": "pt > 30 and uniform(5) > 0.3", "fields": {"c": "normal(3)"}},
    "smeared": {"collection": "Jet", "mass_gev": 0, "cuts": "pt > 30"},
}
SMEARING = Variation("smear_up", {"smeared": {"pt": "pt * (1 + 0.1 * normal(7))"}})


def names(batch, variation=NOMINAL):
    columns = {"n": "normal(1)", "u": "uniform(1)"}
    return EventModel(
        {name: PhysicsObject(**item) for name, item in OBJECTS.items()}, columns, {}
    ).names(batch, variation)


def test_one_number_an_event():
    found = names(BATCH)
    assert found["u"].tolist() == [uniform(event, 1) for event in PLAIN]
    assert found["n"].tolist() == pytest.approx([normal(event, 1) for event in PLAIN], rel=1e-13)
    assert evaluate("uniform(999999) < 0.5", found).tolist() == [
        uniform(event, 999_999) < 0.5 for event in PLAIN
    ]


def test_objects_have_the_number_of_their_place_in_the_file_whatever_is_cut_and_sorted():
    found = names(BATCH)
    for jets, hard, event in zip(found["jet"].tolist(), found["hard"].tolist(), PLAIN, strict=True):
        places = {pt: index for index, pt in enumerate(event["Jet_pt"])}
        assert [jet["b"] for jet in jets] == [uniform(event, 4, places[jet["pt"]]) for jet in jets]
        assert [jet["a"] for jet in jets] == pytest.approx(
            [normal(event, 3, places[jet["pt"]]) for jet in jets], rel=1e-13
        )
        kept = [
            jet["pt"]
            for jet in jets
            if jet["pt"] > 30 and uniform(event, 5, places[jet["pt"]]) > 0.3
        ]
        assert [jet["pt"] for jet in hard] == kept
        assert [jet["c"] for jet in hard] == [jet["a"] for jet in hard]


def test_a_systematic_smears_before_the_cuts():
    for jets, event in zip(names(BATCH, SMEARING)["smeared"].pt.tolist(), PLAIN, strict=True):
        smeared = [
            pt * (1 + 0.1 * normal(event, 7, index)) for index, pt in enumerate(event["Jet_pt"])
        ]
        assert jets == pytest.approx([pt for pt in smeared if pt > 30], rel=1e-13)


@pytest.mark.parametrize(
    "some", [slice(40, 41), slice(100, 217), np.random.default_rng(1).permutation(EVENTS)]
)
def test_neither_chunks_nor_the_order_of_events_change_a_bit(some):
    for text in ("normal(1)", "jet.a", "hard.c"):
        assert ak.array_equal(
            evaluate(text, names(BATCH[some])), evaluate(text, names(BATCH))[some]
        )
    assert ak.array_equal(
        names(BATCH[some], SMEARING)["smeared"].pt, names(BATCH, SMEARING)["smeared"].pt[some]
    )


def test_no_events():
    assert (
        len(evaluate("jet.a", names(BATCH[:0])))
        == len(evaluate("normal(1)", names(BATCH[:0])))
        == 0
    )


@pytest.mark.parametrize(
    "text", ["normal(x)", "uniform(1.5)", "normal(-1)", "uniform(1000000)", "normal(True)"]
)
def test_the_use_is_a_whole_number(text):
    with pytest.raises(
        ExpressionError,
        match=r"takes a whole number below 1,000,000 that says what it is for, such as",
    ):
        parse_expression(text)


def test_what_draws():
    assert draws_numbers("pt * (1 + 0.1 * normal(7))")
    assert not draws_numbers("min(uniform, 1)")
    assert not draws_numbers("normal(")


def document(**further):
    changed = copy.deepcopy(DOCUMENT)
    for path, value in further.items():
        changed[path] = changed.get(path, {}) | value
    return changed


EVENT_NAMES = {"run", "luminosityBlock", "event"}
SCALED = {
    "kind": "object",
    "object": "muon",
    "up": {"pt": "pt * normal(1)"},
    "down": "symmetrize",
    "samples": ["dy"],
}
SELECTED = {"regions": {"x": {"selection": "count(muon) > 1", "variable": "mass"}}}


@pytest.mark.parametrize(
    ("further", "datasets"),
    [
        ({}, ""),
        ({"columns": {"m": "normal(1)"}}, "data dy_low top"),
        ({"columns": {"unused": "normal(1)"}}, ""),
        (
            {
                "objects": {"muon": {"collection": "Muon", "fields": {"f": "uniform(2)"}}},
                **SELECTED,
            },
            "data dy_low top",
        ),
        ({"systematics": {"smear": SCALED}, **SELECTED}, "dy_low"),
    ],
)
def test_the_names_of_events_are_read_where_numbers_are_drawn(further, datasets):
    for name in ("data", "dy_low", "top"):
        assert EVENT_NAMES.issubset(needed_branches(document(**further), name)) == (
            name in datasets.split()
        ), name


def test_what_is_made_of_several_collections_has_no_numbers():
    objects = {
        "jet": {"collection": "Jet"},
        "both": {"union": ["jet", "muon"], "cuts": "uniform(1) > 0.5"},
        "pair": {"combine": ["jet", "jet"], "fields": {"f": "normal(1)"}},
        "part": {"select": "both", "order": "normal(1)"},
        "fine": {"select": "jet", "order": "normal(1)"},
    }
    problem = (
        "is not of one collection of the files, so it has no random numbers; draw them for what "
        "it is made of"
    )
    assert check_references(
        document(objects=objects, systematics={"smear": SCALED | {"object": "both"}})
    ) == [
        f"objects.both.cuts: 'both' {problem}",
        f"objects.pair.fields.f: 'pair' {problem}",
        f"objects.part.order: 'part' {problem}",
        f"systematics.smear.up.pt: 'both' {problem}",
    ]
