"""Named cuts and N−1 histograms through the programs, against a loop over the events."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from support.oracles.dimuon_loop import candidates
from support.tiny.analysis import STATISTICS, edit_analysis
from support.tiny.steps import (
    RESULTS,
    fill,
    merge,
    part_histograms,
    process,
    read_json,
    run_step,
    skim,
)

from wollemi.histograms.histogram import axis_of, bin_edges, read_histograms

CUTS = {
    "two muons": "count(muon) == 2",
    "hard muon": "muon[0].pt > 30",
    "opposite charges": "muon[0].charge != muon[1].charge",
    "heavy": "dimuon_mass > 150",
}


def named_cuts(document):
    document["skim"] = {"selection": {"a muon": "count(muon) > 0", "not many": "count(muon) < 3"}}
    document["variables"]["mass"] = document["variables"]["mass_search"] | {"bins": [35, 50, 400]}
    document["variables"]["charge"] = {
        "expression": "muon[0].charge + muon[1].charge",
        "bins": [5, -2.5, 2.5],
        "label": "$q$",
    }
    left_out = {"heavy": ["mass", "mass_search"], "opposite charges": "charge"}
    document["regions"]["search"] |= {"selection": CUTS, "n_minus_one": left_out}


def only_histograms(document):
    for section in STATISTICS:
        document.pop(section)
    document["samples"] = {
        "data": document["samples"]["data"],
        "dy": {"role": "background", "datasets": ["dy_high"]},
    }
    document["plots"] = {"regions": {"search": "search region"}}


@pytest.fixture
def cut(tiny):
    edit_analysis(tiny, named_cuts)
    return tiny


def skimmed(file):
    """Of each event with one or two good muons: their momenta and charges, the mass of two, the
    weight.
    """
    for found in candidates(file):
        if len(found.pt) in (1, 2):
            yield found.pt, found.charge, found.mass, float(found.event.genWeight)


def test_histograms_without_a_cut(cut):
    assert skim("dy_high") == fill("dy_high") == 0
    pairs = [
        found
        for found in skimmed("input/dy_high_0.root")
        if len(found[0]) == 2 and found[0][0] > 30
    ]
    expected = {
        "search_without_heavy/mass/nominal": [
            (m, weight) for _, charges, m, weight in pairs if sum(charges) == 0
        ],
        "search_without_opposite_charges/charge/nominal": [
            (sum(charges), weight) for _, charges, m, weight in pairs if m > 150
        ],
    }
    histograms = part_histograms("dy_high")
    for name, found in expected.items():
        values, weights = np.array(found).T
        edges = [-np.inf, *bin_edges(axis_of(histograms[name])), np.inf]
        assert histograms[name].values(flow=True) == pytest.approx(
            np.histogram(values, edges, weights=weights)[0], rel=1e-10
        )
        assert histograms[name].variances(flow=True) == pytest.approx(
            np.histogram(values, edges, weights=weights**2)[0], rel=1e-10
        )
    below = np.array(histograms["search_without_heavy/mass/nominal"].values(flow=True))[
        1:11
    ]  # 50 to 150 GeV
    assert below.min() >= 0 < below.max()
    left_out = {name.partition("/")[0] for name in histograms} - {"search", "peak"}
    assert left_out == {"search_without_heavy", "search_without_opposite_charges"}


def test_the_lines_of_the_cutflow_have_the_names_of_the_cuts(cut):
    assert skim("dy_high") == fill("dy_high") == 0
    lines = read_json("cutflow/dy_high/skim_0.json")["skim"]
    assert [line["cut"] for line in lines] == ["all events", "a muon", "not many"]
    steps = [
        lambda pts, q, m: len(pts) == 2,
        lambda pts, q, m: pts[0] > 30,
        lambda pts, q, m: sum(q) == 0,
    ]
    steps.append(lambda pts, q, m: m > 150)
    left = list(skimmed("input/dy_high_0.root"))
    counted = []
    for step in steps:
        left = [found for found in left if step(*found[:3])]
        counted.append((len(left), pytest.approx(math.fsum(found[3] for found in left), rel=1e-12)))
    assert merge("dy_high") == 0
    found = read_json("cutflow/dy_high.json")
    regions = found["regions"]
    assert found["account"]["selected"] == {
        name: regions[name][-1]["events"] for name in ("peak", "search")
    }
    assert [line["cut"] for line in regions["search"]] == list(CUTS)
    assert [(line["events"], line["sum_of_weights"]) for line in regions["search"]] == counted
    assert [line["cut"] for line in regions["search_without_heavy"]] == list(CUTS)[:3]
    assert regions["search_without_heavy"] == regions["search"][:3]


def test_the_plot_says_what_is_left_out_and_where_the_cut_was(cut):
    edit_analysis(cut, only_histograms)
    datasets = ("data", "dy_high")
    for dataset in datasets:
        process(dataset)
    names = [
        "search_without_heavy_mass",
        "search_without_heavy_mass_search",
        "search_without_opposite_charges_charge",
    ]
    names += ["search_mass_search", "search_mt", "peak_mass_peak"]
    outputs = {
        kind: [f"{RESULTS}/plots/{name}.{kind}" for name in names]
        for kind in ("pdf", "png", "json")
    }
    inputs = [f"{RESULTS}/histograms/{dataset}.json" for dataset in datasets]
    assert run_step("plot_regions", histograms=inputs, **outputs) == 0
    plots = {name: json.loads(Path(f"{RESULTS}/plots/{name}.json").read_text()) for name in names}
    heavy, charge = plots[names[0]], plots[names[2]]
    assert (heavy["title"], heavy["note"]) == ("search region", "N−1: without heavy")
    assert heavy["cuts"] == [{"value": 150.0, "keeps": "above"}]
    assert (charge["note"], charge["cuts"]) == ("N−1: without opposite charges", [])
    assert "note" not in plots["search_mt"]
    data = read_histograms(Path(RESULTS) / "histograms/data.json")[
        "search_without_heavy/mass/nominal"
    ]
    assert heavy["data"]["events"] == data.values().tolist()
