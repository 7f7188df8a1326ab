"""Unroll histograms of several axes into one axis for the model and the stack plots.

Bins are numbered from 1, with the first axis fastest, then the second and the third. Values outside
the range of any axis are overflow, which does not enter the fit, as for a single axis.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import hist
import numpy as np

from wollemi.histograms.histogram import (
    MEMBERS_FILE,
    Axis,
    Histogram,
    Note,
    axes_of,
    axis_of_variable,
    bin_edges,
    categories_of,
    from_sums,
    label_of,
    labeled,
    notes,
    read_histograms,
    unit_of,
)
from wollemi_likelihood.base.arrays import Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Variable

_BEHIND = "behind"  # attribute of an axis of numbered bins: its original axes as JSON


def axes_of_variable(name: str, variables: Mapping[str, Variable]) -> tuple[Axis, ...]:
    """Axes of the histogram of a variable: its own, or one per variable in its `axes`."""
    names = variables[name].axes or (name,)
    return tuple(axis_of_variable(one, variables[one]) for one in names)


def bins_of_variable(name: str, variables: Mapping[str, Variable]) -> Axis:
    """Bins of a variable in the model: its axis, or the numbered bins of several axes."""
    axes = axes_of_variable(name, variables)
    return axes[0] if len(axes) == 1 else numbered_axis(name, axes)


def numbered_axis(name: str, axes: Sequence[Axis]) -> Axis:
    """Bins of several axes, numbered from 1; their centers are the numbers."""
    size = prod(axis.size for axis in axes)
    label = f"Bin of {' and '.join(label_of(axis) or axis.name for axis in axes)}"
    axis = hist.axis.Regular(size, 0.5, size + 0.5, name=name, label=label)
    vars(axis)["unit"] = ""
    vars(axis)[_BEHIND] = json.dumps([_described(one) for one in axes])
    return axis


def _described(axis: Axis) -> dict[str, Any]:
    return {
        "name": axis.name,
        "label": label_of(axis),
        "unit": unit_of(axis),
        "edges": bin_edges(axis).tolist(),
        **({"categories": names} if (names := categories_of(axis)) else {}),
    }


def axes_behind(axis: Axis) -> list[dict[str, Any]]:
    """Name, label, unit, edges and any `categories` of the axes behind numbered bins; an empty list
    for the bins of one variable.
    """
    found: list[dict[str, Any]] = json.loads(vars(axis).get(_BEHIND, "[]"))
    return found


def bins_behind(axis: Axis) -> list[list[tuple[float, float]]]:
    """Lower and upper edge of each bin on each of the axes behind, shape (axes, bins)."""
    ends = [np.array(list(pairwise(one["edges"]))) for one in axes_behind(axis)]
    places = np.unravel_index(np.arange(axis.size), [len(one) for one in ends], order="F")
    return [
        [(float(low), float(high)) for low, high in one[place]]
        for one, place in zip(ends, places, strict=True)
    ]


def unrolled(name: str, histogram: Histogram) -> Histogram:
    """Unroll a histogram into numbered bins; with a single axis it is unchanged.

    Args:
        name: Name of the variable.
        histogram: Histogram with any number of axes.
    """
    axes = axes_of(histogram)
    if len(axes) == 1:
        return histogram
    view = histogram.view(flow=True)
    values, variances = (_in_order(view[sums]) for sums in ("value", "variance"))
    noted = notes(histogram)
    return from_sums(
        numbered_axis(name, axes), values, variances, noted | _blinded(noted, view.shape)
    )


def _in_order(sums: Floats) -> Floats:
    """Sums of numbered bins, shape (bins + 2,), from sums with under- and overflow on each axis."""
    inner = (slice(1, -1),) * sums.ndim
    outside = np.ones(sums.shape, bool)
    outside[inner] = False
    return np.concatenate([[0.0], sums[inner].ravel(order="F"), [np.sum(sums[outside])]])


def _blinded(noted: Mapping[str, Note], shape: tuple[int, ...]) -> dict[str, Note]:
    """Note on hidden bins; both ends note whether everything outside is hidden."""
    if "blinded" not in noted:
        return {}
    flags = np.array([flag == "1" for flag in str(noted["blinded"])], float).reshape(shape)
    found = _in_order(flags) > 0
    found[0] = found[-1]
    return {"blinded": "".join("01"[int(flag)] for flag in found)}


def read_unrolled(
    path: Path, variables: Mapping[str, Variable] = MappingProxyType({})
) -> dict[str, Histogram]:
    """Read the histograms of a file, with several axes unrolled into numbered bins.

    Args:
        path: Path of the file.
        variables: Variables whose labels are shown.

    Raises:
        WollemiError: As in `read_histograms`.
    """
    return {
        name: unrolled(name.split("/")[1], labeled(item, variables))
        for name, item in read_histograms(path).items()
    }


def read_datasets(
    paths: Iterable[Path], variables: Mapping[str, Variable] = MappingProxyType({})
) -> dict[str, dict[str, Histogram]]:
    """Read histograms in the bins of the model, by dataset and name, from files `<dataset>.json`
    and `<dataset>/members.json`.

    Args:
        paths: Paths of the files.
        variables: Variables whose labels are shown.
    """
    found: dict[str, dict[str, Histogram]] = {}
    for path in paths:
        dataset = path.parent.name if path.name == MEMBERS_FILE else path.stem
        found.setdefault(dataset, {}).update(read_unrolled(path, variables))
    return found
