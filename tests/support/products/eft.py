"""An effective field theory in two regions, as TH1 templates: the standard model, and for each of
two couplings its interference, which is negative in some bins, its square, and their product.
"""

from pathlib import Path
from typing import Any

import numpy as np
import uproot

from support.products.th1_templates import th1, use_templates

COUPLINGS = ("c1", "c2")
TRUTH = {"c1": 0.4, "c2": -0.3}
EDGES = np.linspace(0, 400, 5)
# Amplitudes of each bin: the standard model, and what a coupling adds. A template is a coefficient
# of the square of their sum.
AMPLITUDES = {
    "low": {"sm": [20, 15, 10, 7], "c1": [-1, 1, 2, 3], "c2": [2, 1, -1, -2]},
    "high": {"sm": [9, 7, 5, 4], "c1": [1, 2, 3, 4], "c2": [-1, -2, -2, 1]},
}
FACTORS = {
    "linear_1": "c1",
    "square_1": "c1**2",
    "linear_2": "c2",
    "square_2": "c2**2",
    "cross": "c1 * c2",
}
DOCUMENT = """
name: tiny
title: Two couplings of an effective field theory
center_of_mass_tev: 13
datasets:
  sm: &templates {files: [input/templates.root], histograms: "{region}/{dataset}", normalization: none}
  linear_1: *templates
  square_1: *templates
  linear_2: *templates
  square_2: *templates
  cross: *templates
  other: *templates
  data: *templates
samples:
  linear_1: {role: signal, datasets: linear_1}
  square_1: {role: signal, datasets: square_1}
  linear_2: {role: signal, datasets: linear_2}
  square_2: {role: signal, datasets: square_2}
  cross: {role: signal, datasets: cross}
  sm: {role: background, datasets: sm}
  other: {role: background, datasets: other}
  data: {role: data, datasets: data}
variables:
  pt: {expression: pt, bins: [4, 0, 400], label: "$p_T$", unit: GeV}
regions:
  low: {selection: jets == 0, variable: pt}
  high: {selection: jets >= 1, variable: pt}
systematics:
  luminosity: {kind: normalization, up: 1.02, down: 0.98, samples: [sm, linear_1, square_1, linear_2, square_2, cross]}
  jes: {kind: histogram, samples: [sm, linear_1, square_1, other], up: "{histogram}_jes_up", down: "{histogram}_jes_down"}
model:
  poi: [c1, c2]
  free_normalizations:
    c1: {bounds: [-2, 2]}
    c2: {bounds: [-2, 2]}
    norm_other: {samples: other}
  factors:
    linear_1: {expression: c1, samples: linear_1}
    square_1: {expression: c1**2, samples: square_1}
    linear_2: {expression: c2, samples: linear_2}
    square_2: {expression: c2**2, samples: square_2}
    cross: {expression: c1 * c2, samples: cross}
scans:
  c1: {parameters: c1, points: 9}
  plane: {parameters: [c1, c2], points: 5}
uncertainties: {}
plots:
  samples: {sm: {label: SM}, other: {label: other}}
"""  # noqa: E501


def template(sample: str, region: str) -> Any:
    """Expected events in each bin at couplings of 1."""
    parts = {name: np.asarray(values, float) for name, values in AMPLITUDES[region].items()}
    products = {
        "sm": parts["sm"] ** 2,
        "linear_1": 2 * parts["sm"] * parts["c1"],
        "square_1": parts["c1"] ** 2,
        "linear_2": 2 * parts["sm"] * parts["c2"],
        "square_2": parts["c2"] ** 2,
        "cross": 2 * parts["c1"] * parts["c2"],
        "other": np.full(4, 60.0),
    }
    return products[sample]


def write_templates(path: Path) -> None:
    """The templates at ±1σ, and Poisson numbers of the true couplings as data."""
    random = np.random.default_rng(4)
    with uproot.recreate(path) as file:
        for region in AMPLITUDES:
            total = np.zeros(4)
            for sample in ("sm", "other", *FACTORS):
                values = template(sample, region)
                scale = eval(FACTORS.get(sample, "1"), {}, dict(TRUTH))
                total += scale * values
                file[f"{region}/{sample}"] = th1(values, np.abs(values) / 50, EDGES)
                for side, sign in (("up", 1), ("down", -1)):
                    tilt = 1 + sign * 0.03 * np.linspace(-1, 1, 4)
                    varied = th1(values * tilt, np.abs(values) / 50, EDGES)
                    file[f"{region}/{sample}_jes_{side}"] = varied
            counts = random.poisson(total).astype(float)
            file[f"{region}/data"] = th1(counts, counts, EDGES)


def use_couplings(folder: Path) -> None:
    """Put this analysis in the place of the tiny one."""
    use_templates(folder, DOCUMENT, write_templates)
