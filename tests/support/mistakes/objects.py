"""Mistakes with objects."""

from functools import partial

import awkward as ak
import numpy as np

from support.mistakes.inputs import SIMULATION
from support.tiny.events import make_events, write_root
from support.tiny.mistakes import Run, set_value, skim_run
from support.tiny.steps import fill


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
