"""TRExFitter's example `FitExample` of histograms, as TRExFitter and cabinetry fit it.

Its files are not part of the project: clone a public mirror beside it,
https://github.com/liboyang0112/TRExFitter. The table is in docs/coming_from_statistical_tools.md.
"""

import copy
import shutil
from pathlib import Path

import cabinetry
import numpy as np
import pytest
import uproot
from support.oracles.published_numbers import NUMBERS, reproduces
from support.project.paths import clone, needs_clone
from support.tiny.analysis import ANALYSIS, put_analysis
from support.tiny.steps import build_workspace, read_json, read_th1

from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood

REPOSITORY = "liboyang0112/TRExFitter"
EXAMPLE = clone(REPOSITORY) / "test"

pytestmark = needs_clone(REPOSITORY)

# test/configs/FitExample.config
DOCUMENT = """
name: tiny
title: FitExample
center_of_mass_tev: 13
datasets:
  bkg1: {files: [input/bkg1.root], histograms: &regions {SR_1: HTj, SR_2: HTj}, normalization: none}
  bkg2: {files: [input/bkg2.root], histograms: *regions, normalization: none}
  sig: {files: [input/sig.root], histograms: *regions, normalization: none}
  data: {files: [input/data.root], histograms: *regions, normalization: none}
samples:
  signal_200: {role: signal, datasets: sig}
  bkg1: {role: background, datasets: bkg1}
  bkg2: {role: background, datasets: bkg2}
  data: {role: data, datasets: data}
variables:
  HTj: {expression: HTj, edges: [0, 100, 200, 300, 1000], label: HT, unit: GeV}
regions:
  SR_1: {selection: HTj > 0, variable: HTj}
  SR_2: {selection: HTj > 0, variable: HTj}
systematics:
  JES:
    kind: histogram
    samples: [bkg1, signal_200]
    up: "{histogram}_jesUp"
    down: "{histogram}_jesDown"
  Bkg1Xsec: {kind: normalization, samples: bkg1, regions: SR_1, up: 1.1, down: 0.9}
  Bkg2Xsec: {kind: normalization, samples: bkg2, up: 1.2, down: 0.8}
model: {poi: mu, poi_bounds: [0, 100], mc_statistics: all}
"""


# What TRExFitter makes of the jet energy scale by `Smoothing: 40`, `Symmetrisation: ONESIDED`, in
# test/FitExample/Histograms/FitExample_histos.root of its commit 8e3b5d9: events at +1σ and -1σ.
SMOOTHED = {
    "bkg1": (
        [83.4197998046875, 87.18499755859375, 30.857500076293945, 18.537700653076172],
        [116.5802001953125, 62.814998626708984, 9.142499923706055, 1.4622999429702759],
    ),
    "sig": (
        [0.10130000114440918, 0.5066999793052673, 1.5202000141143799, 3.141700029373169],
        [0.09870000183582306, 0.4932999908924103, 1.4797999858856201, 3.058300018310547],
    ),
}
EDGES = np.array([0.0, 100.0, 200.0, 300.0, 1000.0])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The analysis with the files of the example."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(EXAMPLE / "inputs/Histo", "input")
    put_analysis(DOCUMENT)
    return tmp_path


def workspace_of_templates():
    assert [read_th1(name) for name in ("bkg1", "bkg2", "sig", "data")] == [0] * 4
    assert build_workspace(signals=["signal_200"]) == 0
    return read_json("workspaces/signal_200.json")


def cabinetry_workspace(folder):
    """The model of cabinetry, from the same files."""
    regions = [{"Name": name, "RegionPath": "HTj", "Variable": "HTj"} for name in ("SR_1", "SR_2")]
    samples = [
        {"Name": "data", "SamplePath": "data", "Data": True},
        *({"Name": name, "SamplePath": name} for name in ("sig", "bkg1", "bkg2")),
    ]
    config = {
        "General": {
            "Measurement": "FitExample",
            "POI": "mu",
            "InputPath": "input/{SamplePath}.root:{RegionPath}{VariationPath}",
            "HistogramFolder": str(folder),
            "VariationPath": "",
        },
        "Regions": [{"Name": item["Name"], "RegionPath": "HTj"} for item in regions],
        "Samples": samples,
        "NormFactors": [{"Name": "mu", "Samples": "sig", "Nominal": 1, "Bounds": [0, 100]}],
        "Systematics": [
            {
                "Name": "JES",
                "Type": "NormPlusShape",
                "Samples": ["bkg1", "sig"],
                "Up": {"VariationPath": "_jesUp"},
                "Down": {"VariationPath": "_jesDown"},
            },
            {
                "Name": "Bkg1Xsec",
                "Type": "Normalization",
                "Samples": "bkg1",
                "Regions": "SR_1",
                "Up": {"Normalization": 0.1},
                "Down": {"Normalization": -0.1},
            },
            {
                "Name": "Bkg2Xsec",
                "Type": "Normalization",
                "Samples": "bkg2",
                "Up": {"Normalization": 0.2},
                "Down": {"Normalization": -0.2},
            },
        ],
    }
    cabinetry.templates.collect(config)
    cabinetry.templates.postprocess(config)
    return cabinetry.workspace.build(config)


