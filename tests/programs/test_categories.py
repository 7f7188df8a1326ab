"""A variable with categories through the programs, against a loop over the events."""

from pathlib import Path

import numpy as np
from support.oracles.dimuon_loop import candidates
from support.tiny.analysis import STATISTICS, edit_analysis
from support.tiny.steps import RESULTS, process, read_json, run_step

from wollemi.histograms.histogram import categories_of, read_histograms

KINDS = {
    "heavy": "dimuon_mass > 250",
    "hard, $p_T > 120$": "muon[0].pt > 120",
    "soft": "muon[0].pt < 90",
}
CHARGES = {"$\\mu^+$": "muon.charge > 0", "$\\mu^-$": "muon.charge < 0"}


def categories(document):
    document["variables"] |= {
        "kind": {"categories": KINDS, "label": "Kind"},
        "sign": {"categories": CHARGES, "per": "object", "label": "Charge"},
        "plane": {"axes": ["mass_search", "kind"]},
    }
    document["regions"]["search"] |= {
        "variable": "kind",
        "monitor": ["mass_search", "sign", "plane"],
    }
    document["plots"] = {"shapes": {"regions": "search"}}


def only_histograms(document):
    categories(document)
    for section in STATISTICS:
        document.pop(section)
    document["samples"] = {
        "data": document["samples"]["data"],
        "dy": {"role": "background", "datasets": ["dy_high"]},
    }
    document["datasets"]["data"] = {"files": ["mirror/data.root"], "tree": "Events"}
    document["datasets"].pop("signal_300")  # a TH1


def in_region(path):
    """Kind, from 1, 0 for none; and weight of each event in the region."""
    for found in candidates(path):
        if len(found.pt) == 2 and found.pt[0] > 30 and sum(found.charge) == 0 and found.mass > 150:
            weight = float(getattr(found.event, "genWeight", 1.0))
            hardest = max(found.pt)
            if found.mass > 250:
                yield 1, weight
            elif hardest > 120:
                yield 2, weight
            else:
                yield 3 if hardest < 90 else 0, weight


def test_from_events_to_plots(tiny):
    """Each event is in the first category that it is of; plots have the names."""
    edit_analysis(tiny, only_histograms)
    for dataset, file in (("data", "mirror/data.root"), ("dy_high", "input/dy_high_0.root")):
        process(dataset)
        histograms = read_histograms(Path(f"{RESULTS}/histograms/{dataset}.json"))
        kind, sign, plane = (
            histograms[f"search/{name}/nominal"] for name in ("kind", "sign", "plane")
        )
        kinds, weights = np.array(list(in_region(file))).T
        theirs = np.bincount(kinds.astype(int), weights, minlength=4)
        theirs = theirs * read_json(f"cutflow/{dataset}.json")["normalization"]
        assert np.allclose(kind.values(flow=True), [*theirs, 0], rtol=1e-12)
        assert np.count_nonzero(theirs) == 4  # each category has events, and so has none
        assert np.allclose(sign.values(), theirs.sum(), rtol=1e-12)  # one of each charge
        assert categories_of(kind.axes[0]) == list(KINDS)
        assert categories_of(plane.axes[1]) == list(KINDS)
        assert np.allclose(plane.values(flow=True).sum(axis=0), kind.values(flow=True), rtol=1e-12)
    names = [
        "search_kind",
        "search_sign",
        "search_plane",
        "plane_search_plane",
        "shapes_search_kind",
    ]
    names += ["search_mass_search", "peak_mass_peak"]
    outputs = {
        suffix: [f"{RESULTS}/plots/{name}.{suffix}" for name in names]
        for suffix in ("pdf", "png", "json")
    }
    files = [f"{RESULTS}/histograms/{dataset}.json" for dataset in ("data", "dy_high")]
    assert run_step("plot_regions", histograms=files, luminosity=[], **outputs) == 0
    stack, shapes = (
        read_json(f"plots/{name}.json") for name in ("search_kind", "shapes_search_kind")
    )
    assert stack["axis"]["categories"] == shapes["categories"] == list(KINDS)
    assert stack["y_label"] == "Events"
    drawn = read_json("plots/plane_search_plane.json")
    assert drawn["axes"][1]["categories"] == list(KINDS)
