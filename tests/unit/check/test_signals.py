"""Signals outside of all bins of the fit, found before anything runs: wherever they are, and only
where all of their events are known.
"""

from pathlib import Path

import numpy as np
import pytest
from support.tiny.events import write_root

from wollemi.check import signals
from wollemi.check.signals import signal_problems

EVENTS = 2500


def document(**more):
    region = {"selection": "x > 0", "variable": "x", "role": "signal"}
    dataset = {"files": ["signal.root"], "schema": "ntuple", "tree": "t", "cross_section_pb": 1.0}
    return {
        "name": "own",
        "title": "own",
        "center_of_mass_tev": 13,
        "luminosity_ifb": 1.0,
        "datasets": {"signal": dataset},
        "samples": {"signal": {"role": "signal", "datasets": ["signal"]}},
        "objects": {},
        "columns": {},
        "variables": {"x": {"expression": "x", "bins": [4, 70, 120], "label": "x"}},
        "regions": {"search": region},
        "systematics": {},
        "model": {"poi": "mu"},
    } | more


@pytest.fixture
def problems(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def found(values, **more):
        write_root(Path("signal.root"), {"x": np.asarray(values, np.float64)}, "t")
        return signal_problems(document(**more), [], [])

    return found


MESSAGE = "samples.signal: no event lies in a bin of the fitted regions (search)"


@pytest.mark.parametrize("place", [None, 0, 999, 1000, EVENTS - 1])
@pytest.mark.parametrize(
    ("value", "is_inside"), [(70.0, True), (119.9, True), (120.0, False), (-300.0, False)]
)
def test_one_event_in_a_bin_is_enough(problems, place, value, is_inside):
    values = np.full(EVENTS, 300.0)
    if place is not None:
        values[place] = value
    lines = problems(values)
    assert bool(lines) != (is_inside and place is not None)
    assert all(line.startswith(MESSAGE) for line in lines)


def test_the_bins_are_those_of_the_fit(problems):
    assert problems([100.0]) == []
    assert problems([100.0], model={"poi": "mu", "fit_edges": {"search": [70, 95]}})
    assert problems([300.0], model={"poi": "mu", "fit_edges": {"search": [70, 400]}}) == []


def test_the_skim_and_the_selection_count(problems):
    assert problems([100.0], skim={"selection": "x > 110"})
    region = {"selection": "x > 110", "variable": "x", "role": "signal"}
    assert problems([100.0], regions={"search": region})
    assert (
        problems([100.0], regions={"search": region, "all": region | {"selection": "x > 0"}}) == []
    )


def test_what_is_not_known_is_no_problem(problems, monkeypatch):
    """A file that is not here, more events than are read, no model, an unreadable file."""
    files = {"files": ["signal.root", "elsewhere.root"]}
    dataset = document()["datasets"]["signal"]
    assert problems([300.0], datasets={"signal": dataset | files}) == []
    assert problems([300.0], model=None) == []
    assert problems([300.0], datasets={"signal": dataset | {"tree": "other"}}) == []
    monkeypatch.setattr(signals, "MOST", 1)
    assert problems([300.0, 300.0]) == []
