"""An analysis whose templates are good: falling backgrounds, a peak, and a systematic of each
relation between varied and nominal events; filled from events, so that they are correlated as they
should be.
"""

import copy
from typing import Any

import numpy as np
from lint_templates import SECTIONS

from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import Histogram, edges_axis, fill, from_sums
from wollemi.loading.load import validate_analysis
from wollemi.model.normalization_lint import normalization_findings
from wollemi.model.template_lint import TemplateLinter
from wollemi.results.lint import Finding

REGIONS = {
    "sr": edges_axis("mass", np.linspace(100, 300, 21), "mass", "GeV"),
    "cr": edges_axis("low", np.linspace(50, 100, 11), "low mass", "GeV"),
}
VARIABLES = {"sr": "mass", "cr": "low"}
# Dataset → events, the mean beyond 50 GeV of a falling spectrum or the place of a peak.
EVENTS = {"dy_low": 20000, "dy_high": 10000, "top": 40000, "signal": 4000}
SLOPES = {"dy_low": 60.0, "dy_high": 80.0, "top": 90.0}
PEAK = {"signal": 200.0}
CROSS_SECTION_PB = 2.0
OTHER = {"top_shower": "top", "dy_up": "dy_low", "dy_down": "dy_low"}
OTHER_SLOPES = {"top_shower": 98.0, "dy_up": 66.0, "dy_down": 55.0}


def document() -> dict[str, Any]:
    """The analysis as plain values."""
    simulated = {
        name: {"files": [f"{name}.root"], "weight": "w", "cross_section_pb": CROSS_SECTION_PB}
        for name in (*EVENTS, *OTHER)
    }
    weights = {"kind": "weight", "samples": ["dy", "top", "signal"]}
    scale = {"kind": "object", "object": "jet", "samples": ["dy", "top", "signal"]}
    return {
        "name": "example",
        "title": "Good templates",
        "center_of_mass_tev": 13,
        "luminosity_ifb": 1.0,
        "datasets": {"data": {"files": ["data.root"]}, **simulated},
        "samples": {
            "data": {"role": "data", "datasets": ["data"]},
            "dy": {"role": "background", "datasets": ["dy_low", "dy_high"]},
            "top": {"role": "background", "datasets": ["top"]},
            "signal": {"role": "signal", "datasets": ["signal"]},
        },
        "objects": {"jet": {"collection": "Jet"}},
        "variables": {
            name: {
                "expression": "met",
                "edges": axis.edges.tolist(),
                "label": "mass",
                "unit": "GeV",
            }
            for name, axis in zip(VARIABLES.values(), REGIONS.values(), strict=True)
        },
        "regions": {
            "sr": {"selection": "met > 100", "variable": "mass"},
            "cr": {"selection": "met < 100", "variable": "low", "role": "control"},
        },
        "systematics": {
            "luminosity": {
                "kind": "normalization",
                "up": 1.02,
                "down": 0.98,
                "samples": ["dy", "top", "signal"],
            },
            "pileup": {**weights, "up": "1.01", "down": "0.99"},
            "trigger": {**weights, "up": "1.01", "down": "symmetrize"},
            "scale": {**scale, "up": {"pt": "1.01 * pt"}, "down": {"pt": "0.99 * pt"}},
            "shower": {
                "kind": "dataset",
                "up": "top_shower",
                "down": "symmetrize",
                "samples": ["top"],
            },
            "generator": {
                "kind": "dataset",
                "up": ["dy_up", "dy_high"],
                "down": ["dy_down", "dy_high"],
                "samples": ["dy"],
            },
        },
        "model": {},
    }


def good_templates(seed: int) -> dict[str, dict[str, Histogram]]:
    """Dataset → histograms, of random events; one weight in twenty is negative."""
    rng = np.random.default_rng(seed)
    return {name: _dataset(rng, name) for name in (*EVENTS, *OTHER)}


def _dataset(rng: np.random.Generator, name: str) -> dict[str, Histogram]:
    like = OTHER.get(name, name)
    events = rng.poisson(EVENTS[like])
    slope = OTHER_SLOPES.get(name) or SLOPES.get(name)
    masses = (
        rng.normal(PEAK[name], 25.0, events)
        if slope is None
        else 50 + rng.exponential(slope, events)
    )
    signs = np.where(rng.random(events) < 0.05, -1.0, 1.0)
    weights = CROSS_SECTION_PB * 1000 / EVENTS[like] / 0.9 * signs
    pileup = 0.01 * (rng.poisson(20, events) - 20.0)
    trigger = 1 + 0.0003 * masses
    varied = {
        "nominal": (masses, weights),
        "pileup_up": (masses, weights * (1 + pileup + 0.02)),
        "pileup_down": (masses, weights * (1 - pileup - 0.02)),
        "trigger_up": (masses, weights * trigger),
        "scale_up": (1.01 * masses, weights),
        "scale_down": (0.99 * masses, weights),
    }
    return {
        f"{region}/{VARIABLES[region]}/{variation}": from_sums(
            axis, *fill(np.asarray(axis.edges), *event)
        )
        for region, axis in REGIONS.items()
        for variation, event in varied.items()
    }


def cutflows(histograms: dict[str, dict[str, Histogram]]) -> dict[str, dict[str, Any]]:
    """Cutflows of the datasets that belong to their histograms."""
    made = {}
    for name, items in histograms.items():
        total = 1000.0
        factor = CROSS_SECTION_PB * 1000 / total
        lines = {
            region: [
                {
                    "cut": "all",
                    "sum_of_weights": float(
                        np.sum(items[f"{region}/{variable}/nominal"].values(flow=True))
                    )
                    / factor,
                }
            ]
            for region, variable in VARIABLES.items()
        }
        made[name] = {"regions": lines, "sum_of_weights": total, "normalization": factor}
    return made


def lint(
    histograms: dict[str, dict[str, Histogram]],
    analysis: dict[str, Any] | None = None,
    counts: dict[str, dict[str, Any]] | None = None,
) -> list[Finding]:
    """What is found in templates.

    Args:
        histograms: of the datasets.
        analysis: the document, if it is another one.
        counts: the cutflows, if they are others.
    """
    plain = copy.deepcopy(analysis or document())
    settings = Settings(validate_analysis(plain, "example"), SECTIONS)
    return [
        *TemplateLinter(settings, histograms).findings(),
        *normalization_findings(settings, histograms, counts or cutflows(histograms)),
    ]
