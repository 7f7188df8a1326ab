"""One dataset in several samples, through the real programs, against a loop over the events."""

import math
from pathlib import Path

import numpy as np
import pytest
from support.events.truth_splits import (
    CROSS_SECTION_PB,
    LUMINOSITY_IFB,
    SPLITS,
    document,
    make_events,
)
from support.tiny.analysis import ANALYSIS, working
from support.tiny.steps import RESULTS, fill, merge, process_at_once, read_json, skim

from wollemi.analysis.view import view_of
from wollemi.event_loop.listed_events import Place
from wollemi.finished.event_run import read_event_run
from wollemi.histograms.histogram import read_histograms
from wollemi.loading.expand import plain_document
from wollemi.plan.dataset_plan import DatasetPlan
from wollemi_interactive.tables.event_list import check_sum, dataset_events

EDGES = (0, 80, 120, 180, 300)
PLACE = Place("tagged", "ht", 100.0)


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(11)
    return [make_events(900, rng), make_events(700, rng, first=900)]


@pytest.fixture(scope="module", params=["skim", "no skim"])
def results(request, events, tmp_path_factory):
    """Sample → the histograms and cutflow of its part; for each, what the loop has to ask."""
    content = document()
    if request.param == "no skim":
        del content["skim"]
    files = {f"ttbar_{index}": branches for index, branches in enumerate(events)}
    with working(tmp_path_factory.mktemp("splits"), content, files):
        plan = DatasetPlan(view_of(plain_document(content)), "tiny")
        for name in (f"ttbar_{sample}" for sample in SPLITS):
            made = [skim(name), fill(name)] if "skim" in content else [process_at_once(name)]
            assert {*made, merge(name, siblings=plan.siblings(name))} == {0}
        run = read_event_run(Path(RESULTS), Path(ANALYSIS))
        for name in SPLITS:  # compared with the histogram of the part
            rows = dataset_events(run, f"ttbar_{name}", PLACE)
            assert len(rows)
            check_sum(run, f"ttbar_{name}", PLACE, rows)
        return "skim" in content, {
            name: (
                read_histograms(Path(RESULTS) / f"histograms/ttbar_{name}.json"),
                read_json(f"cutflow/ttbar_{name}.json"),
            )
            for name in SPLITS
        }


def loop(events):
    for branches in events:
        for values in zip(*branches.values(), strict=True):
            yield dict(zip(branches, values, strict=True))


def line(chosen):
    weights = [float(event["genWeight"]) for event in chosen]
    return len(chosen), math.fsum(weights), math.fsum(w * w for w in weights)


@pytest.mark.parametrize("sample", SPLITS)
def test_cutflow_and_account(sample, events, results):
    is_skimmed, made = results
    cutflow = made[sample][1]
    every = list(loop(events))
    own = [event for event in every if SPLITS[sample][1](event)]
    hard = [event for event in own if event["lead_pt"] > 30] if is_skimmed else own
    expected = {"all events": every, "selection of the dataset": own}
    expected |= {"lead_pt > 30": hard} if is_skimmed else {}
    assert [item["cut"] for item in cutflow["skim"]] == list(expected)
    for item, chosen in zip(cutflow["skim"], expected.values(), strict=True):
        found = item["events"], item["sum_of_weights"], item["sum_of_weights_squared"]
        assert found == pytest.approx(line(chosen), rel=1e-12)
    tagged = [e for e in hard if e["tags"] >= 1 and e["lead_pt"] + e["second_pt"] > 60]
    assert cutflow["account"] == {
        "entries": len(every),
        "unselected": {
            "not read, in a preview": 0,
            "outside the selection of the dataset": len(every) - len(own),
            "rejected by the skim": len(own) - len(hard),
            "in no region": len(hard) - len(tagged),
        },
        "selected": {"tagged": len(tagged)},
    }


def test_the_last_part_tells_that_each_event_is_in_one(events, results):
    parts = [f"ttbar_{sample}" for sample in SPLITS]
    entries = sum(len(branches["event"]) for branches in events)
    cutflows = [cutflow for _, cutflow in results[1].values()]
    split = {"datasets": parts, "events": entries, "in_none": 0, "in_several": {}}
    assert [cutflow.get("split") for cutflow in cutflows] == [None, None, split]


@pytest.mark.parametrize("sample", SPLITS)
def test_the_sum_of_weights_is_that_of_the_whole_dataset(sample, events, results):
    """So the parts add up to the cross section of the whole one."""
    is_skimmed, made = results
    histograms, cutflow = made[sample]
    total = math.fsum(float(event["genWeight"]) for event in loop(events))
    assert cutflow["sum_of_weights"] == pytest.approx(total, rel=1e-12)
    factor = CROSS_SECTION_PB * LUMINOSITY_IFB * 1000 / total
    variations = {"nominal": lambda event: 1.0}
    if sample != "ttc":
        variations["tagging_up"] = lambda event: 1 + 0.05 * event["tags"]
    assert {name.split("/")[2] for name in histograms} == variations.keys()
    for variation, changed in variations.items():
        bins = [[0.0, 0.0] for _ in range(len(EDGES) + 1)]
        for event in loop(events):
            ht = event["lead_pt"] + event["second_pt"]
            if not (SPLITS[sample][1](event) and event["tags"] >= 1 and ht > 60):
                continue
            if is_skimmed and not event["lead_pt"] > 30:
                continue
            weight = float(event["genWeight"]) * changed(event) * factor
            weight *= 1.0 if sample == "ttlight" else 1 + 0.1 * event["tags"]
            place = sum(ht >= edge for edge in EDGES)
            bins[place][0] += weight
            bins[place][1] += weight * weight
        found = histograms[f"tagged/ht/{variation}"]
        assert found.values(flow=True) == pytest.approx([one for one, _ in bins], rel=1e-11)
        assert found.variances(flow=True) == pytest.approx([two for _, two in bins], rel=1e-11)
        assert sum(two for _, two in bins) > 0
