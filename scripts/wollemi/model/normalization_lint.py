"""Checks of the normalization of simulation to cross section and luminosity."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.plain.queries import fitted_regions
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import Histogram, histogram_name
from wollemi.histograms.normalization import PB_PER_FB_INVERSE, era_luminosity
from wollemi.results.lint import ERROR, REMEDIES, WARNING, Finding

if TYPE_CHECKING:
    from wollemi.analysis.models.datasets import Dataset

TOLERANCE = 1e-6  # relative: sums of floating-point numbers depend on their order
LOST = 0.01  # fraction of a region's yield whose variable may have no value
SIGNIFICANT = 5.0  # standard deviations of a yield above the number of produced events
Cutflow = Mapping[str, Any]


def normalization_findings(
    settings: Settings,
    histograms: Mapping[str, Mapping[str, Histogram]],
    cutflows: Mapping[str, Cutflow],
) -> Iterator[Finding]:
    """Datasets whose yields disagree with their cross section, luminosity and sum of weights.

    Args:
        settings: Settings with `luminosity_ifb`, `datasets`, `regions` and `variables`.
        histograms: Dataset → histograms, for simulation.
        cutflows: Dataset → cutflow, for simulation.
    """
    for name, items in histograms.items():
        dataset, cutflow = settings.datasets[name], cutflows[name]
        produced = produced_yield(dataset, settings)
        if produced is not None:
            yield from factor_findings(name, produced, cutflow)
        for region in fitted_regions(settings.declared):
            variable = settings.regions[region].variable
            found = items.get(histogram_name(region, variable))
            if found is None:
                continue
            lines = cutflow["regions"].get(region) or ()
            if lines and settings.variables[variable].per == "event":
                expected = cutflow["normalization"] * lines[-1]["sum_of_weights"]
                yield from cutflow_findings(name, region, found, expected)
            if produced is not None:
                yield from acceptance_findings(name, region, found, produced)


def produced_yield(dataset: Dataset, settings: Settings) -> float | None:
    """Number of produced events, σ · L; None for weights that are already normalized."""
    if dataset.cross_section_pb is None or dataset.normalization == "none":
        return None
    luminosity = era_luminosity(settings.luminosity_ifb, dataset.era) * PB_PER_FB_INVERSE
    return luminosity * dataset.cross_section_pb * dataset.scale_factor


def factor_findings(name: str, produced: float, cutflow: Cutflow) -> Iterator[Finding]:
    """Compare the factor on the weights with σ · L / Σw."""
    total, factor = cutflow["sum_of_weights"], cutflow["normalization"]
    if not total or math.isclose(factor * total, produced, rel_tol=TOLERANCE):
        return
    text = (
        f"its events are normalized to {factor * total:.6g}, σ · L is {produced:.6g}, "
        f"{factor * total / produced:.4g} times that"
    )
    yield _finding(ERROR, name, None, text, factor * total / produced, 1.0)


def cutflow_findings(
    name: str, region: str, histogram: Histogram, expected: float
) -> Iterator[Finding]:
    """Compare the yield of a region with its cutflow; histograms omit events without a value."""
    # The cutflow of histograms has no under- and overflow.
    yields = [float(np.sum(histogram.values(flow=flow))) for flow in (True, False)]
    if any(math.isclose(item, expected, rel_tol=TOLERANCE, abs_tol=1e-300) for item in yields):
        return
    nearest = min(yields, key=lambda item: abs(item - expected))
    ratio = nearest / expected if expected else math.inf
    if 1 - LOST < ratio <= 1:
        return
    text = f"its histogram has {ratio:.4g} times the yield of its cutflow, {expected:.6g}"
    level = WARNING if 0 <= ratio < 1 else ERROR
    yield _finding(level, name, region, text, ratio, 1.0)


def acceptance_findings(
    name: str, region: str, histogram: Histogram, produced: float
) -> Iterator[Finding]:
    """Check that a region has no more events than were produced."""
    total = float(np.sum(histogram.values(flow=True)))
    error = math.sqrt(float(np.sum(histogram.variances(flow=True))))
    if total <= produced * (1 + TOLERANCE) + SIGNIFICANT * error:
        return
    text = f"its yield is {total:.6g}, σ · L is {produced:.6g}"
    yield _finding(ERROR, name, region, text, total / produced, 1.0)


def _finding(
    level: str, dataset: str, region: str | None, problem: str, number: float, threshold: float
) -> Finding:
    given = {} if region is None else {"region": region}
    return Finding.model_validate(
        {
            "flaw": "normalization",
            "level": level,
            "dataset": dataset,
            "problem": problem,
            "number": number,
            "threshold": threshold,
            "remedy": REMEDIES["normalization"],
        }
        | given
    )
