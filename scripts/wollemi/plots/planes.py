"""Histograms of two axes as colors: expectation and data, each with the mean of the second axis in
the bins of the first.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from wollemi.histograms.unrolling import axes_behind
from wollemi.plots.named_bins import LARGE, name_bins
from wollemi.plots.stack import Stack, plain
from wollemi.plots.style import (
    COLOR_MAP,
    TITLE_PAD,
    PlotLabels,
    add_labels,
    note_absence,
    set_margins,
    use_style,
)
from wollemi_likelihood.base.arrays import Floats

EXPECTED = "Expected"  # title of the panel of simulation
HIDDEN: dict[str, Any] = {"facecolor": "#d9d9de", "hatch": "///", "edgecolor": "#717581"}
LEGEND: dict[str, Any] = {"loc": "upper left", "frameon": True, "framealpha": 0.85, "fontsize": 16}
POINT: dict[str, Any] = {"color": "#bd1f01", "marker": "o", "linestyle": "none", "markersize": 7}


def plane_numbers(stack: Stack) -> dict[str, Any]:
    """The numbers of the plot of a variable with two axes.

    Args:
        stack: Content of the plot of its numbered bins.

    Returns:
        Numbers by key. `axes`: name, label, unit and edges of both. `panels`: title, events (first
        axis, second axis), null where the data are hidden; and, unless it has categories,
        `profile`, the mean of the centers of the second axis' bins in each bin of the first, and
        its statistical error, null without events.
    """
    axes = axes_behind(stack.axis)
    centers = np.mean([axes[1]["edges"][1:], axes[1]["edges"][:-1]], axis=0)
    centers = None if axes[1].get("categories") else centers
    shape = [len(one["edges"]) - 1 for one in axes]
    panels = []
    errors = stack.uncertainty if stack.statistical is None else stack.statistical
    if stack.total is not None and errors is not None:
        panels.append((EXPECTED, stack.total, errors**2))
    if stack.observed is not None and not np.isnan(stack.observed).all():
        panels.append((stack.observed_label, stack.observed, stack.observed))
    return {
        "plane": [_panel(*panel, shape, centers) for panel in panels],
        "axes": axes,
        "title": stack.title,
        "stage": stack.stage,
        "log_color": stack.log_y,
        "experiment": stack.labels.experiment,
        "beam": stack.labels.beam,
        "marks": list(stack.labels.marks),
    }


def _panel(
    title: str, events: Floats, variances: Floats, shape: list[int], centers: Floats | None
) -> dict[str, Any]:
    values, squares = (sums.reshape(shape, order="F") for sums in (events, variances))
    panel = {"title": title, "events": [plain(row) for row in values]}
    if centers is None:
        return panel
    mean, error = profile(values, squares, centers)
    return panel | {"profile": {"mean": plain(mean), "error": plain(error)}}


def profile(events: Floats, variances: Floats, centers: Floats) -> tuple[Floats, Floats]:
    """Mean of the second axis in the bins of the first, and its error; NaN without events, and
    where some are hidden.

    The error of Σ wᵢ yᵢ / Σ wᵢ for independent wᵢ is √(Σ σᵢ² (yᵢ - mean)²) / Σ wᵢ; for unweighted
    events this is their standard deviation divided by √N.

    Args:
        events: Sums of weights wᵢ, shape (first axis, second axis).
        variances: Variances σᵢ² of the sums, shape (first axis, second axis).
        centers: Centers yᵢ of the second axis' bins, shape (second axis,).
    """
    sums = events.sum(axis=1)
    sums = np.where(sums > 0, sums, np.nan)
    mean = (events * centers).sum(axis=1) / sums
    spread = variances * (centers - mean[:, np.newaxis]) ** 2
    return mean, np.sqrt(spread.sum(axis=1)) / sums


def draw_plane(numbers: Mapping[str, Any]) -> Figure:
    """Draw the panels side by side with a common color scale.

    Args:
        numbers: Numbers from `plane_numbers`.
    """
    use_style()
    panels = numbers["plane"]
    number = max(len(panels), 1)
    size = (2.6 + 8 * number, 9.0)
    figure, axes = plt.subplots(1, number, figsize=size, sharey=True, squeeze=False)
    set_margins(figure, right=1.7, top=1.1)
    figure.subplots_adjust(wspace=0.06)
    shown, data = list(axes[0]), any(panel["title"] != EXPECTED for panel in panels)
    labels = PlotLabels(
        numbers["experiment"], numbers["beam"], tuple(numbers["marks"]), simulation=not data
    )
    add_labels(shown[0], labels)
    if not panels:
        note_absence(shown[0], "no sample has events here that may be shown")
        return figure
    scale = _scale(numbers)
    for ax, panel in zip(shown, panels, strict=True):
        image = _draw_panel(ax, numbers["axes"], panel, scale)
    first, second = numbers["axes"]
    for ax in shown:
        ax.set_xlabel(axis_label(first))
    stage = ", ".join(text for text in (numbers["title"], numbers["stage"]) if text)
    shown[0].set_title(stage, loc="left", fontsize=20, pad=TITLE_PAD)
    if shown[0].get_legend_handles_labels()[0]:
        shown[0].legend(**LEGEND)
    shown[0].set_ylabel(axis_label(second))
    bar = figure.colorbar(image, cax=shown[-1].inset_axes((1.03, 0.0, 0.045, 1.0)))
    bar.set_label("Events per bin")
    return figure


def name_categories(ax: Axes, axes: Sequence[Mapping[str, Any]]) -> None:
    """Write names instead of numbers on axes with categories."""
    names = [one.get("categories", ()) for one in axes]
    if names[0]:
        name_bins(ax, names[0])
    if names[1]:
        ax.tick_params(axis="y", which="minor", length=0)
        places = np.arange(len(names[1])) + 1.0
        ax.set_yticks(places, names[1], fontsize=LARGE, rotation=90, va="center")


def axis_label(axis: Mapping[str, Any]) -> str:
    """Label of one of several axes, with its unit."""
    return f"{axis['label']} [{axis['unit']}]" if axis["unit"] else str(axis["label"])


def _scale(numbers: Mapping[str, Any]) -> Normalize:
    """Color scale of all panels: from zero, or from the smallest positive number on a logarithmic
    scale.
    """
    events = np.concatenate([_matrix(panel).ravel() for panel in numbers["plane"]])
    seen = events[events > 0]
    if not seen.size:
        return Normalize(0, 1)
    if numbers["log_color"] and seen.min() < seen.max():
        # Beyond four decades the lowest colors are indistinguishable.
        return LogNorm(max(seen.min(), 1e-4 * seen.max()), seen.max())
    return Normalize(0, seen.max())


def _matrix(panel: Mapping[str, Any]) -> Floats:
    return np.array(panel["events"], np.float64)  # null is NaN


def _draw_panel(
    ax: Axes, axes: Sequence[Mapping[str, Any]], panel: Mapping[str, Any], scale: Normalize
) -> QuadMesh:
    """Draw colors where there are events, hatches where data are hidden, and the profile."""
    (x, y), events = (np.asarray(one["edges"]) for one in axes), _matrix(panel)
    if np.isnan(events).any():
        whole = (x[0], y[0]), x[-1] - x[0], y[-1] - y[0]
        ax.add_patch(Rectangle(*whole, zorder=0, linewidth=0, **HIDDEN))
    image = ax.pcolormesh(x, y, np.where(events > 0, events, np.nan).T, cmap=COLOR_MAP, norm=scale)
    empty = np.where(events <= 0, 0.0, np.nan)
    ax.pcolormesh(x, y, empty.T, cmap=ListedColormap(["white"]))
    if "profile" in panel:
        name = f"Mean of {axes[1]['label']}"
        mean, error = (np.array(panel["profile"][key], np.float64) for key in ("mean", "error"))
        ax.errorbar((x[1:] + x[:-1]) / 2, mean, error, (x[1:] - x[:-1]) / 2, label=name, **POINT)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    name_categories(ax, axes)
    ax.set_title(panel["title"], loc="right", fontsize=20, pad=TITLE_PAD)
    return image
