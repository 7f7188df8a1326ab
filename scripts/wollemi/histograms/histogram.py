"""Histograms: `hist.Hist` with `Weight` storage, under- and overflow; UHI JSON (schema 1) in files.

Histograms are filled and added in stored order, so that equal events give equal bits. The notes on
a histogram are its attributes, which UHI calls metadata.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import hist
import hist.serialization
import numpy as np
import uhi.io
import uhi.io.json

from wollemi.base.json_files import REMEDY, read_json, render_json
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Variable

Axis: TypeAlias = hist.axis.Regular | hist.axis.Variable
Histogram: TypeAlias = hist.Hist[hist.storage.Weight]
Note = str | float | bool
# Notes of `wollemi.histograms.blinding`, which stay on a histogram.
BLINDING = ("blinded", "left_out")
_CATEGORIES = "categories"  # attribute of an axis: names of its bins as JSON
MEMBERS_FILE = "members.json"  # weight sets of a dataset: the model turns them into systematics


def axis_of_variable(name: str, variable: Variable) -> Axis:
    """Build the axis described in an analysis file.

    Bins of equal width become an axis of edges if their upper edge is not lower + (upper - lower)
    in floating-point numbers, for example from -1 to 0.3: a `Regular` axis of boost-histogram would
    end at 0.30000000000000004.
    """
    if variable.edges is not None:
        given = edges_axis(name, variable.edges, variable.label, variable.unit)
        if variable.categories:
            vars(given)[_CATEGORIES] = json.dumps(list(variable.categories))
        return given
    if variable.log_bins is not None:
        bins, lower, upper = variable.log_bins
        # Rounded, because the last bits of a logarithm differ between processors.
        edges = [float(f"{edge:.12g}") for edge in np.geomspace(lower, upper, bins + 1)]
        return edges_axis(name, edges, variable.label, variable.unit)
    assert variable.bins is not None  # wollemi.loading.all checks it
    bins, lower, upper = variable.bins
    axis = hist.axis.Regular(bins, lower, upper, name=name, label=variable.label)
    vars(axis)["unit"] = variable.unit
    if axis.edges[-1] == upper:
        return axis
    return edges_axis(name, np.linspace(lower, upper, bins + 1), variable.label, variable.unit)


def edges_axis(
    name: str, edges: Iterable[float], label: str = "", unit: str = ""
) -> hist.axis.Variable:
    """Build an axis of increasing edges, shape (bins + 1,), in a unit."""
    axis = hist.axis.Variable(edges, name=name, label=label)
    vars(axis)["unit"] = unit
    return axis


def bin_edges(axis: Axis) -> Floats:
    """Edges of the filled bins, shape (bins + 1,): for regular axes numpy's edges, which differ
    from boost-histogram's in the last bit (0.3 and 0.30000000000000004).
    """
    if isinstance(axis, hist.axis.Regular):
        return np.linspace(axis.edges[0], axis.edges[-1], axis.size + 1)
    return np.asarray(axis.edges)


def label_of(axis: Axis) -> str:
    """Label of an axis without the unit; `axis.label` falls back to the name."""
    return str(vars(axis).get("label", ""))


def labeled(histogram: Histogram, variables: Mapping[str, Variable]) -> Histogram:
    """Set the labels of the axes from the analysis file: files of histograms do not contain them,
    so that a new label does not refill anything.

    Args:
        histogram: Histogram, changed in place.
        variables: Variables by axis name; other axes are unchanged.
    """
    for axis in axes_of(histogram):
        if axis.name in variables:
            vars(axis)["label"] = variables[axis.name].label
    return histogram


def unit_of(axis: Axis) -> str:
    """Unit of the edges, or an empty string."""
    return str(vars(axis).get("unit", ""))


def categories_of(axis: Axis) -> list[str]:
    """Names of the bins of a categorical axis; an empty list for a numeric axis."""
    found: list[str] = json.loads(vars(axis).get(_CATEGORIES, "[]"))
    return found


def axis_of(histogram: Histogram) -> Axis:
    """Axis of the bins: the only one, or the last one after the axis of variations."""
    axis: Axis = histogram.axes[-1]
    return axis


def axes_of(histogram: Histogram) -> tuple[Axis, ...]:
    """Axes of the bins, without the axis of variations."""
    axes: tuple[Axis, ...] = tuple(histogram.axes)
    return axes[1:] if isinstance(axes[0], hist.axis.StrCategory) else axes


def from_sums(
    axis: Axis | Sequence[Axis],
    values: Floats,
    variances: Floats,
    noted: Mapping[str, Note] | None = None,
) -> Histogram:
    """Build a histogram from sums.

    Args:
        axis: Axis of the bins, or several axes.
        values: Sums of weights, shape (bins + 2,) along each axis, with under- and overflow.
        variances: Sums of squared weights, same shape.
        noted: Notes of the histogram.
    """
    axes = axis if isinstance(axis, Sequence) else (axis,)
    with any_name():
        made = hist.Hist(*axes, storage=hist.storage.Weight())
    vars(made).update(noted or {})
    return with_sums(made, values, variances)


@contextmanager
def any_name() -> Iterator[None]:
    """Allow a variable named `weight`: these histograms are never filled by keywords."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* is a protected keyword")
        yield


