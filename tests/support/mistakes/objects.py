"""Mistakes with objects."""

from collections.abc import Callable
from functools import partial
from inspect import isfunction

import awkward as ak
import numpy as np

from support.mistakes.inputs import SIMULATION
from support.tiny.events import make_events, write_root
from support.tiny.mistakes import Run, check_run, set_value, skim_run
from support.tiny.steps import fill


def object_circle() -> Run:
    set_value("objects", "muon", "away_from", value={"pair": 0.4})
    set_value("objects", "pair", value={"combine": ["muon", "muon"]})
    return check_run


def object_shapes() -> Run:
    set_value("objects", "nothing", value={"cuts": "pt > 20"})
    set_value(
        "objects", "both", value={"collection": "Jet", "select": "muon", "near": {"muno": 0.4}}
    )
    set_value(
        "objects",
        "one",
        value={
            "combine": ["muon", "muno"],
            "mass_gev": 1,
            "fields": {"mass": "1"},
            "order": "pt +",
        },
    )
    set_value("objects", "mixture", value={"combine": ["muon", "both", "muon"]})
    set_value(
        "objects", "lepton", value={"select": "muon", "fields": {"a": "b + 1", "b": "charge"}}
    )
    return check_run


def object_event_circle() -> Run:
    """That only a systematic makes, through a column."""
    set_value("columns", "pt_sum", value="sum(muon.pt)")
    set_value("systematics", "muon_scale", "up", value={"pt": "pt * (1 + event.pt_sum / 1e4)"})
    return check_run


def object_event_names() -> Run:
    """Names of the event that are none, in expressions of objects."""
    set_value("objects", "loose", value={"collection": "Muon", "mass_gev": 0.1})
    set_value(
        "objects",
        "muon",
        "fields",
        value={"x": "sum(event.lose.pt)", "y": "event.loose[0].first.pt"},
    )
    set_value("systematics", "muon_scale", "up", value={"pt": "pt + event.loose[0].second.pt"})
    return check_run


def missing_momentum_and_changes() -> Run:
    """What a missing momentum follows, and what systematics change together."""
    set_value("objects", "hard", value={"select": "muon", "cuts": "pt > 50"})
    objects = {"muon": {"cuts": "pt > and", "raw": "pt / 2"}}
    set_value(
        "missing_momentum", value={"met": {"pt": "MET_pt", "phi": "MET_phi", "objects": objects}}
    )
    set_value("systematics", "muon_scale", "object", value="hard")
    together = {"kind": "combined", "samples": ["dy"], "down": {}}
    changes = {"objects": {"muno": {"pt": "1"}}, "columns": {"Muon_pt": "1"}, "weight": "1 +"}
    set_value("systematics", "together", value={**together, "up": changes})
    return check_run


def object_names() -> Run:
    """What can only be checked when the objects themselves are in order."""
    set_value(
        "objects",
        "pair",
        value={"combine": ["muon", "muon"], "cuts": "first.charge != second.charge and masss > 5"},
    )
    set_value("objects", "either", value={"union": ["muon", "pair"]})
    set_value(
        "regions",
        "search",
        "selection",
        value="pair[0].third.pt > 5 and pair[0].chrage == 0 and muon[0].first.pt > 2",
    )
    set_value("regions", "peak", "selection", value="(muon[0] + muon[1]).charge == 0")
    set_value("skim", "selection", value="mt(muon[0].pt, MET_pt) > 3")
    set_value("columns", "mt", "uses", value=["muno.pt", "MET_pt", "MET_phi"])
    set_value("systematics", "muon_scale", "object", value="pair")
    set_value(
        "variables",
        "mass_search",
        value={"expression": "muon.pt", "per": "object", "bins": [10, 0, 100], "label": "p"},
    )
    return check_run


def unknown_leg_field() -> Run:
    set_value("objects", "pair", value={"combine": ["muon", "muon"]})
    set_value("regions", "search", "selection", value="pair[0].first.chrage > 0")
    return skim_run()


def too_many_combinations() -> Run:
    set_value("objects", "four", value={"combine": ["muon"] * 4})
    set_value("skim", "selection", value="count(four) > 0")
    events = make_events("dy_high", np.random.default_rng(3), 2)
    events["Muon"] = ak.concatenate([events["Muon"][:, :1]] * 100, axis=1)
    write_root(SIMULATION, events)
    return skim_run()


def too_many_entries() -> Run:
    set_value("variables", "mt", "per", value="object")
    assert skim_run()() == 0
    return partial(fill, "dy_high")


def named_cuts() -> Run:
    set_value("skim", "selection", value="count(muon) == 2 and muon[0].pt>30")
    cuts = {
        "two muons": "count(muon) == 2",
        "hard muon": "muon[0].pt > 30",
        "two_muons": "count(muon) < 3",
        "bad": "muon[",
    }
    left_out = {"two muon": "mt", "hard muon": "mass_peek", "two_muons": "mt", "two muons": []}
    set_value(
        "regions", "search", value={"selection": cuts, "variable": "mt", "n_minus_one": left_out}
    )
    set_value("regions", "peak", "n_minus_one", value={"60 < dimuon_mass": "mass_peak"})
    return check_run


CASES: dict[str, Callable[[], Run]] = {
    name: item
    for name, item in list(vars().items())
    if isfunction(item) and item.__module__ == __name__
}
