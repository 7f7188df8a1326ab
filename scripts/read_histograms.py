"""Let a dataset enter the chain at the histogram stage: read TH1 of ROOT files, add and normalize
them.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wollemi.analysis.plain.histogram_paths import Histogram as Place
from wollemi.analysis.plain.histogram_paths import acts_in, nominal_histograms, sides, varied
from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import hide_counts, hide_histograms
from wollemi.histograms.histogram import (
    Histogram,
    add_all,
    axis_of,
    axis_of_variable,
    from_sums,
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
    "unlabeled_variables",
    "hidden",
    "histogram_variations",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "files": "ROOT files of the dataset",
        "varied": "further ROOT files, with the histograms of its systematics, or nothing",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={"histograms": "histograms of the dataset", "cutflow": "what was read"},
    options={"dataset": Option("name of the dataset")},
    sections=SECTIONS,
)


def collect(files: Sequence[Path], settings: Settings, dataset: str) -> dict[str, Histogram]:
    """Sum over files and paths for each region and variation; empty in regions without a path.

    Args:
        files: Files of the dataset.
        settings: Settings of the analysis.
        dataset: Name of the dataset.
    """
    parts: dict[str, list[Histogram]] = {}

    def add(region: str, place: Place, variation: str = "nominal") -> None:
        variable = settings.regions[region].variable
        read = read_root_histogram(
            Path(place.file), place.path, variable, settings.variables[variable]
        )
        parts.setdefault(histogram_name(region, variable, variation), []).append(read)

    paths = settings.source["histograms"]
    for region in (name for name, keys in paths.items() if not keys):
        variable = settings.regions[region].variable
        axis = axis_of_variable(variable, settings.variables[variable])
        parts[histogram_name(region, variable)] = [from_sums(axis, *np.zeros((2, axis.extent)))]
    nominal = list(nominal_histograms(paths, [str(file) for file in files]))
    for region, place in nominal:
        add(region, place)
    for name, item in settings.histogram_variations.items():
        for region, place in nominal:
            for side in sides(item) if acts_in(item, region) else ():
                add(region, varied(item, side, place, region, dataset), f"{name}_{side}")
    return {name: add_all(found) for name, found in parts.items()}


def main(job: Job) -> None:
    """Read the histograms of one dataset."""
    name, settings = job.option("dataset"), job.settings
    histograms = collect(job.inputs("files"), settings, name)
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
    lines = {
        key.split("/")[0]: [_line(item)]
        for key, item in histograms.items()
        if key.endswith("/nominal")
    }
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
    """Cutflow line with sums only, because a TH1 does not count events."""
    sums = {
        "sum_of_weights": float(np.sum(histogram.values())),
        "sum_of_weights_squared": float(np.sum(histogram.variances())),
    }
    return {"cut": "entries of the histogram", "events": None} | sums


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
