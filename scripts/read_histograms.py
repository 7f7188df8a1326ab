"""Let a dataset enter the chain at the histogram stage: read TH1 of ROOT files, add and normalize them."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wollemi.blinding import hide_counts, hide_histograms
from wollemi.command_line import Option, Program
from wollemi.configuration import Variable
from wollemi.errors import WollemiError
from wollemi.expressions import did_you_mean
from wollemi.histograms import Axis, Histogram, add_all, find_flaw, histogram_name, normalized, write_histograms
from wollemi.normalization import normalization_factor
from wollemi.program import Job, run_program
from wollemi.root_trees import open_root, unreadable
from wollemi.settings import Settings

SECTIONS = ("source", "normalization", "luminosity_ifb", "is_data", "regions", "variables", "hidden")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"files": "ROOT files of the dataset", "luminosity": "luminosity of certified blocks, or nothing"},
    outputs={"histograms": "histograms of the dataset", "cutflow": "what was read"},
    options={"dataset": Option("name of the dataset")},
    sections=SECTIONS,
)


def read_root_histogram(path: Path, key: str, name: str, variable: Variable) -> Histogram:
    """Read one TH1.

    Args:
        path: the ROOT file.
        key: path of the TH1 in it.
        name: name of the variable.
        variable: its settings; its bins must be those of the TH1.

    Raises:
        WollemiError: there is no such histogram, or its bins differ.
    """
    axis = Axis.of_variable(name, variable)
    with open_root(path) as file:
        keys = [item for item, kind in file.classnames(cycle=False).items() if kind.startswith("TH1")]
        if key not in keys:
            raise WollemiError(
                str(path), f"has no histogram '{key}'{did_you_mean(key, keys)}", "correct the dataset's `histograms`"
            )
        try:
            source = file[key]
        except Exception as error:  # uproot has no common error
            raise unreadable(path, error) from error
    edges = source.axis().edges()
    if edges.shape != (axis.size + 1,) or not np.allclose(edges, axis.edges, rtol=1e-9, atol=1e-12):
        problem = f"'{key}' has {edges.size - 1} bins from {edges[0]:g} to {edges[-1]:g}, the variable '{name}' has others"
        raise WollemiError(str(path), problem, f"give variables.{name} the bins of the histogram")
    values, variances = (np.asarray(sums(flow=True), np.float64) for sums in (source.values, source.variances))
    histogram = Histogram(axis, values, variances)
    if flaw := find_flaw(histogram):
        raise WollemiError(str(path), f"'{key}' {flaw}", "correct or fetch the file again")
    return histogram


def collect(files: Sequence[Path], settings: Settings) -> dict[str, Histogram]:
    """Sum over files and keys for each region."""
    paths: Mapping[str, Any] = settings.dataset.histograms or {}
    collected = {}
    for region, keys in paths.items():
        variable = settings.regions[region].variable
        parts = [read_root_histogram(file, key, variable, settings.variables[variable]) for file in files for key in keys]
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
    factor = normalization_factor(name, settings.dataset, settings.is_data, settings.luminosity_ifb, total)
    write_histograms(job.output("histograms"), normalized(histograms, factor, dataset=name, preview=False))
    lines = {key.split("/")[0]: [_line(item)] for key, item in histograms.items()}
    files = [{"path": str(path), "histograms": True} for path in job.inputs("files")]
    empty: dict[str, Any] = {"dataset": name, "preview": False, "files": files, "skim": [], "account": {}}
    content = empty | {"regions": lines, "sum_of_weights": total, "normalization": factor}
    if hidden is not None:
        axes = {item.axis.name: item.axis for item in histograms.values()}
        content = hide_counts(hidden, settings.regions, axes, content)
    job.write_json("cutflow", content)


def _line(histogram: Histogram) -> dict[str, Any]:
    """A TH1 counts no events: the line has the sums alone."""
    sums = {
        "sum_of_weights": float(np.sum(histogram.bins)),
        "sum_of_weights_squared": float(np.sum(histogram.bin_variances)),
    }
    return {"cut": "entries of the histogram", "events": None} | sums


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
