"""An analysis of two eras that differ in luminosity, cross sections and systematics: its file, and
its events.
"""

import numpy as np

LUMINOSITY = {2017: 0.4, 2018: 0.6}
CROSS_SECTION_PB = {
    "w": {2017: 1.5, 2018: 1.4},
    "z": {2018: 0.5},
    "signal": {2017: 0.3, 2018: 0.35},
}
ENTRIES = 500
EDGES = np.array([20.0, 40.0, 60.0, 100.0])
SYSTEMATICS = {
    "lumi_{era}": {
        "up": {2017: 1.02, 2018: 1.03},
        "down": {2017: 0.98, 2018: 0.97},
        "samples": ["w", "z", "signal"],
    },
    "lumi": {
        "up": {2017: 1.01, 2018: 1.02},
        "down": {2017: 0.99, 2018: 0.98},
        "samples": ["w", "signal"],
    },
    "xsec_{sample}": {"up": 1.1, "down": 0.9, "samples": ["w", "z"]},
    "early": {"up": 1.05, "down": 0.95, "samples": ["w", "z"], "eras": [2017], "regions": ["CR"]},
}
SHAPES = {
    "jes_{era}": {
        "kind": "object",
        "object": "jet",
        "up": {"pt": "pt * 1.05"},
        "down": "symmetrize",
        "samples": ["w", "signal"],
    },
    "fake_{region}": {
        "kind": "weight",
        "up": "1 + 0.002 * jet[0].pt",
        "down": "1 - 0.002 * jet[0].pt",
        "samples": "w",
    },
    "pileup": {
        "kind": "weight",
        "up": {2017: "1.1", 2018: "1 + 0.1 * tag"},
        "down": {2017: "0.9", 2018: "1 - 0.1 * tag"},
        "samples": ["w", "z"],
    },
}
DATASETS = {
    f"{sample}_{era}": (sample, era) for sample, eras in CROSS_SECTION_PB.items() for era in eras
}


def document():
    simulated = {
        name: {
            "files": [f"input/{name}.root"],
            "era": era,
            "weight": "genWeight",
            "cross_section_pb": CROSS_SECTION_PB[sample][era],
        }
        for name, (sample, era) in DATASETS.items()
    }
    data = {f"data_{era}": {"files": [f"input/data_{era}.root"], "era": era} for era in LUMINOSITY}
    samples = {
        name: {"role": "background", "datasets": [f"{name}_{era}" for era in eras]}
        for name, eras in CROSS_SECTION_PB.items()
    }
    samples["signal"]["role"] = "signal"
    return {
        "name": "tiny",
        "title": "Two eras",
        "center_of_mass_tev": 13,
        "luminosity_ifb": LUMINOSITY,
        "datasets": simulated | data,
        "samples": samples | {"data": {"role": "data", "datasets": list(data)}},
        "objects": {"jet": {"collection": "Jet", "mass_gev": 0, "cuts": "pt > 20"}},
        "skim": {"selection": "count(jet) > 0"},
        "variables": {
            "pt": {"expression": "jet[0].pt", "edges": EDGES.tolist(), "label": "pt", "unit": "GeV"}
        },
        "regions": {
            "SR": {"selection": "count(jet) > 0 and tag == 1", "variable": "pt"},
            "CR": {"selection": "count(jet) > 0 and tag == 0", "variable": "pt", "role": "control"},
        },
        "systematics": {
            name: {"kind": "normalization", **item} for name, item in SYSTEMATICS.items()
        }
        | SHAPES,
        "model": {},
    }


def make_events(sample, number, rng):
    """Branches of a dataset's events: one jet, and whether it is tagged."""
    scale = {"w": 20, "z": 30, "signal": 60}[sample]
    pt = (15 + rng.exponential(scale, number)).astype(np.float32)
    return {
        "Jet_pt": pt[:, None],
        "Jet_eta": np.zeros((number, 1), np.float32),
        "Jet_phi": np.zeros((number, 1), np.float32),
        "tag": (rng.random(number) < {"w": 0.3, "z": 0.5, "signal": 0.9}[sample]).astype(np.int32),
        "genWeight": rng.normal(1, 0.2, number),
    }
