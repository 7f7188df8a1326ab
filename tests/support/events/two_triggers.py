"""An analysis of two eras with different trigger paths and overlapping data: its file, and its
events.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

LUMINOSITY = {2017: 0.2, 2018: 0.3}
PRESCALE = 4
# Era → path → chance to accept an event; files of an era have only its paths.
PATHS = {
    2017: {"HLT_IsoMu27": 0.6, "HLT_Mu17": 0.8, "HLT_Mu17_Mu8": 0.5},
    2018: {"HLT_IsoMu24": 0.7, "HLT_Mu17_Mu8": 0.4},
}
TRIGGERS = {
    "single_muon": {
        "paths": {
            "HLT_IsoMu24": {"eras": [2018]},
            "HLT_IsoMu27": {"eras": [2017], "prescale": {2017: PRESCALE}},
            "HLT_Mu17": {"eras": [2017], "prescale": 10},
        }
    },
    "double_muon": {"paths": {"HLT_Mu17_Mu8": {}}},
}


def document() -> dict[str, Any]:
    """The analysis file as plain values."""
    datasets: dict[str, Any] = {}
    for era in LUMINOSITY:
        overlapping = {
            "single": {"trigger": "single_muon", "not_trigger": "double_muon"},
            "double": {"trigger": "double_muon"},
        }
        for name, required in overlapping.items():
            datasets[f"{name}_{era}"] = {
                "files": [f"input/{name}_{era}.root"],
                "era": era,
                **required,
            }
        datasets[f"dy_{era}"] = {
            "files": [f"input/dy_{era}.root"],
            "era": era,
            "weight": "genWeight",
            "cross_section_pb": 3.0,
            "trigger": ["single_muon", "double_muon"],
        }
    data = [name for name in datasets if not name.startswith("dy")]
    return {
        "name": "tiny",
        "title": "Two eras, two triggers",
        "center_of_mass_tev": 13,
        "luminosity_ifb": LUMINOSITY,
        "datasets": datasets,
        "samples": {
            "data": {"role": "data", "datasets": data},
            "dy": {"role": "background", "datasets": ["dy_2017", "dy_2018"]},
        },
        "triggers": TRIGGERS,
        "skim": {"selection": "lead_pt > 25"},
        "variables": {
            "pt": {"expression": "lead_pt", "bins": [4, 0, 100], "label": "pt", "unit": "GeV"}
        },
        "regions": {"hard": {"selection": "lead_pt > 40", "variable": "pt"}},
    }


def make_events(era: int, entries: int, rng: np.random.Generator) -> dict[str, Any]:
    """Branches of events before any trigger: simulation, whose paths ignore their prescales."""
    accepted = {path: rng.random(entries) < chance for path, chance in PATHS[era].items()}
    return {
        "run": np.full(entries, era, np.uint32),
        "event": np.arange(entries, dtype=np.uint64),
        "lead_pt": rng.uniform(10, 110, entries).astype(np.float32),
        "genWeight": rng.choice([-1.0, 1.0, 2.0], entries).astype(np.float32),
    } | accepted


def make_data(era: int, entries: int, rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    """Primary dataset → branches: paths with prescales keep part of what they accept, and an event
    may be in both datasets.
    """
    events = make_events(era, entries, rng)
    del events["genWeight"]
    for path, prescale in prescales(era).items():
        events[path] &= rng.random(entries) < 1 / prescale
    single = np.logical_or.reduce([events[path] for path in PATHS[era] if path != "HLT_Mu17_Mu8"])
    chosen = {"single": single, "double": events["HLT_Mu17_Mu8"]}
    return {
        name: {key: values[flags] for key, values in events.items()}
        for name, flags in chosen.items()
    }


def prescales(era: int) -> Mapping[str, float]:
    """Path → prescale."""
    return {
        2017: {"HLT_IsoMu27": PRESCALE, "HLT_Mu17": 10, "HLT_Mu17_Mu8": 1},
        2018: {"HLT_IsoMu24": 1, "HLT_Mu17_Mu8": 1},
    }[era]
