"""Values that no event can have: negative transverse momenta, leptons without a charge; any name,
number type and place.
"""

import awkward as ak
import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.inputs.content_checks import Expectations, FileChecks
from wollemi_likelihood.base.errors import WollemiError

FIRST = 1000


def check(columns, ranges=None, may_be_nan=()):
    FileChecks(
        "f.root", Expectations(6500.0, ranges or {}, frozenset(may_be_nan), (), True, 1.0), FIRST
    ).check(ak.Array(columns))


def lists(rng, values):
    """Lists (events, var) of numbers, and the event of each."""
    counts = rng.multinomial(len(values), np.full(40, 1 / 40))
    return ak.unflatten(values, counts), np.repeat(np.arange(40), counts)


def bad_value(seed, name, good, bad, kind):
    rng = np.random.default_rng(seed)
    values = good(rng).astype(kind)
    place = int(rng.integers(values.size))
    values[place] = bad
    nested, events = lists(rng, values)
    return {name: nested}, FIRST + int(events[place])


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
@pytest.mark.parametrize(
    "name", ["Muon_pt", "Jet_pt", "lep_pt", "FatJet_Pt", "pt", "AnalysisJets_pt_NOSYS"]
)
@pytest.mark.parametrize("kind", ["f4", "f8", "i4"])
def test_a_momentum_below_0(seed, name, kind):
    columns, entry = bad_value(seed, name, lambda rng: rng.gamma(2, 20, 100), -3, kind)
    with pytest.raises(
        WollemiError, match=rf"'{name}' of entry {entry} is -3, below 0 \(1 such values\)"
    ):
        check(columns)
    check(columns, {name: (-999, 500)})


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
@pytest.mark.parametrize(
    "name", ["Muon_charge", "Electron_charge", "lep_charge", "electrons_Charge"]
)
@pytest.mark.parametrize(("kind", "bad"), [("f4", 0), ("i4", 0), ("i1", 3), ("f8", 0.5)])
def test_a_lepton_without_a_charge(seed, name, kind, bad):
    columns, entry = bad_value(seed, name, lambda rng: rng.choice([-1, 1], 100), bad, kind)
    with pytest.raises(
        WollemiError, match=rf"'{name}' of entry {entry} is {bad}, neither 1 nor -1"
    ):
        check(columns)
    check(columns, {name: (-3, 3)})


def test_what_may_be():
    rng = np.random.default_rng(1)
    nested = ak.unflatten(np.array([1.0, -1.0, 0.0]), [2, 1])
    check(
        {
            "Tau_charge": nested,
            "Jet_charge": nested,
            "Muon_ptErr": -nested,
            "Muon_eta": nested,
            "lep2_charge": np.zeros(2),
        }
    )
    check(
        {
            "Muon_pt": ak.Array([[0.0, -0.0], []]),
            "Muon_px": -nested,
            "MET_sumPtUnclustered": np.array([-1.0, 2.0]),
        }
    )
    values = np.array([1.0, np.nan, -1.0, 1.0])
    check(
        {
            "Muon_charge": ak.unflatten(values, [2, 2]),
            "Muon_pt": ak.unflatten(np.abs(values), [2, 2]),
        },
        may_be_nan=("Muon_charge", "Muon_pt"),
    )
    columns = {
        "Muon_pt": ak.unflatten(np.concatenate([[np.nan], rng.gamma(2, 20, 8), [-1.0]]), [5, 5])
    }
    with pytest.raises(WollemiError, match=rf"of entry {FIRST + 1} is -1, below 0"):
        check(columns, may_be_nan=("Muon_pt",))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (ak.Array([{"x": 1.0}]), r"'\{x: float64\}'"),
        (ak.Array([[{"x": 1.0}], []]), r"'var \* \{x: float64\}'"),
        (ak.Array([[("up", [1.0])], []]), "text"),
        (ak.Array([[(1, [1.0])], []]), r"'var \* \(int64, var \* float64\)'"),
        (ak.Array(["a"]), "text"),
    ],
)
def test_what_is_no_number(values, shown):
    """The last number of a record, or of a map, makes it none."""
    with pytest.raises(WollemiError, match=rf"'x' holds {shown}, where numbers are expected"):
        check({"x": values})
