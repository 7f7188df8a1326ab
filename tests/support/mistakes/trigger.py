"""Mistakes in trigger menus, and in what is asked of them."""

import copy
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import filter_events
import yaml

from support.tiny.mistakes import Run

MENU: Mapping[str, Any] = {
    "title": "Two paths",
    "objects": {"muon": {"collection": "Muon", "cuts": "pt > 5"}},
    "thresholds": {"muon_pt": 24},
    "paths": {
        "single_muon": {"selection": "any(muon.pt > muon_pt)"},
        "dimuon": {"selection": "count(muon) >= 2"},
    },
}
FILE = "input/dy_high_0.root"


def _filter(*options: str, **changed: Any) -> Run:
    """The menu, with some sections changed, on one file."""
    content = {**copy.deepcopy(dict(MENU)), **changed}
    Path("menu.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return partial(filter_events.main, ["menu.yaml", FILE, "--output", "menu", *options])


def file_without_cross_section() -> Run:
    """The menu has the cross section of another file."""
    known = {"dy_high_1.root": 6.0}
    return _filter(rates={"luminosity_cm2_s": 2e34, "cross_sections_pb": known})


def file_of_a_menu_twice() -> Run:
    """Its events would count twice."""
    Path("menu.yaml").write_text(yaml.safe_dump(dict(MENU), sort_keys=False), encoding="utf-8")
    files = [FILE, f"input/../{FILE}"]
    return partial(filter_events.main, ["menu.yaml", *files, "--output", "menu"])


SHORT: dict[str, Callable[[], Run]] = {
    # Keys, objects, fields and paths that do not exist.
    "menu_of_unknown_names": lambda: _filter(
        paths={
            "single_muon": {"selection": "any(muons.pt > muon_pt)"},
            "dimuon": {"selection": "muon[0].mas > 2 and"},
        },
        columns={"muon_pt": "muon[0].pt"},
        turn_ons={
            "leg": {"path": "single_muons", "variable": "muon[0].pt", "edges": [10, 20, 30]},
            "probe": {"probes": "mu", "variable": "pt", "pass": "pt > 5", "edges": [10, 20, 30]},
        },
    ),
    # Keys that a menu does not have, a prescale of a half, and edges that fall.
    "menu_of_unknown_keys": lambda: _filter(
        path={},
        paths={"single_muon": {"selection": "count(muon) > 0", "prescale": 0.5}},
        rates={"input_hz": 1000.0, "luminosity_cm2_s": 2e34},
        turn_ons={"leg": {"path": "single_muon", "variable": "muon[0].pt", "edges": [20, 10]}},
    ),
    # A branch that the files do not have.
    "branch_of_a_menu": lambda: _filter(paths={"single_muon": {"selection": "any(Muon_ptt > 20)"}}),
    # A threshold that is misspelled.
    "scan_of_no_threshold": lambda: _filter("--scan", "muon_p=20:30:5"),
    # A scan from above to below.
    "scan_of_no_values": lambda: _filter("--scan", "muon_pt=30:20:5"),
    # The second one would replace the first.
    "scan_twice": lambda: _filter("--scan", "muon_pt=20:30:5", "--scan", "muon_pt=30:40:5"),
    # Known when all events are read: no flags are left behind.
    "weights_of_a_menu_that_vanish": lambda: _filter(weight="0 * MET_pt"),
    # A scan would replace the branch, of which muons are made.
    "threshold_of_a_branch": lambda: _filter(
        thresholds={"Muon_pt": 24}, paths={"one": {"selection": "any(muon.pt > Muon_pt)"}}
    ),
    # Its rate would be that of all of them.
    "path_called_as_all_paths": lambda: _filter(paths={"total": {"selection": "count(muon) > 0"}}),
}
