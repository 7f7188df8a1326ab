"""Pseudo-data: a Poisson number per bin of an expectation, or the expectation itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from wollemi.histograms.histogram import Histogram, add_all, scaled, with_sums

if TYPE_CHECKING:
    from wollemi.analysis.models.datasets import Drawing


def draw(name: str, expected: Histogram, seed: int) -> Histogram:
    """Draw a histogram. Each has its own random stream: a new region does not change others.

    ASSUME: monitored variables of a region are drawn independently of the one that is fitted; their
        totals differ.

    Args:
        name: Name of the histogram; together with the seed it determines the random numbers.
        expected: Expectation; negative bins count as zero.
        seed: Seed of the pseudo-data.
    """
    stream = int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big")
    drawn = (
        np.random.Generator(np.random.PCG64(stream))
        .poisson(np.maximum(expected.values(flow=True), 0.0))
        .astype(np.float64)
    )
    return with_sums(expected, drawn, drawn)


def factors_of(drawing: Drawing) -> Mapping[str, float]:
    """Factor of each dataset, in the order of the sum."""
    return (
        drawing.datasets
        if isinstance(drawing.datasets, Mapping)
        else dict.fromkeys(drawing.datasets, 1.0)
    )


def summed(
    sources: Mapping[str, Mapping[str, Histogram]], factors: Mapping[str, float]
) -> dict[str, Histogram]:
    """Sum the nominal histograms of datasets in the order of the factors.

    Args:
        sources: Histograms of each dataset.
        factors: Factor of each dataset.
    """
    names = [name for name in sources[next(iter(factors))] if name.endswith("/nominal")]
    return {
        name: add_all(scaled(sources[dataset][name], factor) for dataset, factor in factors.items())
        for name in names
    }


def observed(name: str, expected: Histogram, drawing: Drawing) -> Histogram:
    """Histogram used as data: drawn, or the expectation with the variances of data.

    Args:
        name: Name of the histogram.
        expected: Expectation.
        drawing: Settings of the pseudo-data.
    """
    if drawing.fluctuate:
        assert drawing.seed is not None  # wollemi.loading.pseudodata checks it
        return draw(name, expected, drawing.seed)
    values = expected.values(flow=True)
    return with_sums(expected, values, np.maximum(values, 0.0))


def drawn_line(cut: str, histogram: Histogram) -> dict[str, float | int | str]:
    """Cutflow line of pseudo-data in a histogram."""
    total = float(np.sum(histogram.values(flow=True)))
    return {
        "cut": cut,
        "events": int(total),
        "sum_of_weights": total,
        "sum_of_weights_squared": total,
    }