def with_sums(histogram: Histogram, values: Floats, variances: Floats) -> Histogram:
    """Copy of a histogram with other sums of weights and squared weights, shape (bins + 2,), or
    (variations, bins + 2) with variations.
    """
    made = histogram.copy(deep=False)
    view = made.view(flow=True)
    view["value"], view["variance"] = values, variances
    return made


def notes(histogram: Histogram) -> dict[str, Note]:
    """Notes on a histogram, without the library's own attributes."""
    return {
        key: value
        for key, value in vars(histogram).items()
        if value is not None and not key.startswith("_")
    }


def with_notes(histogram: Histogram, noted: Mapping[str, Note]) -> Histogram:
    """Copy of a histogram with exactly these notes."""
    made = histogram.copy(deep=False)
    for key in notes(made):
        del vars(made)[key]
    vars(made).update(noted)
    return made


def fill(edges: Floats, values: Floats, weights: Floats) -> Floats:
    """Sums of weights and squared weights, shape (2, bins + 2), underflow first, overflow last.

    A bin contains its lower edge, not its upper edge; NaN is not an entry.

    Args:
        edges: Bin edges, shape (bins + 1,).
        values: Values in the unit of the edges, shape (events,).
        weights: Weights, shape (events,).
    """
    return fill_axes([edges], [values], weights)


def fill_axes(edges: Sequence[Floats], values: Sequence[Floats], weights: Floats) -> Floats:
    """Fill a histogram of several axes with under- and overflow on each: sums, shape (2, bins),
    with neighbors on the last axis adjacent in memory.

    Args:
        edges: Edges of each axis, shape (bins + 1,) each.
        values: Values on each axis, shape (events,) each; an event with any NaN is not filled.
        weights: Weights, shape (events,).
    """
    present = ~np.logical_or.reduce([np.isnan(found) for found in values])
    index = np.zeros(np.count_nonzero(present), np.intp)
    for ends, found in zip(edges, values, strict=True):
        index = index * (ends.size + 1) + np.searchsorted(ends, found[present], side="right")
    used, size = weights[present], prod(ends.size + 1 for ends in edges)
    return np.stack(
        [np.bincount(index, weights=power, minlength=size) for power in (used, used * used)]
    ).astype(np.float64)


def scaled(histogram: Histogram, factor: float) -> Histogram:
    """Histogram of events whose weights are multiplied by a factor."""
    view = histogram.view(flow=True)
    return with_sums(histogram, view["value"] * factor, view["variance"] * factor**2)


