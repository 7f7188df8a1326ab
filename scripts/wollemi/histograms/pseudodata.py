"""Pseudo-data: a Poisson number in each bin of an expectation, or the expectation itself."""

import hashlib
from collections.abc import Mapping

import numpy as np

from wollemi.analysis.models.datasets import Drawing
from wollemi.histograms.histogram import Histogram, add_all, scaled, with_sums


def draw(name: str, expected: Histogram, seed: int) -> Histogram:
    """Draw one histogram. Each has its own stream, so that a new region changes no other.

    ASSUME: monitored variables of a region are drawn independently of the one that is fitted; their
        totals differ.

    Args:
        name: name of the histogram; with the seed it fixes the random numbers.
        expected: expectation; negative bins count as zero.
        seed: seed of the pseudo-data.
    """
    stream = int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big")
    drawn = (
        np.random.Generator(np.random.PCG64(stream))
        .poisson(np.maximum(expected.values(flow=True), 0.0))
        .astype(np.float64)
    )
    return with_sums(expected, drawn, drawn)


def factors_of(drawing: Drawing) -> Mapping[str, float]:
    """Dataset → factor, in the order of the sum."""
    return (
        drawing.datasets
        if isinstance(drawing.datasets, Mapping)
        else dict.fromkeys(drawing.datasets, 1.0)
    )


def summed(
    sources: Mapping[str, Mapping[str, Histogram]], factors: Mapping[str, float]
) -> dict[str, Histogram]:
    """The expectation of each nominal histogram: a sum in the order of the factors.

    Args:
        sources: dataset → its histograms.
        factors: dataset → factor.
    """
    names = [name for name in sources[next(iter(factors))] if name.endswith("/nominal")]
    return {
        name: add_all(scaled(sources[dataset][name], factor) for dataset, factor in factors.items())
        for name in names
    }


def observed(name: str, expected: Histogram, drawing: Drawing) -> Histogram:
    """The histogram used as data: drawn, or the expectation with the variances of data.

    Args:
        name: of the histogram.
        expected: expectation.
        drawing: settings of the analysis.
    """
    if drawing.fluctuate:
        assert drawing.seed is not None  # wollemi.loading.pseudodata checks it
        return draw(name, expected, drawing.seed)
    values = expected.values(flow=True)
    return with_sums(expected, values, np.maximum(values, 0.0))


def drawn_line(cut: str, histogram: Histogram) -> dict[str, float | int | str]:
    """The line of a cutflow for pseudo-data in a histogram."""
    total = float(np.sum(histogram.values(flow=True)))
    return {
        "cut": cut,
        "events": int(total),
        "sum_of_weights": total,
        "sum_of_weights_squared": total,
    }
