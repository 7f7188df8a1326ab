"""A scale factor by tag and probe, from files of muon pairs to the map: as in a plain loop, and the
one that was put in.
"""

import json
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from support.oracles.adl_loops import mass_and_pt
from support.tiny.analysis import working
from support.tiny.events import muons
from support.tiny.steps import measure

EDGES = [15.0, 35.0, 45.0, 100.0]
WINDOW, SIDEBANDS = [80.0, 100.0], [[62.0, 76.0], [104.0, 116.0]]
IN_SIMULATION, IN_DATA = [0.7, 0.9, 0.95], [0.63, 0.855, 0.931]
DOCUMENT = {
    "name": "tiny",
    "title": "Tag and probe",
    "center_of_mass_tev": 13,
    "luminosity_ifb": 0.1,
    "datasets": {
        "recorded": {"files": ["input/recorded.parquet"]},
        "dy": {"files": ["input/dy.parquet"], "cross_section_pb": 90.0, "weight": "genWeight"},
    },
    "samples": {
        "data": {"role": "data", "datasets": "recorded"},
        "dy": {"role": "background", "datasets": "dy"},
    },
    "objects": {
        "muon": {"collection": "Muon", "cuts": "pt > 15"},
        "tag": {"select": "muon", "cuts": "tight > 0 and pt > 25"},
        "pair": {"combine": ["tag", "muon"], "cuts": "first.charge != second.charge"},
    },
    "corrections": {
        "tight": {
            "measured": {
                "kind": "scale_factor",
                "samples": "dy",
                "object": "pair",
                "pass": "second.tight > 0",
                "axes": {"pt": {"expression": "second.pt", "edges": EDGES}},
                "mass": {"window": WINDOW, "sidebands": SIDEBANDS},
            }
        }
    },
    "weights": {"tight": {"factor": "prod(correction.tight(muon.pt))", "samples": "dy"}},
    "skim": {"selection": "count(muon) == 2 and muon[0].pt > 60"},
    "variables": {"n": {"expression": "count(muon)", "bins": [5, 0, 5], "label": "n"}},
    "regions": {"all": {"selection": "count(muon) == 2", "variable": "n"}},
}


def make_events(rng, entries, efficiencies, background):
    """Events with a Z, and a share of pairs at any mass whose muons are tight half as often."""
    wrong = rng.random(entries) < background
    mass = np.where(wrong, rng.uniform(50, 130, entries), rng.normal(91.2, 2.5, entries))
    muon = muons(mass, rng)
    places = np.clip(np.searchsorted(EDGES, ak.flatten(muon.pt), side="right") - 1, 0, 2)
    chance = np.array(efficiencies)[places]
    chance *= np.where(np.repeat(wrong, ak.num(muon)), 0.5, 1.0)
    tight = ak.unflatten((rng.random(chance.size) < chance).astype(np.int32), ak.num(muon))
    fields = {name: muon[name] for name in muon.fields} | {"tight": tight}
    numbers = np.arange(entries, dtype=np.uint64) + 1
    return {
        "run": np.full(entries, 1, np.uint32),
        "luminosityBlock": (numbers // 100 + 1).astype(np.uint32),
        "event": numbers,
        "genWeight": rng.normal(1, 0.1, entries).astype(np.float32),
        **{f"Muon_{name}": values for name, values in fields.items()},
    }


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Dataset → its events, and the content of the map."""
    rng = np.random.default_rng(2)
    events = {
        "dy": make_events(rng, 3000, IN_SIMULATION, 0.0),
        "recorded": make_events(rng, 4000, IN_DATA, 0.4),
    }
    del events["recorded"]["genWeight"]
    with working(tmp_path_factory.mktemp("tag_and_probe"), DOCUMENT, events):
        path = Path(measure("tight"))
        content = {
            item["name"]: {
                choice["key"]: choice["value"]["content"] for choice in item["data"]["content"]
            }
            for item in json.loads(path.read_text())["corrections"]
        }
    return events, content


def plain_efficiencies(branches):
    """Efficiency in each bin, pair by pair, with four-momenta by hand."""
    counts = np.zeros((3, 2, 3))
    branches = {name: ak.to_list(values) for name, values in branches.items()}
    names = [name for name in branches if name.startswith("Muon_")]
    for index in range(len(branches["event"])):
        muon = [
            dict(zip([name[5:] for name in names], values, strict=True))
            for values in zip(*(branches[name][index] for name in names), strict=True)
        ]
        muon = [item for item in muon if item["pt"] > 15]
        weight = branches["genWeight"][index] if "genWeight" in branches else 1.0
        for first in muon:
            for second in muon:
                wanted = first["tight"] and first["pt"] > 25 and first is not second
                if not wanted or first["charge"] == second["charge"]:
                    continue
                mass = mass_and_pt((first, second))[0]
                place = int(np.searchsorted(EDGES, second["pt"], side="right")) - 1
                for number, (low, high) in enumerate([WINDOW, *SIDEBANDS]):
                    if low <= mass < high and 0 <= place < 3:
                        counts[number, int(second["tight"]), place] += weight
    middle = [sum(ends) / 2 for ends in (WINDOW, *SIDEBANDS)]
    density = [
        counts[number] / (high - low) for number, (low, high) in enumerate([WINDOW, *SIDEBANDS])
    ]
    slope = (density[2] - density[1]) / (middle[2] - middle[1])
    background = density[1] + slope * (middle[0] - middle[1])
    left = counts[0] - background * (WINDOW[1] - WINDOW[0])
    return left[1] / left.sum(axis=0)


def test_equals_a_plain_loop(measured):
    events, content = measured
    data, simulated = (plain_efficiencies(events[name]) for name in ("recorded", "dy"))
    assert content["tight_data"]["nominal"] == pytest.approx(data, rel=1e-9)
    assert content["tight_simulation"]["nominal"] == pytest.approx(simulated, rel=1e-9)
    assert content["tight"]["nominal"] == pytest.approx(data / simulated, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "true"),
    [
        ("tight_simulation", np.array(IN_SIMULATION)),
        ("tight_data", np.array(IN_DATA)),
        ("tight", np.array(IN_DATA) / IN_SIMULATION),
    ],
)
def test_what_was_put_in_is_found(measured, name, true):
    found = {key: np.array(values) for key, values in measured[1][name].items()}
    error = (found["up"] - found["down"]) / 2
    assert (error < 0.05).all()
    assert (abs(found["nominal"] - true) < 3 * error).all()
