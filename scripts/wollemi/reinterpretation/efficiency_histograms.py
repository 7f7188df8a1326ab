"""Histograms and cutflow of a signal given by its efficiencies, in the form in which the archived
workflow makes them from events.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np

from wollemi.analysis.plain.queries import axes_of
from wollemi.analysis.plain.sections import unlabeled_variables
from wollemi.analysis.settings import Luminosity
from wollemi.analysis.view import read, view_of
from wollemi.histograms.histogram import (
    Axis,
    Histogram,
    axis_of,
    from_sums,
    histogram_name,
    scaled,
    with_notes,
    with_sums,
)
from wollemi.histograms.normalization import normalization_factor
from wollemi.histograms.unrolling import bins_of_variable
from wollemi.reinterpretation.models import Efficiencies, EfficiencyChange, VariedEfficiencies
from wollemi_likelihood.base.arrays import Floats

SYMMETRIZE = "symmetrize"


@dataclass(frozen=True)
class EfficiencyProducts:
    """The products of a dataset before the model.

    Args:
        histograms: Normalized histograms by `<region>/<variable>/<variation>`.
        cutflow: Cutflow with one line per region.
    """

    histograms: dict[str, Histogram]
    cutflow: dict[str, Any]


def region_axis(plain: Mapping[str, Any], region: str) -> Axis:
    """The axis of a region in the model.

    Args:
        plain: Analysis, fully expanded.
        region: Name of the region.
    """
    name = plain["regions"][region]["variable"]
    names, variables = [name, *axes_of(view_of(plain), name)], unlabeled_variables(plain)
    known = {one: read("Variable", variables[one]) for one in names}
    return bins_of_variable(name, known)


def bin_values(values: float | Sequence[float], axis: Axis) -> Floats:
    """One number per bin, shape (bins,); a single number is used for all bins."""
    return np.broadcast_to(np.asarray(values, np.float64), (axis.size,))


def efficiency_products(
    plain: Mapping[str, Any], dataset: str, given: Efficiencies, luminosity: Luminosity | None
) -> EfficiencyProducts:
    """Products with the expected events: luminosity × cross section × efficiency in each bin.

    Args:
        plain: Analysis with the new signals, fully expanded.
        dataset: Name of the dataset.
        given: Efficiencies of the dataset.
        luminosity: Luminosity in fb⁻¹.
    """
    entry = view_of(plain).datasets[dataset]
    events = normalization_factor(dataset, entry, False, luminosity, 1.0)
    produced = {
        region: _region_histogram(plain, region, item) for region, item in given.regions.items()
    }
    histograms = {
        histogram_name(region, axis_of(histogram).name, variation): with_notes(
            scaled(item, events), {"dataset": dataset, "preview": False}
        )
        for region, histogram in produced.items()
        for variation, item in _variations(plain, region, histogram, given.systematics)
    }
    lines = {region: [_line(histogram)] for region, histogram in produced.items()}
    empty: dict[str, Any] = {
        "dataset": dataset,
        "preview": False,
        "files": [],
        "skim": [],
        "account": {},
    }
    return EfficiencyProducts(
        histograms, empty | {"regions": lines, "sum_of_weights": 1.0, "normalization": events}
    )


def _region_histogram(plain: Mapping[str, Any], region: str, item: Any) -> Histogram:
    """Efficiencies of a region, and the squares of their uncertainties; underflow and overflow are
    empty.
    """
    axis = region_axis(plain, region)
    errors = bin_values(item.statistical or 0.0, axis)
    return from_sums(axis, _with_flow(bin_values(item.values, axis)), _with_flow(errors**2))


def _with_flow(values: Floats) -> Floats:
    return np.concatenate([[0.0], values, [0.0]])


def _variations(
    plain: Mapping[str, Any],
    region: str,
    nominal: Histogram,
    systematics: Mapping[str, EfficiencyChange],
) -> Iterator[tuple[str, Histogram]]:
    yield "nominal", nominal
    for name, change in systematics.items():
        variation = plain["systematics"][name].get("variation", name)
        for side in ("up", "down"):
            varied = _varied(change, side, region, nominal)
            if varied is not None:
                yield (
                    f"{variation}_{side}",
                    with_sums(nominal, _with_flow(varied), nominal.variances(flow=True)),
                )


def _varied(change: EfficiencyChange, side: str, region: str, nominal: Histogram) -> Floats | None:
    """Efficiencies at +1σ or -1σ, shape (bins,); None if the region is unchanged."""
    mirrored = side == "down" and not isinstance(change.down, Mapping)
    given = change.up if side == "up" or mirrored else change.down
    if not isinstance(given, Mapping) or region not in given:
        return None
    item, bins, axis = given[region], nominal.values(), axis_of(nominal)
    if isinstance(item, VariedEfficiencies):
        values = bin_values(item.values, axis)
    else:
        values = bins * (1 + bin_values(item, axis))
    return 2 * bins - values if mirrored else values


def _line(histogram: Histogram) -> dict[str, Any]:
    sums = {
        "sum_of_weights": fsum(histogram.values()),
        "sum_of_weights_squared": fsum(histogram.variances()),
    }
    return {"cut": "efficiencies of the bins", "events": None} | sums
