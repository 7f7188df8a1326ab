"""Estimate a background from data: what remains in control regions after simulation is subtracted,
times a factor.
"""

import logging
import sys
from typing import Any

import numpy as np

from wollemi.analysis.plain.backgrounds import target_regions
from wollemi.histograms.histogram import Histogram, histogram_name, write_histograms
from wollemi.histograms.unrolling import read_datasets
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.model.estimates import Estimator
from wollemi.model.templates import Source
from wollemi.results.cutflow import Cutflow

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("datasets", "samples", "regions", "systematics")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "histograms": (
            "histograms of the datasets it is made from, each named <dataset>.json or "
            "<dataset>/members.json"
        )
    },
    outputs={"estimate": "its histograms", "cutflow": "its events in each region"},
    options={"dataset": Option("name of the sample, which is that of its dataset")},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Estimate one sample."""
    name, settings = job.option("dataset"), job.settings
    histograms = read_datasets(job.inputs("histograms"))
    estimate = settings.datasets[name].plain["estimate"]
    source = Source(histograms, settings.datasets)
    estimator = Estimator(
        name, estimate, source, settings.samples, settings.regions, settings.systematics
    )
    made = estimator.histograms()
    write_histograms(job.output("estimate"), made)
    factor = estimator.factor()
    LOGGER.info(
        "%s: factor %.4g ± %.2g, %d histograms", name, factor.value, factor.uncertainty, len(made)
    )
    targets = target_regions(estimate)
    fitted = {
        region: histogram_name(region, item.variable) for region, item in settings.regions.items()
    }
    lines = {
        region: [_line(made[item], region in targets)]
        for region, item in fitted.items()
        if item in made
    }
    content = {
        "dataset": name,
        "preview": False,
        "files": [],
        "skim": [],
        "account": {},
        "normalization": 1.0,
    }
    content |= {"regions": lines, "sum_of_weights": None}
    job.write_json("cutflow", Cutflow.model_validate(content).plain())


def _line(histogram: Histogram, estimated: bool) -> dict[str, Any]:
    cut = "estimated from data" if estimated else "data without simulation"
    total, squares = (
        float(np.sum(sums(flow=True))) for sums in (histogram.values, histogram.variances)
    )
    return {"cut": cut, "events": None, "sum_of_weights": total, "sum_of_weights_squared": squares}


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
