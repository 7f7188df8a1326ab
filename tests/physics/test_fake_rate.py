"""A fake rate from files to the map, and the fake muons that it predicts elsewhere: as in a plain
loop, and as many as there are.
"""

import json
import math
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from support.tiny.analysis import working
from support.tiny.steps import RESULTS, fill, measure, merge, skim

from wollemi.histograms.histogram import read_histograms

PT, ETA = [15.0, 25.0, 40.0, 200.0], [0.0, 1.2, 2.4]
TRUE = [[0.2, 0.3], [0.25, 0.35], [0.3, 0.45]]
CROSS_SECTION_PB, LUMINOSITY_IFB, FAKES = 40.0, 0.1, 12_000
FACTOR = "where(muon[0].tightId > 0, 0, fake_rate / (1 - fake_rate))"
TIGHT, LOOSE = {"Muon_chosen": "Muon_tightId"}, {"Muon_chosen": "Muon_looseId"}
SIMULATED = {"files": ["input/w.parquet"], "cross_section_pb": CROSS_SECTION_PB}
DOCUMENT = {
    "name": "tiny",
    "title": "Fake muons",
    "center_of_mass_tev": 13,
    "luminosity_ifb": LUMINOSITY_IFB,
    "datasets": {
        "recorded": {"files": ["input/recorded.parquet"], "names": TIGHT},
        "w": SIMULATED | {"weight": "genWeight", "names": TIGHT},
        "fakes": {
            "files": ["input/recorded.parquet"],
            "names": LOOSE,
            "normalization": "none",
        },
        "w_loose": SIMULATED | {"weight": "genWeight", "names": LOOSE},
    },
    "samples": {
        "data": {"role": "data", "datasets": "recorded"},
        "w": {"role": "background", "datasets": "w"},
        "fakes": {"role": "background", "datasets": ["fakes", "w_loose"]},
    },
    "objects": {
        "loose": {"collection": "Muon", "cuts": "pt > 15 and looseId > 0"},
        "muon": {"collection": "Muon", "cuts": "pt > 15 and looseId > 0 and chosen > 0"},
    },
    "corrections": {
        "fake_rate": {
            "measured": {
                "kind": "fake_rate",
                "samples": "w",
                "object": "loose",
                "selection": "count(loose) == 1 and MET_pt < 20",
                "pass": "tightId > 0",
                "axes": {"pt": PT, "abseta": {"expression": "abs(eta)", "edges": ETA}},
                "prompt_uncertainty": 0.1,
            }
        }
    },
    "columns": {
        "fake_rate": "correction.fake_rate(muon[0].pt, abs(muon[0].eta))",
        "fake_rate_up": "correction.fake_rate.up(muon[0].pt, abs(muon[0].eta))",
    },
    "weights": {
        "fakes": {"factor": FACTOR, "samples": [], "datasets": "fakes"},
        "prompt": {"factor": f"-{FACTOR}", "samples": [], "datasets": "w_loose"},
    },
    "systematics": {
        "fake_rate": {
            "kind": "weight",
            "up": "where(fake_rate > 0, fake_rate_up / (1 - fake_rate_up) * (1 - fake_rate) "
            "/ fake_rate, 1)",
            "down": "symmetrize",
            "samples": "fakes",
        }
    },
    "skim": {"selection": "count(muon) == 1"},
    "variables": {"met": {"expression": "MET_pt", "edges": [20, 40, 400], "label": "MET"}},
    "regions": {"signal": {"selection": "count(muon) == 1 and MET_pt > 20", "variable": "met"}},
}


def places(values, edges):
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)


