"""What files store under a name that vector's or awkward's records have is what the name means, in
both engines and in hooks.
"""

import awkward as ak
import numpy as np
import pytest
import vector
from support.engine.cases import Case, cache, check
from vector.backends.awkward import MomentumArray4D, MomentumRecord4D

from wollemi.analysis.models.objects import PhysicsObject
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.momenta import field_of
from wollemi_likelihood.expressions.syntax import LEGS, MOMENTUM

__all__ = ["cache"]
NAMES = sorted(
    {
        name
        for kind in (MomentumArray4D, MomentumRecord4D)
        for name in dir(kind)
        if not name.startswith("_")
    }
    - {*MOMENTUM["polar"], *LEGS}
)


@pytest.fixture(autouse=True, params=["", "registered anew"])
def registration(request):
    """Hooks and other libraries register vector's records when they like."""
    if request.param:
        vector.register_awkward()


def stored_events(events=300):
    """Jets with a field of random numbers for each of the names."""
    rng = np.random.default_rng(11)
    counts = rng.integers(0, 4, events)
    total = int(counts.sum())
    flat = {name: rng.random(total) for name in NAMES}
    flat |= {"pt": rng.uniform(20, 200, total), "eta": rng.normal(0, 1.5, total)}
    flat |= {"phi": rng.uniform(-3.1, 3.1, total), "mass": rng.uniform(0, 20, total)}
    return ak.zip(
        {f"Jet_{name}": ak.unflatten(values, counts) for name, values in flat.items()},
        depth_limit=1,
    )


def analysis():
    """Histograms of each field, of each field of the first jet that passes a cut on it, and of sums
    of the jets.
    """
    bins = {"bins": [50, 0.0, 1.0], "label": "x"}
    variables = {
        f"all_{name}": {"expression": f"jet.{name}", "per": "object", **bins} for name in NAMES
    }
    variables |= {
        f"first_{name}": {"expression": f"where(jet[0].{name} > 0.5, jet[0].{name}, -1)", **bins}
        for name in NAMES
    }
    sums = {
        "mass": "(jet[0] + jet[1]).mass",
        "pt": "sum(jet).pt",
        "energy": "pair[0].E",
        "leg": "pair[0].second.rapidity",
        "after": "100 * harder[0].rapidity",
    }
    variables |= {
        name: {"expression": text, "bins": [50, 0, 500], "label": name}
        for name, text in sums.items()
    }
    return {
        "name": "stored",
        "title": "stored",
        "center_of_mass_tev": 13,
        "datasets": {"d": {"files": ["x.root"], "normalization": "none"}},
        "samples": {"s": {"role": "background", "datasets": "d"}},
        "objects": {
            "jet": {"collection": "Jet"},
            "chosen": {"select": "jet", "cuts": " and ".join(f"{name} > 0.003" for name in NAMES)},
            "harder": {"collection": "Jet", "calibrate": {"pt": "1.5 * pt"}, "order": "E"},
            "pair": {
                "combine": ["jet", "jet"],
                "order": "first.rapidity",
                "cuts": "first.beta > 0.2",
            },
        },
        "variables": variables
        | {"count": {"expression": "count(chosen)", "bins": [5, 0, 5], "label": "n"}},
        "regions": {
            "all": {"selection": "count(jet) >= 0", "variable": "count", "monitor": list(variables)}
        },
    }


def test_the_stored_values_come_back_in_both_engines(monkeypatch, caplog):
    assert {
        "beta",
        "et",
        "gamma",
        "costheta",
        "mt2",
        "rapidity",
        "x",
        "t",
        "E",
        "type",
        "ndim",
        "layout",
    } <= set(NAMES)
    case = Case(analysis(), "d", stored_events())
    messages, sums = check(case, monkeypatch, caplog)
    assert not [message for message in messages if "not compiled" in message]
    passing = ak.ones_like(case.events.Jet_pt) > 0
    for name in NAMES:
        values = case.events[f"Jet_{name}"]
        passing = passing & (values > 0.003)
        leading = ak.to_numpy(ak.drop_none(ak.firsts(values)))
        for kind, expected in (
            ("all", ak.to_numpy(ak.flatten(values))),
            ("first", leading[leading > 0.5]),
        ):
            found = sums["all", f"{kind}_{name}"][0, 0, 1:-1]
            assert found.tolist() == np.histogram(expected, 50, (0, 1))[0].tolist(), (kind, name)
    counts = np.histogram(ak.to_numpy(ak.sum(passing, axis=1)), 5, (0, 5))[0]
    assert sums["all", "count"][0, 0, 1:-1].tolist() == counts.tolist()
    check_sums(case, sums)


def check_sums(case, sums):
    """Four-momenta are made of no other field."""
    pt, eta, phi, mass = (case.events[f"Jet_{name}"] for name in MOMENTUM["polar"])
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    energy = np.sqrt(px**2 + py**2 + pz**2 + mass**2)
    two = ak.num(pt) > 1
    total = [part[two][:, 0] + part[two][:, 1] for part in (px, py, pz, energy)]
    masses = np.sqrt(total[3] ** 2 - total[0] ** 2 - total[1] ** 2 - total[2] ** 2)
    transverse = np.hypot(ak.sum(px, axis=1), ak.sum(py, axis=1))
    energies = np.sqrt(1.5**2 * (energy**2 - mass**2) + mass**2)
    first = ak.argmin(energies, axis=1, keepdims=True)
    after = 50 * np.log((energies + 1.5 * pz) / (energies - 1.5 * pz))[first]
    for name, expected in (
        ("mass", masses),
        ("pt", transverse),
        ("after", ak.flatten(ak.drop_none(after))),
    ):
        found = sums["all", name][0, 0, 1:-1]
        assert found.tolist() == np.histogram(ak.to_numpy(expected), 50, (0, 500))[0].tolist()


def test_records_that_a_hook_gets():
    """An attribute of vector's is the stored value; one of awkward's is awkward's, and the stored
    value is in brackets.
    """
    batch = stored_events(40)
    jets = EventModel({"jet": PhysicsObject(collection="Jet")}, {}, {}).names(batch)["jet"]
    one = jets[ak.num(jets) > 0][0][0]
    for name in NAMES:
        stored = batch[f"Jet_{name}"]
        assert ak.all(field_of(jets, name) == stored), name
        assert ak.all(jets[name] == stored), name
        if not hasattr(ak.Array, name):
            assert ak.all(getattr(jets, name) == stored), name
            assert getattr(one, name) == one[name]


def test_vector_takes_no_stored_field_for_a_coordinate():
    """In a hook, methods and kinematics are those of pt, eta, phi and mass, even where x, y, t, tau
    or e are fields.
    """
    batch = stored_events(40)
    names = [*MOMENTUM["polar"], "x", "y", "z", "t", "tau", "e", "M"]
    objects = {"jet": PhysicsObject(collection="Jet")}
    jets = EventModel(objects, {}, {}).names(batch[[f"Jet_{name}" for name in names]])["jet"]
    pt, eta, _, mass = (batch[f"Jet_{name}"] for name in MOMENTUM["polar"])
    assert ak.all(abs(jets.energy - np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)) < 1e-9)
    first, second = jets[ak.num(jets) > 1][:, 0], jets[ak.num(jets) > 1][:, 1]
    azimuth = (first.phi - second.phi + np.pi) % (2 * np.pi) - np.pi
    assert ak.all(abs(first.deltaR(second) - np.hypot(first.eta - second.eta, azimuth)) < 1e-9)
    assert ak.all(abs((first + second).px - (first.px + second.px)) < 1e-9)
    assert ak.all(jets.t == batch["Jet_t"])
