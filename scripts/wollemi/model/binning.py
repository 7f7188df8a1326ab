"""Coarser bins for the fit than for the plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import Flags, noted_mask
from wollemi.histograms.histogram import (
    Axis,
    Histogram,
    Note,
    axis_of,
    bin_edges,
    edges_axis,
    from_sums,
    histogram_name,
    label_of,
    notes,
    unit_of,
)
from wollemi.histograms.unrolling import bins_of_variable
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Region


def rebinned(histogram: Histogram, edges: Sequence[float]) -> Histogram:
    """Join bins. Bins below the first edge become underflow, bins above the last one overflow.

    Args:
        histogram: Histogram with finer bins.
        edges: Increasing edges, each of them an edge of the histogram.

    Raises:
        WollemiError: An edge is not among the edges of the histogram.
    """
    old = axis_of(histogram)
    own = bin_edges(old)
    chosen = [int(np.argmin(np.abs(own - edge))) for edge in edges]
    missing = [
        edge
        for edge, index in zip(edges, chosen, strict=True)
        if not np.isclose(own[index], edge, rtol=1e-9, atol=1e-9)
    ]
    if missing:
        problem = f"has no bin edge at {missing[0]:g}"
        raise WollemiError(
            f"histogram {old.name}",
            problem,
            "correct model.fit_edges or plots.edges, or the variable's bins",
        )
    cuts = [0, *(index + 1 for index in chosen), len(own) + 1]  # bin 0 is the underflow
    axis = edges_axis(old.name, own[chosen], label_of(old), unit_of(old))
    values, variances = (
        _joined(sums(flow=True), cuts) for sums in (histogram.values, histogram.variances)
    )
    return from_sums(axis, values, variances, _joined_notes(notes(histogram), cuts))


def _joined_notes(old: Mapping[str, Note], cuts: Sequence[int]) -> dict[str, Note]:
    """Notes of the joined bins; a bin that is partly blinded is blinded."""
    noted = str(old.get("blinded", ""))
    joined = "".join("1" if "1" in noted[start:stop] else "0" for start, stop in pairwise(cuts))
    return {**old, **({"blinded": joined} if noted else {})}


def _joined(values: Floats, cuts: Sequence[int]) -> Floats:
    return np.array([fsum(values[start:stop]) for start, stop in pairwise(cuts)])


def fit_axis(axis: Axis, edges: Sequence[float] | None) -> Axis:
    """The axis of a region in the fit; without edges, the axis of its variable."""
    empty = np.zeros(axis.size + 2)
    return axis if edges is None else axis_of(rebinned(from_sums(axis, empty, empty), edges))


def in_fit_bins(
    histograms: Mapping[str, Mapping[str, Histogram]],
    regions: Mapping[str, Region],
    fit_edges: Mapping[str, Sequence[float]],
) -> dict[str, dict[str, Histogram]]:
    """Histograms of all datasets, rebinned if a region has separate edges in the fit.

    Args:
        histograms: Dataset → name → histogram.
        regions: Regions of the analysis.
        fit_edges: Region → edges.
    """
    starts = {f"{name}/{regions[name].variable}/": edges for name, edges in fit_edges.items()}
    return _all_in_bins(histograms, starts)


def in_plot_bins(
    histograms: Mapping[str, Mapping[str, Histogram]],
    regions: Mapping[str, Region],
    edges: Mapping[str, Sequence[float]],
) -> dict[str, dict[str, Histogram]]:
    """Histograms of all datasets, rebinned if a variable has separate edges in plots.

    Args:
        histograms: Dataset → name → histogram.
        regions: Regions of the analysis.
        edges: Variable → edges.
    """
    starts = {
        f"{name}/{variable}/": edges[variable]
        for name, region in regions.items()
        for variable in (region.variable, *region.monitor)
        if variable in edges
    }
    return _all_in_bins(histograms, starts)


def _all_in_bins(
    histograms: Mapping[str, Mapping[str, Histogram]], starts: Mapping[str, Sequence[float]]
) -> dict[str, dict[str, Histogram]]:
    return {
        dataset: {name: _in_bins(name, item, starts) for name, item in items.items()}
        for dataset, items in histograms.items()
    }


def _in_bins(name: str, histogram: Histogram, starts: Mapping[str, Sequence[float]]) -> Histogram:
    edges = next((edges for start, edges in starts.items() if name.startswith(start)), None)
    return histogram if edges is None else rebinned(histogram, edges)


def region_bins(
    settings: Settings, histograms: Sequence[Mapping[str, Histogram]], region: str, bins: int
) -> tuple[Axis, Flags | None]:
    """The axis of a region in the fit, and its hidden bins. Bins of a published model are
    numbered.

    Args:
        settings: Settings with the sections `regions` and `fit_edges`.
        histograms: Histograms of each dataset of the data; empty for a published model.
        region: Name of a fitted region.
        bins: Number of its bins in the model.

    Returns:
        Axis and hidden bins, as from `fitted_bins`.
    """
    if region not in settings.regions:
        return edges_axis("bin", np.arange(bins + 1) + 0.5, "Bin"), None
    variable, edges = settings.regions[region].variable, settings.fit_edges.get(region)
    return fitted_bins(histograms, region, variable, edges)


def unfitted_axis(settings: Settings, region: str, variable: str) -> Axis:
    """The axis of a variable of a region that was not fitted in these bins.

    Args:
        settings: Settings with the sections `variables`, `regions` and `fit_edges`.
        region: Name of the region.
        variable: Name of the variable.
    """
    own = variable == settings.regions[region].variable
    edges = settings.fit_edges.get(region) if own else None
    return fit_axis(bins_of_variable(variable, settings.variables), edges)


def fitted_bins(
    histograms: Sequence[Mapping[str, Histogram]],
    region: str,
    variable: str,
    edges: Sequence[float] | None,
) -> tuple[Axis, Flags | None]:
    """The axis of a region in the fit, and its hidden bins.

    Args:
        histograms: Histograms of each dataset of the data.
        region: Name of a fitted region.
        variable: Name of the region's variable.
        edges: Edges in the fit, if they differ from the variable's.

    Returns:
        Axis, and flags of the hidden bins, shape (bins,); None if no data are hidden.

    Raises:
        WollemiError: The variable is missing in all datasets of the data.
    """
    name = histogram_name(region, variable)
    found = [dataset[name] for dataset in histograms if name in dataset]
    if not found:
        raise WollemiError(
            f"region {region}",
            f"the data have no histogram '{name}'",
            "run the workflow from the histograms on",
        )
    return fit_axis(axis_of(found[0]), edges), noted_mask(
        found if edges is None else [rebinned(one, edges) for one in found]
    )
