"""Pseudo-data: a Poisson number in each bin, drawn from histograms of separately seeded samples, or their sum itself.

Events of the templates' own samples would not be data: they would know the templates' fluctuations. A sum that is not fluctuated
may be made of templates: it shows what the fit does with its own expectation, and is no test of its statistical errors.
"""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from wollemi.analysis.models.datasets import Drawing
from wollemi.histograms.blinding import hide_counts, hide_histograms
from wollemi.histograms.histogram import Histogram, add_all, histogram_name, read_histograms, write_histograms
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

SECTIONS = ("source", "regions", "hidden")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"expected": "histograms of the datasets to draw from"},
    outputs={"histograms": "pseudo-data", "cutflow": "what was drawn"},
    options={"dataset": Option("name of the pseudo-data")},
    sections=SECTIONS,
)


def draw(name: str, expected: Histogram, seed: int) -> Histogram:
    """Draw one histogram. Each has its own stream, so that a new region changes no other.

    ASSUME: monitored variables of a region are drawn independently of the one that is fitted; their totals differ.

    Args:
        name: name of the histogram; with the seed it fixes the random numbers.
        expected: expectation; negative bins count as zero.
        seed: seed of the pseudo-data.
    """
    stream = int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big")
    drawn = np.random.Generator(np.random.PCG64(stream)).poisson(np.maximum(expected.values, 0.0)).astype(np.float64)
    return replace(expected, values=drawn, variances=drawn)


def factors_of(drawing: Drawing) -> Mapping[str, float]:
    """Dataset → factor, in the order of the sum."""
    return drawing.datasets if isinstance(drawing.datasets, Mapping) else dict.fromkeys(drawing.datasets, 1.0)


def summed(sources: Mapping[str, Mapping[str, Histogram]], factors: Mapping[str, float]) -> dict[str, Histogram]:
    """The expectation of each nominal histogram: a sum in the order of the factors.

    Args:
        sources: dataset → its histograms.
        factors: dataset → factor.
    """
    names = [name for name in sources[next(iter(factors))] if name.endswith("/nominal")]
    return {name: add_all(sources[dataset][name].scaled(factor) for dataset, factor in factors.items()) for name in names}


def main(job: Job) -> None:
    """Add the expectations and draw, or leave them as they are."""
    drawing = job.settings.dataset.draw
    assert drawing is not None  # the rule exists only for such datasets
    sources = {path.stem: read_histograms(path) for path in job.inputs("expected")}
    expected = summed(sources, factors_of(drawing))
    preview = any(item.metadata.get("preview") for source in sources.values() for item in source.values())
    metadata = {"dataset": job.option("dataset"), "preview": preview, "pseudo_data": True}
    drawn = {name: replace(_observed(name, item, drawing), metadata=metadata) for name, item in expected.items()}
    hidden, all_regions = job.settings.hidden, job.settings.regions
    if hidden is not None:
        drawn = hide_histograms(hidden, all_regions, drawn)
    write_histograms(job.output("histograms"), drawn)
    fitted = {region: histogram_name(region, item.variable) for region, item in job.settings.regions.items()}
    cut = "drawn events" if drawing.fluctuate else "expected events"
    regions = {region: [_line(cut, drawn[name])] for region, name in fitted.items() if name in drawn}
    content = {
        "dataset": job.option("dataset"),
        "preview": preview,
        "files": [],
        "skim": [],
        "account": {},
        "normalization": 1.0,
    }
    content |= {"regions": regions, "sum_of_weights": None}
    if hidden is not None:
        content = hide_counts(hidden, all_regions, {item.axis.name: item.axis for item in drawn.values()}, content)
    job.write_json("cutflow", content)


def _observed(name: str, expected: Histogram, drawing: Drawing) -> Histogram:
    if drawing.fluctuate:
        assert drawing.seed is not None  # wollemi.analysis.checks.pseudodata checks it
        return draw(name, expected, drawing.seed)
    return replace(expected, variances=np.maximum(expected.values, 0.0))


def _line(cut: str, histogram: Histogram) -> dict[str, float | int | str]:
    total = float(np.sum(histogram.values))
    return {"cut": cut, "events": int(total), "sum_of_weights": total, "sum_of_weights_squared": total}


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
