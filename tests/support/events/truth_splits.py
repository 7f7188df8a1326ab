"""Top-quark pairs that are split by the flavor of additional jets: the analysis, and its events."""

from typing import Any

import numpy as np

CROSS_SECTION_PB, LUMINOSITY_IFB = 832.0, 2.0
# Sample → its share of the events, in words and for one event.
SPLITS = {
    "ttb": ("b_hadrons > 0", lambda event: event["b_hadrons"] > 0),
    "ttc": (
        "b_hadrons == 0 and c_hadrons > 0",
        lambda event: event["b_hadrons"] == 0 and event["c_hadrons"] > 0,
    ),
    "ttlight": (
        "b_hadrons == 0 and c_hadrons == 0",
        lambda event: event["b_hadrons"] == 0 and event["c_hadrons"] == 0,
    ),
}


def document() -> dict[str, Any]:
    """The analysis file as plain values."""
    simulated = {"weight": "genWeight", "cross_section_pb": CROSS_SECTION_PB}
    samples = {
        name: {"role": "background", "datasets": "ttbar", "selection": selection}
        for name, (selection, _) in SPLITS.items()
    }
    return {
        "name": "tiny",
        "title": "Top-quark pairs and additional jets",
        "center_of_mass_tev": 13,
        "luminosity_ifb": LUMINOSITY_IFB,
        "datasets": {
            "ttbar": {
                "files": ["input/ttbar_0.parquet", "input/ttbar_1.parquet"],
                "files_per_job": 2,
                **simulated,
            },
            "herwig": {"files": ["input/herwig.parquet"], **simulated},
        },
        "samples": samples,
        "columns": {"ht": "lead_pt + second_pt"},
        "skim": {"selection": "lead_pt > 30"},
        "weights": {"tags": {"factor": "1 + 0.1 * tags", "samples": ["ttb", "ttc"]}},
        "variables": {
            "ht": {
                "expression": "ht",
                "edges": [0, 80, 120, 180, 300],
                "label": "HT",
                "unit": "GeV",
            }
        },
        "regions": {"tagged": {"selection": "tags >= 1 and ht > 60", "variable": "ht"}},
        "systematics": {
            "shower_{sample}": {
                "kind": "dataset",
                "up": "herwig",
                "down": "symmetrize",
                "samples": "ttb",
            },
            "tagging": {
                "kind": "weight",
                "up": "1 + 0.05 * tags",
                "down": "symmetrize",
                "samples": ["ttb", "ttlight"],
            },
        },
    }


def make_events(entries: int, rng: np.random.Generator, first: int = 0) -> dict[str, Any]:
    """Branches of the events, with some negative weights."""
    b_hadrons = rng.choice([0, 1, 2], entries, p=[0.7, 0.2, 0.1])
    return {
        "run": np.ones(entries, np.uint32),
        "luminosityBlock": np.ones(entries, np.uint32),
        "event": np.arange(first, first + entries, dtype=np.uint64),
        "genWeight": rng.choice([-2.5, 1.0, 3.0], entries),
        "b_hadrons": b_hadrons.astype(np.int32),
        "c_hadrons": rng.choice([0, 1], entries, p=[0.8, 0.2]).astype(np.int32),
        "lead_pt": rng.uniform(20, 150, entries),
        "second_pt": rng.uniform(10, 90, entries),
        "tags": (rng.binomial(1, 0.5, entries) + (b_hadrons > 1)).astype(np.int32),
    }
