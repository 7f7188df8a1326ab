"""An inclusive Drell–Yan dataset and two with additional jets: the analysis, and its events."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

INCLUSIVE_PB, SCALE, LUMINOSITY_IFB = 6000.0, 1.2, 0.5
# Chance of each number of jets in the inclusive dataset.
CHANCES = (0.7, 0.2, 0.1)
# Dataset → number of jets, cross section in pb, events.
EXCLUSIVE = {"dy_1j": (1, 1200.0, 900), "dy_1j_more": (1, 1200.0, 500), "dy_2j": (2, 600.0, 700)}
FLAVORS = {"electrons": "flavor == 11", "muons": "flavor == 13"}


def document(*, by_flavor: bool = False) -> dict[str, Any]:
    """The analysis file as plain values.

    Args:
        by_flavor: whether two samples take a part of the datasets each.
    """
    files = {"dy": ["input/dy_0.parquet", "input/dy_1.parquet"]}
    files |= {name: [f"input/{name}.parquet"] for name in EXCLUSIVE}
    datasets: dict[str, Any] = {
        name: {
            "files": paths,
            "weight": "genWeight",
            "cross_section_pb": INCLUSIVE_PB if name == "dy" else EXCLUSIVE[name][1],
            "scale_factor": SCALE,
        }
        for name, paths in files.items()
    }
    datasets["dy"]["stitch"] = {
        "one_jet": {"selection": "LHE_Njets == 1", "datasets": ["dy_1j", "dy_1j_more"]},
        "two_jets": {"selection": "LHE_Njets == 2", "datasets": ["dy_2j"]},
    }
    samples: Mapping[str, Any] = (
        {name: {"selection": selection} for name, selection in FLAVORS.items()}
        if by_flavor
        else {"dy": {}}
    )
    return {
        "name": "tiny",
        "title": "Drell–Yan",
        "center_of_mass_tev": 13,
        "luminosity_ifb": LUMINOSITY_IFB,
        "datasets": datasets,
        "samples": {
            name: {"role": "background", "datasets": "dy", **item} for name, item in samples.items()
        },
        "skim": {"selection": "lead_pt > 30"},
        "variables": {"jets": {"expression": "LHE_Njets", "bins": [3, 0, 3], "label": "jets"}},
        "regions": {"hard": {"selection": "lead_pt > 45", "variable": "jets"}},
    }


def make_events(dataset: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Branches of the events in each file of a dataset."""
    if dataset == "dy":
        jets = rng.choice(len(CHANCES), 3000, p=CHANCES)
    else:
        number, _, entries = EXCLUSIVE[dataset]
        jets = np.full(entries, number)
    branches = {
        "LHE_Njets": jets.astype(np.int32),
        "genWeight": rng.choice([-1.0, 1.0, 1.5], jets.size),
        "lead_pt": rng.uniform(20, 60, jets.size) + 8 * jets,
        "flavor": rng.choice([11, 13], jets.size).astype(np.int32),
        "run": np.ones(jets.size, np.uint32),
        "event": np.arange(jets.size, dtype=np.uint64),
    }
    edges = [0, 1800, jets.size] if dataset == "dy" else [0, jets.size]
    return [
        {name: values[start:stop] for name, values in branches.items()}
        for start, stop in pairwise(edges)
    ]