def make_events(rng, entries, prompt):
    """Events with one muon each, prompt ones with more missing momentum."""
    pt, eta = 15 + rng.exponential(20, entries).clip(0, 180), rng.uniform(-2.4, 2.4, entries)
    chance = np.array(TRUE)[places(pt, PT), places(abs(eta), ETA)]
    tight = rng.random(entries) < np.where(prompt, 0.9, chance)
    fields = {
        "pt": pt,
        "eta": eta,
        "phi": rng.uniform(-3, 3, entries),
        "mass": np.full(entries, 0.105),
        "tightId": tight.astype(np.int32),
        "looseId": np.ones(entries, np.int32),
    }
    numbers = np.arange(entries, dtype=np.uint64) + 1
    return {
        "run": np.full(entries, 1, np.uint32),
        "luminosityBlock": (numbers // 100 + 1).astype(np.uint32),
        "event": numbers,
        "MET_pt": rng.exponential(np.where(prompt, 40, 15), entries),
        **{
            f"Muon_{name}": ak.unflatten(values, np.ones(entries, np.int64))
            for name, values in fields.items()
        },
    }


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Events of data and simulation, whether those of data are prompt, the map, histograms."""
    rng = np.random.default_rng(3)
    prompt = rng.random(FAKES + 4000) < 4000 / (FAKES + 4000)
    events = {
        "recorded": make_events(rng, prompt.size, prompt),
        "w": make_events(rng, 10_000, np.full(10_000, True)),
    }
    events["w"]["genWeight"] = rng.normal(1, 0.2, 10_000)
    with working(tmp_path_factory.mktemp("fake_rate"), DOCUMENT, events):
        path = Path(measure("fake_rate"))
        (correction,) = json.loads(path.read_text())["corrections"]
        content = {
            item["key"]: np.reshape(item["value"]["content"], (3, 2))
            for item in correction["data"]["content"]
        }
        histograms = {}
        for name in ("fakes", "w_loose"):
            assert [skim(name), fill(name), merge(name)] == [0, 0, 0]
            histograms[name] = read_histograms(Path(f"{RESULTS}/histograms/{name}.json"))
    return events, prompt, content, histograms


def muons(branches):
    """Tight or not, MET, cell and weight of each event, one by one."""
    scale = 1.0
    if "genWeight" in branches:
        scale = CROSS_SECTION_PB * LUMINOSITY_IFB * 1000 / math.fsum(branches["genWeight"])
    branches = {name: ak.to_list(values) for name, values in branches.items()}
    for index in range(len(branches["event"])):
        weight = scale * branches["genWeight"][index] if "genWeight" in branches else 1.0
        pt, eta = branches["Muon_pt"][index][0], abs(branches["Muon_eta"][index][0])
        cell = tuple(
            max(place for place, edge in enumerate(edges) if edge <= value)
            for value, edges in ((pt, PT), (eta, ETA))
        )
        yield branches["Muon_tightId"][index][0] == 1, branches["MET_pt"][index], cell, weight


def plain_rates(events, factor=1.0):
    """Rates and their errors, of what is left of data in the control region."""
    sums = {}
    for name, sign in (("recorded", 1.0), ("w", -factor)):
        for tight, met, cell, weight in muons(events[name]):
            if met < 20:
                sums.setdefault((cell, tight), []).append(sign * weight)
    rates, errors = np.zeros((3, 2)), np.zeros((3, 2))
    for cell in np.ndindex(3, 2):
        passed, failed = (math.fsum(sums[cell, tight]) for tight in (True, False))
        squares = [math.fsum(w * w for w in sums[cell, tight]) for tight in (True, False)]
        rate = passed / (passed + failed)
        rates[cell] = rate
        variance = (1 - rate) ** 2 * squares[0] + rate**2 * squares[1]
        errors[cell] = math.sqrt(variance) / (passed + failed)
    return rates, errors


def test_equals_a_plain_loop(measured):
    events, _, content, _ = measured
    rates, errors = plain_rates(events)
    assert content["nominal"] == pytest.approx(rates, rel=1e-12)
    # Far from 0 and 1 the interval is ±1σ, up to 1/n.
    assert (content["up"] - content["down"]) / 2 == pytest.approx(errors, rel=0.03)
    for side, factor in (("prompt_up", 1.1), ("prompt_down", 0.9)):
        assert content[side] == pytest.approx(plain_rates(events, factor)[0], rel=1e-12)
    assert (content["prompt_up"] < content["nominal"]).all()
    assert (content["prompt_down"] > content["nominal"]).all()


def test_what_was_put_in_is_found(measured):
    content = measured[2]
    error = (content["up"] - content["down"]) / 2
    assert (error < 0.06).all()
    assert (abs(content["nominal"] - TRUE) < 3 * error).all()


@pytest.mark.parametrize(("variation", "key"), [("nominal", "nominal"), ("fake_rate_up", "up")])
def test_the_prediction_is_that_of_a_plain_loop(measured, variation, key):
    events, _, content, histograms = measured
    for name, source, sign in (("fakes", "recorded", 1), ("w_loose", "w", -1)):
        expected = [[], []]
        for tight, met, cell, weight in muons(events[source]):
            rate = content[key][cell]
            if 20 < met < 400 and not tight:
                expected[int(met >= 40)].append(sign * weight * rate / (1 - rate))
        found = histograms[name][f"signal/met/{variation}"].values()
        assert found == pytest.approx([math.fsum(one) for one in expected], rel=1e-9)


def test_the_prediction_is_what_is_there(measured):
    """Tight fakes beyond the control region, within three times their own and its error."""
    events, prompt, _, histograms = measured
    found = events["recorded"]
    tight = ak.to_numpy(ak.flatten(found["Muon_tightId"])) == 1
    true = np.histogram(found["MET_pt"][tight & ~prompt], [20, 40, 400])[0]
    both = [histograms[name]["signal/met/nominal"] for name in ("fakes", "w_loose")]
    predicted = sum(item.values() for item in both)
    error = np.sqrt(sum(item.variances() for item in both) + true)
    assert (true > 200).all()
    assert (abs(predicted - true) < 3 * error).all()
    assert (error < 0.25 * true).all()
