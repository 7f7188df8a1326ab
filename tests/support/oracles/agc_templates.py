"""Smooth histograms with the names of `ttbar_agc`, as many events as 3.4 fb⁻¹ have: templates that
a fit can be judged by.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from support.oracles.agc_loop import WEIGHT_VARIATIONS
from wollemi.histograms.histogram import edges_axis, from_sums, write_histograms

AXES = {name: edges_axis(name, np.linspace(50, 550, 26)) for name in ("ht", "m_bjj")}
REGIONS = {"control_4j1b": "ht", "signal_4j2b": "m_bjj"}
# Events in the two regions, mean weight, relative slope of the spectrum.
SAMPLES = {
    "ttbar": (70_000, 130_000, 10.0, 0.0), "ttbar_me": (72_000, 131_000, 16.0, 0.05), "ttbar_ps": (69_000, 135_000, 16.0, -0.04),  # noqa: E501
    "ttbar_scaleup": (73_000, 138_000, 16.0, 0.02), "ttbar_scaledown": (66_000, 121_000, 16.0, -0.02),  # noqa: E501
    "single_top_s": (60, 100, 0.6, 0.1), "single_top_t": (1_600, 1_300, 8.0, 0.1), "single_top_tw": (3_200, 1_200, 4.0, 0.0),  # noqa: E501
    "wjets": (10_000, 1_800, 44.0, -0.3),
}  # fmt: skip
# Relative change of the yield, and of the slope.
CHANGES = {
    "pt_scale_up": (0.04, 0.03),
    "pt_res_up": (0.01, -0.01),
    "scale_var_up": (0.025, 0.0),
    "scale_var_down": (-0.025, 0.0),
}


def shape(variable: str) -> NDArray[np.float64]:
    """Fractions of the events (27,): a falling spectrum after a threshold, or a peak on a tail."""
    centers = np.linspace(40, 560, 27)
    tail = np.maximum(centers - 60, 1) ** 1.5 * np.exp(-centers / 70)
    peak = np.exp(-(((centers - 172) / 25) ** 2) / 2)
    values = tail / tail.sum() + (1.2 * peak / peak.sum() if variable == "m_bjj" else 0.0)
    return np.asarray(values / values.sum())


def change(variation: str) -> tuple[float, float]:
    """Of the yield and of the slope."""
    if variation.startswith("btag_var"):
        size = (0.09 - 0.02 * int(variation[9])) * (1 if variation.endswith("up") else -1)
        return size, 0.7 * size
    return CHANGES.get(variation, (0.0, 0.0))


def write_templates(folder: Path, seed: int = 3) -> None:
    """Write `<dataset>.json` of each dataset, each with the statistical fluctuations of its own
    simulation.
    """
    folder.mkdir()
    random, position = np.random.default_rng(seed), np.linspace(-1, 1, 27)
    for dataset, (*yields, weight, slope) in SAMPLES.items():
        variations = (
            ["nominal"]
            if dataset.startswith("ttbar_")
            else ["nominal", "pt_scale_up", "pt_res_up", *WEIGHT_VARIATIONS]
        )
        variations += ["scale_var_up", "scale_var_down"] if dataset == "wjets" else []
        found = {}
        for (region, variable), events in zip(REGIONS.items(), yields, strict=True):
            expected = events * shape(variable) * (1 + slope * position)
            drawn = (random.poisson(expected / weight) + 0.1) * weight
            for variation in variations:
                size, tilt = change(variation)
                factor = 1 + size + tilt * position
                axis = AXES[variable]
                found[f"{region}/{variable}/{variation}"] = from_sums(
                    axis, drawn * factor, drawn * weight * factor**2
                )
        write_histograms(folder / f"{dataset}.json", found)
