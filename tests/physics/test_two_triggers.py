"""Two eras with different trigger paths in one analysis, through the real programs, against a loop
over the events.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from support.events.two_triggers import (
    LUMINOSITY,
    PATHS,
    document,
    make_data,
    make_events,
    prescales,
)
from support.tiny.analysis import working
from support.tiny.events import write_root
from support.tiny.steps import RESULTS, merge, process, read_json

from wollemi.histograms.histogram import read_histograms

SINGLE = {2017: ("HLT_IsoMu27", "HLT_Mu17"), 2018: ("HLT_IsoMu24",)}
DOUBLE = "HLT_Mu17_Mu8"


@pytest.fixture(scope="module")
def events():
    """Dataset → events, one by one."""
    rng = np.random.default_rng(8)
    made = {}
    for era in LUMINOSITY:
        made |= {f"{name}_{era}": branches for name, branches in make_data(era, 900, rng).items()}
        made[f"dy_{era}"] = make_events(era, 700, rng)
    return made


@pytest.fixture(scope="module")
def results(events, tmp_path_factory):
    """Dataset → its histogram and cutflow."""
    with working(tmp_path_factory.mktemp("triggers"), document()):
        for name, branches in events.items():
            write_root(Path(f"input/{name}.root"), branches)
        for name in events:
            process(name)
        for era in LUMINOSITY:  # as the workflow merges them
            first = f"{RESULTS}/identifiers/double_{era}/0.parquet"
            assert merge(f"single_{era}", earlier=[first]) == 0
        filled = {
            name: read_histograms(Path(RESULTS) / f"histograms/{name}.json")["hard/pt/nominal"]
            for name in events
        }
        return {name: (filled[name], read_json(f"cutflow/{name}.json")) for name in events}


def loop(branches):
    return (
        dict(zip(branches, values, strict=True)) for values in zip(*branches.values(), strict=True)
    )


@pytest.mark.parametrize("era", LUMINOSITY)
def test_each_event_of_overlapping_data_counts_once(events, results, era):
    counted = {}
    for name in ("double", "single"):
        for event in loop(events[f"{name}_{era}"]):
            if event["lead_pt"] > 40:
                counted.setdefault(int(event["event"]), name)
    histograms = {name: results[f"{name}_{era}"][0] for name in ("double", "single")}
    for name, histogram in histograms.items():
        assert sum(histogram.values(flow=True)) == list(counted.values()).count(name) > 50
    both = set(map(int, events[f"single_{era}"]["event"])) & set(
        map(int, events[f"double_{era}"]["event"])
    )
    assert len(both) > 50


@pytest.mark.parametrize("era", LUMINOSITY)
def test_events_that_both_datasets_take_are_sought_among_theirs(events, results, era):
    own = [event for event in loop(events[f"single_{era}"]) if not event[DOUBLE]]
    assert results[f"single_{era}"][1]["compared_events"] == len(own) > 50


@pytest.mark.parametrize("era", LUMINOSITY)
def test_the_trigger_is_a_line_of_the_cutflow(events, results, era):
    for name, passes in (
        ("double", lambda event: True),
        ("single", lambda event: not event[DOUBLE]),
        ("dy", lambda event: any(event[path] for path in PATHS[era])),
    ):
        lines = [(line["cut"], line["events"]) for line in results[f"{name}_{era}"][1]["skim"]]
        every = list(loop(events[f"{name}_{era}"]))
        passed = [event for event in every if passes(event)]
        hard = [event for event in passed if event["lead_pt"] > 25]
        expected = [
            ("all events", len(every)),
            ("trigger of the dataset", len(passed)),
            ("lead_pt > 25", len(hard)),
        ]
        assert lines == expected


@pytest.mark.parametrize("era", LUMINOSITY)
def test_simulation_has_the_weight_of_the_prescales_once(events, results, era):
    histogram, cutflow = results[f"dy_{era}"]
    sums, squares, probabilities = np.zeros(6), np.zeros(6), set()
    for event in loop(events[f"dy_{era}"]):
        lost = math.prod(1 - 1 / p for path, p in prescales(era).items() if event[path])
        if event["lead_pt"] > 40 and any(event[path] for path in PATHS[era]):
            weight = float(event["genWeight"]) * (1 - lost)
            probabilities.add(round(1 - lost, 6))
            place = 1 + int(event["lead_pt"] // 25) if event["lead_pt"] < 100 else 5
            sums[place] += weight
            squares[place] += weight**2
    total = float(events[f"dy_{era}"]["genWeight"].sum())
    factor = 3.0 * LUMINOSITY[era] * 1000 / total
    assert probabilities == ({0.1, 0.25, 0.325, 1.0} if era == 2017 else {1.0})
    assert cutflow["sum_of_weights"] == total  # before the trigger and its weight
    assert cutflow["normalization"] == pytest.approx(factor, rel=1e-14)
    assert histogram.values(flow=True) == pytest.approx(factor * sums, rel=1e-12)
    assert histogram.variances(flow=True) == pytest.approx(factor**2 * squares, rel=1e-12)


def test_data_follow_the_weighted_simulation():
    """Of the same events, those left by the prescales are as many as the sum of the weights, within
    their error.
    """
    rng, entries = np.random.default_rng(3), 40000
    simulated = make_events(2017, entries, rng)
    lost = np.prod(
        [np.where(simulated[path], 1 - 1 / p, 1) for path, p in prescales(2017).items()], axis=0
    )
    expected, found = float(np.sum(1 - lost)), set()
    for name, branches in make_data(2017, entries, np.random.default_rng(4)).items():
        found |= set(map(int, branches["event"]))
        assert name in ("single", "double")
    assert abs(len(found) - expected) < 5 * math.sqrt(entries) / 2
