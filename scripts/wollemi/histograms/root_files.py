"""Read TH1 histograms from ROOT files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.base.root_objects import as_root_reads
from wollemi.histograms.histogram import (
    Histogram,
    axis_of_variable,
    bin_edges,
    find_flaw,
    from_sums,
)
from wollemi.inputs.root_trees import open_root, unreadable
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Variable


def read_th1(path: Path, key: str, remedy: str) -> Any:
    """Read a TH1 as uproot returns it.

    Args:
        path: Path of the ROOT file.
        key: Path of the TH1 in the file.
        remedy: Remedy in the error for a missing histogram.

    Raises:
        WollemiError: The histogram is missing or unreadable.
    """
    with open_root(path) as file:
        keys = [
            item for item, kind in file.classnames(cycle=False).items() if kind.startswith("TH1")
        ]
        if key not in keys:
            problem = f"has no histogram '{key}'{did_you_mean(key, keys)}"
            raise WollemiError(str(path), problem, remedy)
        try:
            found, latest = as_root_reads(file, key), file[key]
        except Exception as error:  # uproot does not have a common error
            raise unreadable(path, error) from error
    first, last = ([item.values(flow=True), item.variances(flow=True)] for item in (found, latest))
    if not all(np.array_equal(*pair, equal_nan=True) for pair in zip(first, last, strict=True)):
        problem = f"has several histograms '{key}', of which ROOT reads the first, uproot the last"
        raise WollemiError(str(path), problem, "write the file again with the right one alone")
    return found


def read_root_histogram(path: Path, key: str, name: str, variable: Variable) -> Histogram:
    """Read a TH1 as a histogram of a variable.

    Args:
        path: Path of the ROOT file.
        key: Path of the TH1 in the file.
        name: Name of the variable.
        variable: Settings of the variable, with the same bins as the TH1.

    Raises:
        WollemiError: The histogram is missing, or its bins differ.
    """
    axis = axis_of_variable(name, variable)
    source = read_th1(path, key, "correct the dataset's `histograms`")
    edges = source.axis().edges()
    if edges.shape != (axis.size + 1,) or not np.allclose(
        edges, bin_edges(axis), rtol=1e-9, atol=1e-12
    ):
        problem = (
            f"'{key}' has {counted(edges.size - 1, 'bin')} from {edges[0]:g} to {edges[-1]:g}, the "
            f"variable '{name}' has others"
        )
        raise WollemiError(str(path), problem, f"give variables.{name} the bins of the histogram")
    values, variances = (
        np.asarray(sums(flow=True), np.float64) for sums in (source.values, source.variances)
    )
    histogram = from_sums(axis, values, variances)
    if flaw := find_flaw(histogram):
        raise WollemiError(str(path), f"'{key}' {flaw}", "correct or fetch the file again")
    return histogram
