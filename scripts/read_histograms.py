"""Let a dataset enter the chain at the histogram stage: read TH1 of ROOT files, add and normalize
them.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import hide_counts, hide_histograms
from wollemi.histograms.histogram import (
    Histogram,
    add_all,
    axis_of,
    histogram_name,
    normalized,
    write_histograms,
)
from wollemi.histograms.normalization import normalization_factor
from wollemi.histograms.root_files import read_root_histogram
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.results.cutflow import Cutflow

SECTIONS = (
    "source",
    "normalization",
    "luminosity_ifb",
    "is_data",
    "regions",
    "variables",
    "hidden",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "files": "ROOT files of the dataset",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={"histograms": "histograms of the dataset", "cutflow": "what was read"},
    options={"dataset": Option("name of the dataset")},
    sections=SECTIONS,
)


def collect(files: Sequence[Path], settings: Settings) -> dict[str, Histogram]:
    """Sum over files and keys for each region."""
    paths: Mapping[str, Any] = settings.dataset.histograms or {}
    collected = {}
    for region, keys in paths.items():
        variable = settings.regions[region].variable
        parts = [
            read_root_histogram(file, key, variable, settings.variables[variable])
            for file in files
            for key in keys
        ]
        collected[histogram_name(region, variable)] = add_all(parts)
    return collected


def main(job: Job) -> None:
    """Read the histograms of one dataset."""
    name, settings = job.option("dataset"), job.settings
    histograms = collect(job.inputs("files"), settings)
    hidden = settings.hidden
    if hidden is not None:
        histograms = hide_histograms(hidden, settings.regions, histograms)
    total = settings.dataset.sum_of_weights or 0.0
    factor = normalization_factor(
        name, settings.dataset, settings.is_data, settings.luminosity_ifb, total
    )
    write_histograms(
        job.output("histograms"), normalized(histograms, factor, dataset=name, preview=False)
    )
    lines = {key.split("/")[0]: [_line(item)] for key, item in histograms.items()}
    files = [{"path": str(path), "histograms": True} for path in job.inputs("files")]
    empty: dict[str, Any] = {
        "dataset": name,
        "preview": False,
        "files": files,
        "skim": [],
        "account": {},
    }
    content = empty | {"regions": lines, "sum_of_weights": total, "normalization": factor}
    if hidden is not None:
        axes = {axis.name: axis for axis in map(axis_of, histograms.values())}
        content = hide_counts(hidden, settings.regions, axes, content)
    job.write_json("cutflow", Cutflow.model_validate(content).plain())


def _line(histogram: Histogram) -> dict[str, Any]:
    """A TH1 counts no events: the line has the sums alone."""
    sums = {
        "sum_of_weights": float(np.sum(histogram.values())),
        "sum_of_weights_squared": float(np.sum(histogram.variances())),
    }
    return {"cut": "entries of the histogram", "events": None} | sums


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
