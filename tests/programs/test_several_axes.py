"""A histogram of two variables through the programs, against numpy on a loop over the events."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.oracles.dimuon_loop import candidates
from support.tiny.analysis import STATISTICS, edit_analysis, snakemake
from support.tiny.steps import RESULTS, process, read_json, run_step

import wollemi
from wollemi.histograms.histogram import bin_edges, read_histograms
from wollemi.histograms.unrolling import read_unrolled

LEADING = {"expression": "muon[0].pt", "edges": [40, 80, 120, 200], "label": "$p_T$", "unit": "GeV"}


def two_axes(document):
    document["variables"] |= {"leading": LEADING, "plane": {"axes": ["mass_search", "leading"]}}
    document["regions"]["search"] |= {"variable": "plane", "monitor": ["mass_search"]}


def only_histograms(document):
    two_axes(document)
    for section in STATISTICS:
        document.pop(section)
    document["samples"] = {
        "data": document["samples"]["data"],
        "dy": {"role": "background", "datasets": ["dy_high"]},
    }
    document["datasets"]["data"] = {"files": ["mirror/data.root"], "tree": "Events"}
    document["datasets"].pop("signal_300")  # a TH1


def in_region(path):
    """Mass, leading momentum and weight of each event in the region."""
    for found in candidates(path):
        if len(found.pt) == 2 and found.pt[0] > 30 and sum(found.charge) == 0 and found.mass > 150:
            weight = getattr(found.event, "genWeight", 1.0)
            yield found.mass, found.pt[0], float(weight)


def test_from_events_to_plots(tiny):
    """Sums in each bin with the flow of both axes, the projection, and the numbers of the plots."""
    edit_analysis(tiny, only_histograms)
    filled = {}
    for dataset, file in (("data", "mirror/data.root"), ("dy_high", "input/dy_high_0.root")):
        process(dataset)
        histograms = read_histograms(Path(f"{RESULTS}/histograms/{dataset}.json"))
        plane, mass = (histograms[f"search/{name}/nominal"] for name in ("plane", "mass_search"))
        factor = read_json(f"cutflow/{dataset}.json")["normalization"]
        masses, momenta, weights = np.array(list(in_region(file))).T
        edges = [[-np.inf, *bin_edges(axis), np.inf] for axis in plane.axes]
        for sums, power in (
            (plane.values, weights * factor),
            (plane.variances, (weights * factor) ** 2),
        ):
            theirs = np.histogram2d(masses, momenta, edges, weights=power)[0]
            assert np.allclose(sums(flow=True), theirs, rtol=1e-10, atol=1e-12)
        outside = plane.values(flow=True).sum() - plane.values().sum()
        assert outside > 0  # there is something to lose
        assert np.allclose(plane.values(flow=True).sum(axis=1), mass.values(flow=True), rtol=1e-12)
        filled[dataset] = plane
    names = ["search_plane", "search_mass_search", "peak_mass_peak", "plane_search_plane"]
    outputs = {
        suffix: [f"{RESULTS}/plots/{name}.{suffix}" for name in names]
        for suffix in ("pdf", "png", "json")
    }
    files = [f"{RESULTS}/histograms/{dataset}.json" for dataset in filled]
    assert run_step("plot_regions", histograms=files, luminosity=[], **outputs) == 0
    stack, *_, drawn = (read_json(f"plots/{name}.json") for name in names)
    expected, data = drawn["plane"]
    assert data["events"] == filled["data"].values().tolist()
    assert np.allclose(expected["events"], filled["dy_high"].values(), rtol=1e-12)
    flat = read_unrolled(Path(files[1]))["search/plane/nominal"]
    assert np.allclose(stack["total"]["events"], flat.values(), rtol=1e-12)
    assert [one["name"] for one in stack["axis"]["axes"]] == ["mass_search", "leading"]


@pytest.mark.slow
def test_fitted(project, monkeypatch):
    """The model has the numbered bins, with all systematics; plots of the fit know the axes."""
    monkeypatch.chdir(project)

    def change(document):
        two_axes(document)
        document["datasets"].pop("signal_300")  # a TH1
        document["samples"].pop("signal_300")
        text = json.dumps(document["systematics"]).replace(', "signal_300"', "")
        document["systematics"] = json.loads(text)
        for section in ("limits", "scans", "extrapolation", "discovery", "intervals", "toy_fits"):
            document.pop(section, None)
        document["plots"] = {}

    edit_analysis(project, change)
    done = snakemake(project, "results/tiny/plots/postfit_search.png")
    assert done.returncode == 0, done.stdout
    run = wollemi.open(project / "results/tiny")
    plane = run.histograms("data")["search/plane/nominal"]
    assert len(plane.axes) == 2
    content = json.loads(Path("results/tiny/workspaces/signal_200.json").read_text())
    observed = {item["name"]: item["data"] for item in content["observations"]}
    assert observed["search"] == plane.values().ravel(order="F").tolist()
    (channel,) = (item for item in content["channels"] if item["name"] == "search")
    kinds = {one["type"] for sample in channel["samples"] for one in sample["modifiers"]}
    assert {"histosys", "normsys", "staterror"} <= kinds
    drawn = json.loads(Path("results/tiny/plots/postfit_search.json").read_text())
    assert [one["name"] for one in drawn["axis"]["axes"]] == ["mass_search", "leading"]
    assert drawn["data"]["events"] == observed["search"]
