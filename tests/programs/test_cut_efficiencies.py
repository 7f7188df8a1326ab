"""The efficiency of a cut through the programs, against a loop over the events."""

from pathlib import Path

import numpy as np
import pytest
from support.oracles.dimuon_loop import candidates
from support.tiny.analysis import STATISTICS, edit_analysis
from support.tiny.steps import RESULTS, process, read_json, run_step

CUTS = {"two muons": "count(muon) == 2", "opposite charges": "sum(muon.charge) == 0"}
CUTS |= {"hard": "muon[0].pt > 60", "heavy": "dimuon_mass > 150"}
LEADING = {"expression": "muon[0].pt", "edges": [30, 60, 90, 200], "label": "$p_T$", "unit": "GeV"}
FILES = {"data": "mirror/data.root", "dy_high": "input/dy_high_0.root"}


def cuts(document):
    for section in STATISTICS:
        document.pop(section)
    document["skim"]["selection"] = "count(muon) >= 2"
    document["samples"] = {
        "data": document["samples"]["data"],
        "dy": {"role": "background", "datasets": ["dy_high"]},
    }
    document["datasets"]["data"] = {"files": ["mirror/data.root"], "tree": "Events"}
    document["datasets"].pop("signal_300")  # a TH1
    document["variables"] |= {"leading": LEADING, "plane": {"axes": ["mass_search", "leading"]}}
    document["regions"]["search"] |= {
        "selection": CUTS,
        "monitor": ["leading", "plane"],
        "n_minus_one": {"hard": ["mass_search", "leading", "plane", "mt"]},
    }
    document["plots"] = {"efficiencies": "search"}


def passing(path):
    """Mass, weight and whether the leading muon is hard, of the events of all other cuts."""
    for found in candidates(path):
        if len(found.pt) == 2 and sum(found.charge) == 0 and found.mass > 150:
            weight = float(getattr(found.event, "genWeight", 1.0))
            yield found.mass, weight, found.pt[0] > 60


def test_from_events_to_the_plot(tiny):
    edit_analysis(tiny, cuts)
    for dataset in FILES:
        process(dataset)
    names = ["mass_search", "leading", "plane"]
    region = "search_without_hard"
    drawn = [f"efficiency_{region}_{name}" for name in names]
    others = ["plane_search_plane", f"plane_{region}_plane", "peak_mass_peak"]
    others += [f"{place}_{name}" for place in ("search", region) for name in names]
    others.append(f"{region}_mt")
    outputs = {
        suffix: [f"{RESULTS}/plots/{name}.{suffix}" for name in (*drawn, *others)]
        for suffix in ("pdf", "png", "json")
    }
    files = [f"{RESULTS}/histograms/{dataset}.json" for dataset in FILES]
    assert run_step("plot_regions", histograms=files, luminosity=[], **outputs) == 0
    mass = read_json(f"plots/{drawn[0]}.json")
    assert [one["name"] for one in mass["efficiencies"]] == ["simulation", "data"]
    for curve, path in zip(reversed(mass["efficiencies"]), FILES.values(), strict=True):
        masses, weights, hard = np.array(list(passing(path))).T
        every, some = (
            np.histogram(masses[chosen], mass["edges"], weights=weights[chosen])[0]
            for chosen in (np.full(hard.size, True), hard > 0)
        )
        expected = [
            pair[1] / pair[0] if pair[0] else None for pair in zip(every, some, strict=True)
        ]
        assert curve["values"] == pytest.approx(expected, rel=1e-12, nan_ok=True)
    leading = read_json(f"plots/{drawn[1]}.json")
    data = leading["efficiencies"][1]
    assert data["values"][:2] == [0.0, 1.0]  # the cut is on this variable
    plane = read_json(f"plots/{drawn[2]}.json")
    assert [one["name"] for one in plane["axes"]] == ["mass_search", "leading"]
    assert not Path(f"{RESULTS}/plots/efficiency_{region}_mt.json").exists()
