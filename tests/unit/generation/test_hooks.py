"""Events that a function of the analysis makes: the random numbers it gets, what becomes of its
branches, its mistakes.
"""

import awkward as ak
import numpy as np
import pytest

from wollemi.generation.hooks import make_events
from wollemi_likelihood.base.errors import WollemiError


def jets(random, events, mean, shift=0.0):
    counts = random.poisson(mean, events)
    pt = ak.unflatten(random.exponential(30, counts.sum()).astype(np.float32), counts)
    return {
        "Jet_pt": pt,
        "MET_pt": random.normal(shift, 1, events),
        "Jet_jetId": ak.values_astype(pt > 20, np.int32),
    }


def test_the_function_gets_the_seeded_numbers_and_its_options():
    made = make_events(jets, {"mean": 2, "shift": 5.0}, 17, 400, numbered=True)
    expected = jets(np.random.Generator(np.random.PCG64(17)), 400, mean=2, shift=5.0)
    assert made.fields == ["run", "luminosityBlock", "event", "Jet", "MET_pt"]
    assert ak.array_equal(made.Jet.pt, expected["Jet_pt"])
    assert ak.array_equal(made.Jet.jetId, expected["Jet_jetId"])
    np.testing.assert_array_equal(made.MET_pt, expected["MET_pt"])
    assert (set(made.run), set(made.luminosityBlock), made.event.tolist()) == (
        {17},
        {1},
        list(range(1, 401)),
    )
    assert [str(made[name].type.content) for name in made.fields[:3]] == [
        "uint32",
        "uint32",
        "uint64",
    ]


def test_names_of_the_events_that_the_function_gives_stay():
    made = make_events(
        lambda random, events: {"event": np.arange(events) + 7}, {}, 3, 4, numbered=True
    )
    assert made.fields == ["run", "luminosityBlock", "event"]
    assert made.event.tolist() == [7, 8, 9, 10]


def test_a_flat_table_gets_no_columns_more():
    def table(random, events, **options):
        return {name: np.full(events, value) for name, value in options.items()}

    made = make_events(table, {"region": 1, "weight": 0.5}, 1, 3, numbered=False)
    assert made.tolist() == [{"region": 1, "weight": 0.5}] * 3


def test_equally_long_lists_may_be_a_table():
    made = make_events(
        lambda random, events: {"Muon_pt": np.ones((events, 2))}, {}, 1, 3, numbered=False
    )
    assert made.Muon.pt.tolist() == [[1, 1]] * 3


def too_few(random, events):
    return {"MET_pt": np.ones(events - 1)}


def other_lists(random, events):
    return {"Jet_pt": [[1.0]] * events, "Jet_eta": [[1.0, 2.0]] * events}


def words(random, events):
    return {"name": ["x"] * events}


def nothing(random, events):
    pass


def deep(random, events):
    return {"a": [[[1.0]]] * events}


@pytest.mark.parametrize(
    ("make", "options", "problem"),
    [
        (too_few, {}, "hook too_few: branch 'MET_pt' has 4 values for 5 events"),
        (
            other_lists,
            {},
            "hook other_lists: the lists of 'Jet_pt' and 'Jet_eta' have different lengths",
        ),
        (words, {}, "hook words: branch 'name' has values of type string"),
        (deep, {}, "hook deep: branch 'a' has values of type var "),
        (nothing, {}, "hook nothing: gives NoneType, not branches"),
        (
            jets,
            {"mean": 2, "shiftt": 1},
            "hook jets: takes no option 'shiftt'; did you mean 'shift'?",
        ),
        (jets, {"shift": 1}, "hook jets: needs the option 'mean'"),
    ],
)
def test_mistakes(make, options, problem):
    with pytest.raises(WollemiError) as caught:
        make_events(make, options, 1, 5, numbered=False)
    assert str(caught.value).startswith(problem)
