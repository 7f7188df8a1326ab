"""A falling spectrum in bins of the truth, smeared by a detector, as TH1 templates: each bin of the
truth is a signal whose strength is its cross section.
"""

from pathlib import Path

import hist
import numpy as np
import uproot

BINS = 4
TRUTH_EDGES = np.linspace(50, 250, BINS + 1)
STRENGTHS = (1.2, 0.9, 1.1, 0.8)
BACKGROUND = 400.0
DOCUMENT = f"""
name: tiny
title: A spectrum in bins of the truth
center_of_mass_tev: 13
datasets:
  truth_1: &templates {{files: [input/templates.root], histograms: "{{region}}/{{dataset}}", normalization: none}}
{chr(10).join(f"  truth_{number}: *templates" for number in range(2, BINS + 1))}
  other: *templates
  data: *templates
samples:
{chr(10).join(f"  truth_{n}: {{role: signal, datasets: truth_{n}}}" for n in range(1, BINS + 1))}
  other: {{role: background, datasets: other}}
  data: {{role: data, datasets: data}}
variables:
  pt: {{expression: pt, bins: [RECO, 50, 250], label: "$p_T$", unit: GeV}}
regions:
  all: {{selection: pt > 0, variable: pt}}
systematics: SYSTEMATICS
model:
  mc_statistics: none
  poi: [{", ".join(f"sigma_{n}" for n in range(1, BINS + 1))}]
  free_normalizations:
{chr(10).join(f"    sigma_{n}: {{samples: truth_{n}}}" for n in range(1, BINS + 1))}
"""  # noqa: E501
SYSTEMATIC = """
  other_rate: {kind: normalization, up: 1.1, down: 0.9, samples: other}
"""


def document(reconstructed: int, systematics: bool) -> str:
    """The analysis file with this number of reconstructed bins."""
    text = DOCUMENT.replace("RECO", str(reconstructed))
    return text.replace("SYSTEMATICS", SYSTEMATIC if systematics else "{}")


def response(reconstructed: int, events: int = 400_000) -> np.ndarray:
    """Events of each bin of the truth in each reconstructed bin, shape (BINS, reconstructed): pT
    falls exponentially, is smeared by 12 GeV, and a tenth is lost.
    """
    random = np.random.default_rng(3)
    truth = 50 + random.exponential(80, events)
    measured = truth + 12 * random.normal(size=events)
    found = random.random(events) < 0.9
    edges = np.linspace(50, 250, reconstructed + 1)
    counts = np.histogram2d(truth[found], measured[found], bins=(TRUTH_EDGES, edges))[0]
    return counts / 40


def write_templates(path: Path, reconstructed: int, seed: int | None) -> None:
    """The templates, and as data Poisson numbers of the true strengths, or their expectation."""
    matrix = response(reconstructed)
    background = np.full(reconstructed, BACKGROUND / reconstructed)
    expected = np.asarray(STRENGTHS) @ matrix + background
    data = expected if seed is None else np.random.default_rng(seed).poisson(expected)
    with uproot.recreate(path) as file:
        for number, events in enumerate(matrix, start=1):
            file[f"all/truth_{number}"] = _th1(events, events / 40)
        file["all/other"] = _th1(background, background / 20)
        file["all/data"] = _th1(data, data)


def _th1(values: np.ndarray, variances: np.ndarray) -> hist.Hist:
    axis = hist.axis.Regular(len(values), 50, 250)
    histogram = hist.Hist(axis, storage=hist.storage.Weight())
    histogram.values()[:], histogram.variances()[:] = values, variances
    return histogram
