"""A scale factor with a map an era: each is measured in its era, and weights the events of it."""

import json
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from support.tiny.analysis import working
from support.tiny.steps import RESULTS, measure, merge, process_at_once

from wollemi.histograms.histogram import read_histograms

ERAS = (2017, 2018)
LUMINOSITY_IFB = {2017: 0.1, 2018: 0.3}
# Passing of 20 events below and above the edge of the bins.
PASSING = {"dy": {2017: (10, 16), 2018: (8, 20)}, "data": {2017: (8, 12), 2018: (10, 15)}}
DOCUMENT = {
    "name": "tiny",
    "title": "A scale factor an era",
    "center_of_mass_tev": 13,
    "luminosity_ifb": LUMINOSITY_IFB,
    "datasets": {
        **{f"data_{era}": {"files": [f"input/data_{era}.parquet"], "era": era} for era in ERAS},
        **{
            f"dy_{era}": {
                "files": [f"input/dy_{era}.parquet"],
                "era": era,
                "cross_section_pb": 0.4,
            }
            for era in ERAS
        },
    },
    "samples": {
        "data": {"role": "data", "datasets": [f"data_{era}" for era in ERAS]},
        "dy": {"role": "background", "datasets": [f"dy_{era}" for era in ERAS]},
    },
    "corrections": {
        "trigger": {
            "measured": {
                "kind": "scale_factor",
                "samples": "dy",
                "pass": "fired > 0",
                "axes": {"pt": [0, 50, 100]},
                "by_era": True,
            }
        }
    },
    "weights": {"trigger": {"factor": "correction.trigger(pt)", "samples": "dy"}},
    "variables": {"pt": {"expression": "pt", "edges": [0, 50, 100], "label": "pt"}},
    "regions": {"all": {"selection": "fired > 0", "variable": "pt"}},
}


def write_events(name, passing):
    """20 events below and 20 above 50, of which these pass."""
    fired = np.concatenate([np.arange(20) < number for number in passing])
    numbers = np.arange(40, dtype=np.uint64) + 1
    branches = {
        "run": np.full(40, 1, np.uint32),
        "luminosityBlock": np.full(40, 1, np.uint32),
        "event": numbers,
        "pt": np.repeat(np.array([25.0, 75.0], np.float32), 20),
        "fired": fired.astype(np.int32),
    }
    ak.to_parquet(ak.Array(branches), f"input/{name}.parquet")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Era → values of its map, and yields of simulation in both bins with it."""
    with working(tmp_path_factory.mktemp("eras"), DOCUMENT):
        for kind, by_era in PASSING.items():
            for era, passing in by_era.items():
                write_events(f"{kind}_{era}", passing)
        found = {}
        for era in ERAS:
            name = f"trigger_{era}"
            file = measure(name)
            (own, *_) = json.loads(Path(file).read_text())["corrections"]
            assert own["name"] == name
            dataset = f"dy_{era}"
            assert [process_at_once(dataset), merge(dataset)] == [0, 0]
            histograms = read_histograms(Path(f"{RESULTS}/histograms/{dataset}.json"))
            yields = histograms["all/pt/nominal"].values()
            found[era] = own["data"]["content"][0]["value"]["content"], yields
    return found


@pytest.mark.parametrize("era", ERAS)
def test_each_era_has_its_map_and_uses_it(made, era):
    values, yields = made[era]
    data, simulated = (np.array(PASSING[kind][era]) / 20 for kind in ("data", "dy"))
    assert values == pytest.approx(data / simulated, rel=1e-12)
    # Of 0.4 pb with 40 events, those that pass, with the efficiency of the data.
    expected = 1000 * LUMINOSITY_IFB[era] * 0.4 / 2 * data
    assert yields == pytest.approx(expected, rel=1e-6)
