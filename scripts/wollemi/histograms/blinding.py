"""Blinding: which data are hidden, from the first step that would reveal them.

Data events in a hidden region, or with a value in a hidden window, are removed before anything is
filled or counted, so that later steps cannot reveal them. Histograms note hidden bins as a string
with 0 or 1 per bin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wollemi.events.account import AND
from wollemi.events.cutflow import Counts, _hidden_line
from wollemi.events.not_numbers import found_not_numbers
from wollemi.histograms.histogram import (
    Axis,
    Histogram,
    Note,
    axes_of,
    bin_edges,
    notes,
    with_notes,
    with_sums,
)
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Region, Sample
    from wollemi.analysis.models.blinding import Hidden

Flags = NDArray[np.bool_]
Axes: TypeAlias = Axis | Sequence[Axis]


def wholly_hidden(hidden: Hidden) -> tuple[str, ...]:
    """Regions whose data are completely hidden."""
    return (*hidden.regions, *hidden.derived)


def hidden_bins(axis: Axis, window: Sequence[float]) -> Flags:
    """Whether bins overlap with a window, including under- and overflow, shape (bins + 2,).

    Args:
        axis: Axis of the bins; a bin contains its lower edge, not its upper edge.
        window: Lower and upper end, like a bin; it extends beyond the ends of the axis.
    """
    low, high = window
    edges = bin_edges(axis)
    hidden = np.zeros(axis.size + 2, bool)
    hidden[1:-1] = (edges[:-1] < high) & (edges[1:] > low)
    hidden[0], hidden[-1] = low <= edges[0], high >= edges[-1]
    return hidden


def histogram_mask(hidden: Hidden, name: str, region: Region, axis: Axes) -> Flags | None:
    """Hidden bins of a data histogram including under- and overflow, shape (bins + 2,) along each
    axis; None if all events are kept.

    In a region with a histogram of a window's variable, all other variables are hidden: their sums
    would reveal the window. A bin of several axes is hidden if it is hidden on any axis.

    Args:
        hidden: Hidden regions and windows.
        name: Name of the region.
        region: Settings of the region.
        axis: Axis of the variable, or several axes.
    """
    axes = axis if isinstance(axis, Sequence) else (axis,)
    shape = [axis.size + 2 for axis in axes]
    if name in wholly_hidden(hidden):
        return np.ones(shape, bool)
    if any(axis.name in hidden.windows for axis in axes):
        along = [
            hidden_bins(axis, hidden.windows[axis.name])
            if axis.name in hidden.windows
            else np.zeros(axis.size + 2, bool)
            for axis in axes
        ]
        return np.asarray(np.logical_or.reduce(np.meshgrid(*along, indexing="ij")), bool)
    seen = {region.variable, *region.monitor}
    seen.update(*(names for variable, names in hidden.axes.items() if variable in seen))
    if set(hidden.windows) & seen:
        return np.ones(shape, bool)
    return np.zeros(shape, bool) if hidden.windows else None


def hide_histograms(
    hidden: Hidden, regions: Mapping[str, Region], histograms: Mapping[str, Histogram]
) -> dict[str, Histogram]:
    """Empty and note the hidden bins of data histograms.

    Args:
        hidden: Hidden regions and windows.
        regions: Regions of the analysis.
        histograms: Histogram by its name in the file.
    """
    found = {}
    for name, item in histograms.items():
        region = name.partition("/")[0]
        mask = histogram_mask(hidden, region, regions[region], axes_of(item))
        found[name] = item if mask is None else _hide(item, mask, left_out=region in hidden.regions)
    return found


def _hide(histogram: Histogram, mask: Flags, left_out: bool) -> Histogram:
    values, variances = (
        np.where(mask, 0.0, sums(flow=True)) for sums in (histogram.values, histogram.variances)
    )
    noted: dict[str, Note] = {"blinded": "".join("01"[int(flag)] for flag in mask.ravel())}
    noted |= {"left_out": True} if left_out else {}
    return with_notes(with_sums(histogram, values, variances), notes(histogram) | noted)


def noted_mask(histograms: Iterable[Histogram]) -> Flags | None:
    """Bins hidden in any of these histograms, without under- and overflow, shape (bins,); None if
    all events are kept.
    """
    noted = [str(found["blinded"]) for found in map(notes, histograms) if "blinded" in found]
    if not noted:
        return None
    return np.asarray(
        np.any([[flag == "1" for flag in text[1:-1]] for text in noted], axis=0), bool
    )


def hide_counts(
    hidden: Hidden, regions: Mapping[str, Region], axes: Mapping[str, Axes], counts: Counts
) -> Counts:
    """Reduce counts of data to visible ones: for visible regions, the events that pass all cuts.

    Earlier lines would reveal the rest by differences with each other and with the skim.

    Args:
        hidden: Hidden regions and windows.
        regions: Regions of the analysis.
        axes: Axis or axes of each variable.
        counts: Counts of the visible events, `regions` and others.
    """
    masks = {
        name: histogram_mask(hidden, name, regions[name], axes[regions[name].variable])
        for name in counts["regions"]
    }
    lines = {
        name: _visible_lines(found, name in wholly_hidden(hidden))
        for name, found in counts["regions"].items()
    }
    partly = [name for name, mask in masks.items() if mask is not None and mask.any()]
    noted = {
        "regions": list(hidden.regions),
        "windows": {key: list(ends) for key, ends in hidden.windows.items()},
    }
    return (
        counts
        | {"regions": lines, "blinded": noted | {"yields": partly}}
        | _visible_not_numbers(hidden, regions, axes, counts)
    )


def _visible_not_numbers(
    hidden: Hidden, regions: Mapping[str, Region], axes: Mapping[str, Axes], counts: Counts
) -> Counts:
    """Counts of NaN entries in histograms without hidden bins."""
    if "not_numbers" not in counts:
        return {}
    kept = {
        region: {
            name: item
            for name, item in found.items()
            if histogram_mask(hidden, region, regions[region], axes[name]) is None
        }
        for region, found in counts["not_numbers"].items()
    }
    return {"not_numbers": found_not_numbers(kept)}


def _visible_lines(lines: Sequence[Mapping[str, Any]], hidden: bool) -> list[Counts]:
    shown = len(lines) if hidden else len(lines) - 1
    return [*map(_hidden_line, lines[:shown]), *map(dict, lines[shown:])]


def note_shared_events(
    histograms: Mapping[str, Histogram], selected: Mapping[str, int]
) -> dict[str, Histogram]:
    """Note on histograms of simulation which other regions share events with their region, if any.

    Args:
        histograms: Histogram by its name in the file.
        selected: Set of regions → number of events in exactly these regions.
    """
    shared: dict[str, set[str]] = {}
    for regions in (name.split(AND) for name in selected):
        for region in regions:
            shared.setdefault(region, set()).update(other for other in regions if other != region)
    noted = {
        region: {"shares_events_with": ",".join(sorted(others))}
        for region, others in shared.items()
        if others
    }
    return {
        name: with_notes(item, notes(item) | noted.get(name.partition("/")[0], {}))
        for name, item in histograms.items()
    }


def require_disjoint(
    histograms: Mapping[str, Mapping[str, Histogram]], samples: Mapping[str, Sample]
) -> None:
    """Refuse a visible region that shares events with a hidden one: its data lack these events, its
    simulation has them.

    Only simulation is used: the result must not depend on the hidden data.

    Args:
        histograms: Histograms of each dataset by name.
        samples: Samples of the analysis.

    Raises:
        WollemiError: A visible region shares events with a hidden one.
    """
    data = [
        dataset
        for sample in samples.values()
        if sample.role == "data"
        for dataset in sample.datasets
    ]
    noted = [
        (name.partition("/")[0], notes(item))
        for dataset in data
        for name, item in histograms[dataset].items()
    ]
    left_out = {region for region, found in noted if found.get("left_out")}
    shown = {region for region, found in noted if "0" in str(found.get("blinded", "0"))}
    for dataset, items in histograms.items():
        for name, item in items.items() if dataset not in data and left_out else ():
            region, others = (
                name.partition("/")[0],
                str(notes(item).get("shares_events_with", "")).split(","),
            )
            shared = [other for other in others if other in left_out]
            if shared and region in shown:
                problem = (
                    f"shares simulated events with the blinded region '{shared[0]}': its data "
                    "are without them"
                )
                remedy = (
                    f"make it disjoint with `and not (...)`, or add {region} to blinding.regions"
                )
                raise WollemiError(f"regions.{region}", problem, remedy)