def add(first: Histogram, second: Histogram) -> Histogram:
    """Add two histograms; the notes of the first one are kept.

    Raises:
        WollemiError: The bins differ.
    """
    try:
        return first + second
    except ValueError as error:
        raise WollemiError(
            f"histogram {axis_of(first).name}",
            "histograms with different bins cannot be added",
            "make them again",
        ) from error


def add_all(histograms: Iterable[Histogram]) -> Histogram:
    """Add histograms in the given order (float sums are not associative)."""
    return reduce(add, histograms)


def merge(parts: Iterable[Mapping[str, Histogram]]) -> dict[str, Histogram]:
    """Add histograms of the same name, part after part."""
    total: dict[str, Histogram] = {}
    for part in parts:
        for name, histogram in part.items():
            total[name] = add(total[name], histogram) if name in total else histogram
    return total


def normalized(
    histograms: Mapping[str, Histogram], factor: float, **noted: Note
) -> dict[str, Histogram]:
    """Scale each histogram, and note its origin.

    Args:
        histograms: Histograms by name.
        factor: Factor on the weights.
        noted: New notes; notes on blinding are kept.
    """
    return {
        name: with_notes(
            scaled(item, factor),
            noted | {key: value for key, value in notes(item).items() if key in BLINDING},
        )
        for name, item in histograms.items()
    }


def write_histograms(path: Path, histograms: Mapping[str, Histogram]) -> None:
    """Write named histograms to a UHI JSON file.

    Library versions are left out, so that equal histograms give equal bytes.
    """
    content = {
        name: uhi.io.remove_writer_info(hist.serialization.to_uhi(item), library=None)
        for name, item in histograms.items()
    }
    path.write_text(render_json(content, uhi.io.json.default), encoding="utf-8")


def read_histograms(path: Path) -> dict[str, Histogram]:
    """Read the named histograms of a UHI JSON file.

    Raises:
        WollemiError: The file is not valid, or a histogram does not fit its axis.
    """
    content = read_json(path)
    histograms: dict[str, Histogram] = {}
    try:
        with any_name():
            for name, item in content.items():
                problem = _lost_bins(item)
                if not problem:
                    histograms[name] = hist.serialization.from_uhi(item)
                    problem = find_flaw(histograms[name])
                if problem:
                    raise WollemiError(str(path), f"'{name}' {problem}", REMEDY)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WollemiError(
            str(path), f"is not a file of histograms ({type(error).__name__}: {error})", REMEDY
        ) from error
    return histograms


def number_of_bins(axis: Mapping[str, Any]) -> int:
    """Number of bins of a UHI axis, including under- and overflow."""
    return 2 + int(axis["bins"] if axis["type"] == "regular" else len(axis["edges"]) - 1)


def _lost_bins(content: Mapping[str, Any]) -> str:
    """Mismatch of UHI sums and bins, checked before memory is allocated."""
    bins = tuple(map(number_of_bins, content["axes"]))
    sizes = {what: np.shape(content["storage"][what]) for what in ("values", "variances")}
    return next(
        (
            f"has {_by(size)} {what}, but {_by(bins)} bins with under- and overflow"
            for what, size in sizes.items()
            if size != bins
        ),
        "",
    )


def _by(shape: Iterable[int]) -> str:
    return " × ".join(map(str, shape))


def find_flaw(histogram: Histogram) -> str:
    """Reason why a histogram of weights is invalid, or an empty string."""
    if histogram.storage_type is not hist.storage.Weight:
        return "has no sums of squared weights"
    view = histogram.view(flow=True)
    for what, sums in {"values": view["value"], "variances": view["variance"]}.items():
        if not np.isfinite(sums).all():
            return f"has {what} that are not finite"
    return "has a negative variance" if (view["variance"] < 0).any() else ""


def histogram_name(region: str, variable: str, variation: str = "nominal") -> str:
    """Name of a histogram in its file."""
    return f"{region}/{variable}/{variation}"
