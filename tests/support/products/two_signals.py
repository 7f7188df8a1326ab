"""An analysis of gluon fusion and vector-boson fusion in two categories, as TH1 templates."""

from pathlib import Path
from typing import Any

import numpy as np
import uproot

from support.products.th1_templates import th1, use_templates

POIS = ("mu_ggf", "mu_vbf")
TRUTH = {"ggf": 1.2, "vbf": 0.7}
REGIONS = ("no_jets", "two_jets")
EDGES = np.linspace(105, 145, 9)
# Events in each region. Each category has more of one signal than of the other.
YIELDS = {"ggf": (300, 40), "vbf": (20, 60), "zz": (1000, 300), "top": (100, 200)}
DOCUMENT = """
name: tiny
title: Gluon fusion and vector-boson fusion
center_of_mass_tev: 13
datasets:
  ggf: &templates {files: [input/templates.root], histograms: "{region}/{dataset}", normalization: none}
  vbf: *templates
  zz: *templates
  top: *templates
  data: *templates
samples:
  ggf: {role: signal, datasets: ggf}
  vbf: {role: signal, datasets: vbf}
  zz: {role: background, datasets: zz}
  top: {role: background, datasets: top}
  data: {role: data, datasets: data}
variables:
  mass: {expression: mass, bins: [8, 105, 145], label: "$m_{4\\\\ell}$", unit: GeV}
regions:
  no_jets: {selection: jets == 0, variable: mass}
  two_jets: {selection: jets >= 2, variable: mass}
systematics:
  luminosity: {kind: normalization, up: 1.02, down: 0.98, samples: [ggf, vbf, top]}
  ggf_jets: {kind: normalization, up: 1.1, down: 0.9, samples: ggf, regions: two_jets}
  jes: {kind: histogram, samples: [ggf, vbf, top], up: "{histogram}_jes_up", down: "{histogram}_jes_down"}
model:
  poi: [mu_ggf, mu_vbf]
  free_normalizations:
    mu_ggf: {samples: ggf}
    mu_vbf: {samples: vbf}
    norm_zz: {samples: zz}
limits: {}
scans:
  plane: {parameters: [mu_ggf, mu_vbf], points: 7}
  ggf: {parameters: mu_ggf, points: 5}
goodness: {toys: 10}
uncertainties: {}
results:
  strength_ggf: {file: fit.json, pointer: /fits/signals/parameters/mu_ggf/value, description: "of ggF"}
  "limit_{signal}": {file: limits.json, pointer: "/limits/{signal}/observed", description: "on {signal}"}
plots:
  samples: {ggf: {label: ggF}, vbf: {label: VBF}, zz: {label: ZZ}, top: {label: top}}
"""  # noqa: E501


def shape(sample: str) -> Any:
    """Share of each bin."""
    if sample not in TRUTH:
        return np.full(8, 1 / 8)
    centers = (EDGES[1:] + EDGES[:-1]) / 2
    peak = np.exp(-0.5 * ((centers - 125) / 3) ** 2)
    return peak / peak.sum()


def events(sample: str, region: str) -> Any:
    """Expected events in each bin."""
    return YIELDS[sample][REGIONS.index(region)] * shape(sample)


def write_templates(path: Path) -> None:
    """The templates at ±1σ, and Poisson numbers of the true strengths as data."""
    random = np.random.default_rng(2)
    with uproot.recreate(path) as file:
        for region in REGIONS:
            total = np.zeros(8)
            for sample in YIELDS:
                values = events(sample, region)
                total += TRUTH.get(sample, 1.0) * values
                file[f"{region}/{sample}"] = th1(values, values / 20, EDGES)
                # Jets move from one category to the other.
                shift = 0.03 if region == "two_jets" else -0.01
                for side, sign in (("up", 1), ("down", -1)):
                    file[f"{region}/{sample}_jes_{side}"] = th1(
                        values * (1 + sign * shift), values / 20, EDGES
                    )
            counts = random.poisson(total).astype(float)
            file[f"{region}/data"] = th1(counts, counts, EDGES)


def use_document(folder: Path) -> None:
    """Put this analysis in the place of the tiny one."""
    use_templates(folder, DOCUMENT, write_templates)
