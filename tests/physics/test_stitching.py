"""An inclusive dataset and slices of it, through the real programs, against a loop over the
events.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from support.events.stitched import (
    EXCLUSIVE,
    INCLUSIVE_PB,
    LUMINOSITY_IFB,
    SCALE,
    document,
    make_events,
)
from support.tiny.analysis import working
from support.tiny.steps import RESULTS, fill, merge, read_json, skim

from wollemi.analysis.view import view_of
from wollemi.histograms.histogram import read_histograms
from wollemi.loading.expand import plain_document
from wollemi.plan.dataset_plan import DatasetPlan

CROSS_SECTIONS = {1: 1200.0, 2: 600.0}


@pytest.fixture(scope="module")
def events():
    """Dataset → its events, one by one."""
    rng = np.random.default_rng(5)
    return {name: make_events(name, rng) for name in ("dy", *EXCLUSIVE)}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(False, id="one sample", marks=pytest.mark.slow),
        pytest.param(True, id="by flavor"),
    ],
)
def results(request, events, tmp_path_factory):
    """Sample → dataset → histogram and cutflow."""
    content = document(by_flavor=request.param)
    plain = plain_document(content)
    plan = DatasetPlan(view_of(plain), "tiny")
    files = {
        Path(path).stem: branches
        for name, parts in events.items()
        for branches, path in zip(parts, content["datasets"][name]["files"], strict=True)
    }
    with working(tmp_path_factory.mktemp("stitching"), content, files):
        for name in plan.datasets:
            for part in plan.part_numbers(name):
                assert skim(name, part) == fill(name, part) == 0
        for name in plan.datasets:
            more = {"siblings": plan.siblings(name), "partners": plan.partners(name)}
            assert merge(name, **more) == 0
        return {
            sample: {
                name: (
                    read_histograms(Path(RESULTS) / f"histograms/{name}.json")["hard/jets/nominal"],
                    read_json(f"cutflow/{name}.json"),
                )
                for name in item["datasets"]
            }
            for sample, item in plain["samples"].items()
        }


def loop(events, *datasets):
    for name in datasets:
        for branches in events[name]:
            for values in zip(*branches.values(), strict=True):
                yield dict(zip(branches, values, strict=True))


def weight_of(events, jets):
    """Factor on the weights of events with so many jets: σ L / Σw of the slice, of all datasets."""
    if jets not in CROSS_SECTIONS:
        total = math.fsum(float(event["genWeight"]) for event in loop(events, "dy"))
        return INCLUSIVE_PB * SCALE * LUMINOSITY_IFB * 1000 / total
    every = [event for event in loop(events, *events) if event["LHE_Njets"] == jets]
    total = math.fsum(float(event["genWeight"]) for event in every)
    return CROSS_SECTIONS[jets] * SCALE * LUMINOSITY_IFB * 1000 / total


def flavor_of(sample):
    return {"electrons": 11, "muons": 13}.get(sample)


def test_yields_and_their_statistics(events, results):
    factors = [weight_of(events, jets) for jets in range(3)]
    for sample, made in results.items():
        bins = np.zeros((2, 3))
        for event in loop(events, *events):
            if event["lead_pt"] > 45 and flavor_of(sample) in (None, event["flavor"]):
                weight = float(event["genWeight"]) * factors[event["LHE_Njets"]]
                bins[:, event["LHE_Njets"]] += weight, weight * weight
        found = [histogram for histogram, _ in made.values()]
        assert sum(item.values() for item in found) == pytest.approx(bins[0], rel=1e-11)
        assert sum(item.variances() for item in found) == pytest.approx(bins[1], rel=1e-11)
        assert (bins[0] > 0).all()


def test_cutflows_begin_with_all_events(events, results):
    for sample, made in results.items():
        for name, (_, cutflow) in made.items():
            lines = {line["cut"]: line["events"] for line in cutflow["skim"]}
            files = read_files(cutflow)
            every = list(loop(events, files))
            assert lines["all events"] == len(every) == cutflow["account"]["entries"]
            assert sum(cutflow["account"]["unselected"].values()) + sum(
                cutflow["account"]["selected"].values()
            ) == len(every)
            inside = [event for event in every if in_slice(name, event)]
            assert lines["slice of the dataset"] == len(inside)
            own = [event for event in inside if flavor_of(sample) in (None, event["flavor"])]
            if flavor_of(sample):
                assert lines["selection of the dataset"] == len(own)


def read_files(cutflow):
    """The dataset in the file whose files were read."""
    name = Path(cutflow["files"][0]["path"]).stem
    return "dy" if name in ("dy_0", "dy_1") else name


def in_slice(name, event):
    jets = 1 if "one_jet" in name or "_1j" in name else 0
    jets = 2 if "two_jets" in name or "_2j" in name else jets
    return event["LHE_Njets"] == jets


def test_each_event_of_the_inclusive_dataset_is_in_one_part(events, results):
    splits = [
        cutflow["split"]
        for made in results.values()
        for _, cutflow in made.values()
        if "split" in cutflow
    ]
    inclusive = [split for split in splits if any("rest" in name for name in split["datasets"])]
    assert len(inclusive) == 1
    assert (inclusive[0]["in_none"], inclusive[0]["in_several"]) == (0, {})
    assert inclusive[0]["events"] == 3000


def test_closure(events, results):
    """Cross sections of slices against what the inclusive dataset has of them."""
    total = [float(event["genWeight"]) for event in loop(events, "dy")]
    for made in results.values():
        for name, (_, cutflow) in made.items():
            if "rest" in name:
                assert "slice" not in cutflow
                continue
            found = cutflow["slice"]
            jets = {"one_jet": 1, "two_jets": 2}[found["name"]]
            inside = [
                float(event["genWeight"])
                for event in loop(events, "dy")
                if event["LHE_Njets"] == jets
            ]
            share = math.fsum(inside) / math.fsum(total)
            assert found["cross_section_pb"] == pytest.approx(CROSS_SECTIONS[jets] * SCALE)
            expected = INCLUSIVE_PB * SCALE * share
            assert found["inclusive_pb"] == pytest.approx(expected, rel=1e-12)
            squares, others = (math.fsum(w * w for w in values) for values in (inside, total))
            variance = squares * (1 - share) ** 2 + (others - squares) * share**2
            error = INCLUSIVE_PB * SCALE * math.sqrt(variance) / math.fsum(total)
            assert found["inclusive_error_pb"] == pytest.approx(error, rel=1e-9)
            every = [
                float(event["genWeight"])
                for event in loop(events, *events)
                if event["LHE_Njets"] == jets
            ]
            assert found["sum_of_weights"] == pytest.approx(math.fsum(every), rel=1e-12)
            assert cutflow["sum_of_weights"] == found["sum_of_weights"]
            assert found["outside"] == 0