def by_name(workspace):
    likelihood = Likelihood.from_workspace(workspace)
    best = fit(likelihood)
    assert best.status.converged
    return {
        name: (best.values[place], best.errors[place]) for name, place in likelihood.index.items()
    }


def with_poisson_statistics(workspace):
    """As TRExFitter has them: regions that observe the effective events, with the same factors."""
    made = copy.deepcopy(workspace)
    for channel in list(made["channels"]):
        total, variance = 0.0, 0.0
        for item in channel["samples"]:
            (found,) = (item for item in item["modifiers"] if item["type"] == "staterror")
            total = total + np.array(item["data"])
            variance = variance + np.array(found["data"]) ** 2
            found |= {"type": "shapefactor", "data": None}
        name, effective = found["name"], (total**2 / variance).tolist()
        factor = {"name": name, "type": "shapefactor", "data": None}
        sideband = {"name": "effective", "data": effective, "modifiers": [factor]}
        made["channels"].append({"name": name, "samples": [sideband]})
        made["observations"].append({"name": name, "data": effective})
    return made


def trexfitter():
    """Parameter → estimate and error, of its own test."""
    lines = (EXAMPLE / "reference/FitExample/Fits/FitExample.txt").read_text().splitlines()
    rows = [line.split() for line in lines[1 : lines.index("")]]
    return {row[0]: (float(row[1]), float(row[2])) for row in rows}


def test_the_model_is_that_of_cabinetry(folder):
    """With the histograms at -1σ that the example has: the mirror image of 30 for 10 is below 0."""
    ours = by_name(workspace_of_templates())
    theirs = cabinetry_workspace(folder / "cabinetry")
    for name, found in by_name(theirs).items():
        assert ours[name] == pytest.approx(found, rel=1e-9, abs=1e-9), name
    model, data = cabinetry.model_utils.model_and_data(theirs)
    found = cabinetry.fit.fit(model, data)
    assert ours.keys() == set(found.labels)
    for name, value in zip(found.labels, found.bestfit, strict=True):
        # MINUIT ends near the bound of mu
        assert value == pytest.approx(ours[name][0], abs=2e-2 * (ours[name][1] or 1)), name


def smoothed_by_trexfitter():
    for name, sides in SMOOTHED.items():
        with uproot.open(f"input/{name}.root") as file:
            nominal = file["HTj"].to_hist()
        with uproot.recreate(f"input/{name}.root") as file:
            file["HTj"] = nominal
            for side, events in zip(("Up", "Down"), sides, strict=True):
                file[f"HTj_jes{side}"] = np.array(events), EDGES


def smoothed_here():
    treated = "down: symmetrize\n    smoothing: {method: max_variation}"
    text = DOCUMENT.replace('down: "{histogram}_jesDown"', treated)
    Path(ANALYSIS).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("constraint", ["Gaussian", "Poisson"])
@pytest.mark.parametrize("smooth", [smoothed_by_trexfitter, smoothed_here])
def test_the_fit_is_that_of_trexfitter(folder, smooth, constraint, record_property):
    """With the templates as TRExFitter smooths them, and as they are smoothed here. Its parameters
    of the statistics have Poisson constraints, and with them the estimates are its own.
    """
    smooth()
    workspace = workspace_of_templates()
    if constraint == "Poisson":
        workspace = with_poisson_statistics(workspace)
    ours, theirs = by_name(workspace), trexfitter()
    named = {
        name.replace("staterror", "gamma_stat").replace("[", "_bin_").replace("]", ""): found
        for name, found in ours.items()
    }
    assert named.keys() - {"mu"} == theirs.keys() - {"SigXsecOverSM"}
    record_property("found", {name: list(map(float, found)) for name, found in named.items()})
    assert named["mu"][0] == pytest.approx(theirs["SigXsecOverSM"][0], abs=1e-6)
    if smooth is smoothed_here:
        # The mirror image of yield and shape separately, not of each bin.
        near, same = (0.03, 0.06) if constraint == "Poisson" else (0.04, 0.06)
    else:
        near, same = (3e-4, 5e-3) if constraint == "Poisson" else (0.03, 0.05)
    for name in named.keys() - {"mu"}:
        (value, error), (wanted, width) = named[name], theirs[name]
        assert value == pytest.approx(wanted, abs=near * width), name
        assert error == pytest.approx(width, rel=same), name
    if smooth is smoothed_by_trexfitter and constraint == "Poisson":
        named["SigXsecOverSM"] = named["mu"]
        for name, (value, error) in named.items():
            for key, found in ((name, value), (f"{name}_error", error)):
                if f"trexfitter_{key}" in NUMBERS:
                    reproduces(f"trexfitter_{key}", found)
