"""HistFitter's own example of control regions, against the fit that its tests keep as reference.

The files are not part of the project: clone https://github.com/histfitter/histfitter beside it.
"""

import runpy
import sys
from pathlib import Path
from types import ModuleType

import hist
import numpy as np
import uproot
from support.oracles.published_numbers import reproduces
from support.project.paths import clone, needs_clone
from support.tiny.analysis import put_analysis
from support.tiny.steps import build_workspace, read_json, read_th1

from wollemi_likelihood.fit import fit
from wollemi_likelihood.likelihood import Likelihood

REPOSITORY = "histfitter/histfitter"
REGIONS = ("SSZCRee", "SSZCRmm")
NAMES = {"z": "SherpaDY221", "diboson": "dibosonSherpa", "top": "top_physics", "fakes": "fakes"}

pytestmark = needs_clone(REPOSITORY)

# test/scripts/backupCache_config.py: the control regions of its background fit. All samples have
# the luminosity: its errors are 1.40e-1 and 1.92e-1, and 1.38e-1 and 1.91e-1 without the fakes'.
DOCUMENT = """
name: tiny
title: Control regions of HistFitter's example
center_of_mass_tev: 13
datasets:
  z: {files: [input/events.root], histograms: {SSZCRee: z_SSZCRee}, normalization: none}
  diboson: &both {files: [input/events.root], histograms: "{dataset}_{region}", normalization: none}
  top: *both
  fakes: *both
  data: *both
samples:
  z: {role: background, datasets: z, regions: [SSZCRee]}
  diboson: {role: signal, datasets: diboson}
  top: {role: background, datasets: top}
  fakes: {role: background, datasets: fakes}
  data: {role: data, datasets: data}
variables:
  Mjj_ee: {expression: Mjj, edges: [30, 46, 70, 107, 164, 251, 385, 588, 900], label: "$m_{jj}$"}
  Mjj_mumu: {expression: Mjj, edges: [10, 110, 270, 663, 1629], label: "$m_{jj}$"}
regions:
  SSZCRee: {selection: Mjj > 0, variable: Mjj_ee}
  SSZCRmm: {selection: Mjj > 0, variable: Mjj_mumu}
systematics:
  Lumi: {kind: normalization, up: 1.021, down: 0.979, samples: [z, diboson, top, fakes]}
model:
  poi: mu_DB
  poi_bounds: [0, 10]
  free_normalizations: {mu_ZSS: {samples: z, bounds: [0, 10]}}
  mc_statistics: all
  mc_statistics_threshold: 0.05
"""


def write_histograms(monkeypatch):
    """The histograms of the example, whose program writes them with ROOT."""
    monkeypatch.setitem(sys.modules, "ROOT", ModuleType("ROOT"))
    example = runpy.run_path(str(clone(REPOSITORY) / "test/scripts/backupCache_input.py"))
    with uproot.recreate("input/events.root") as file:
        for name, title in {**NAMES, "data": "Data"}.items():
            for region in REGIONS:
                if region in example["content"][title]:
                    values = np.array(example["content"][title][region], dtype=float)
                    errors = example["errors"].get(title, {}).get(region, np.sqrt(values))
                    made = hist.Hist.new.Variable(example["edges"][region]).Weight()
                    made[...] = np.stack([values, np.square(errors)], axis=-1)
                    file[f"{name}_{region}"] = made


def test_the_fit_is_that_of_histfitter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put_analysis(DOCUMENT)
    Path("input").mkdir()
    write_histograms(monkeypatch)
    assert [read_th1(name) for name in (*NAMES, "data")] == [0] * 5
    assert build_workspace(signals=["diboson"]) == 0
    likelihood = Likelihood.from_workspace(read_json("workspaces/diboson.json"))
    best = fit(likelihood)
    for name in ("mu_DB", "mu_ZSS"):
        place = likelihood.index[name]
        reproduces(f"histfitter_{name}", best.values[place])
        reproduces(f"histfitter_{name}_error", best.errors[place])
