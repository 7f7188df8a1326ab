"""Shapes of simulated samples: their histograms at unit area in one frame."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import (
    Histogram,
    axis_of,
    bin_edges,
    categories_of,
    label_of,
    unit_of,
)
from wollemi.model.templates import Histograms
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.named_bins import make_room_for_names
from wollemi.plots.noted_marks import noted_marks
from wollemi.plots.prefit_stack import sample_histogram
from wollemi.plots.stack import ordered
from wollemi.plots.style import (
    PlotLabels,
    add_labels,
    axes_box,
    log_ticks,
    make_room,
    note_absence,
    sample_label,
    single_panel,
)

LINES = ("-", "--", "-.", ":")  # distinguishes lines without colors as well


def shape_numbers(
    settings: Settings, histograms: Histograms, region: str, variable: str
) -> dict[str, Any]:
    """The numbers of the plot of a variable in a region.

    Args:
        settings: Settings of the analysis.
        histograms: Histograms of all datasets.
        region: Name of the region.
        variable: Name of the variable.

    Returns:
        Numbers by key. `unit_area`: for each sample with events its name, label, number of
        `events`, `values` and statistical `errors` (bins,), divided by the bin width if bins are
        unequal. Under- and overflow do not count.
    """
    plots, asked = settings.plots, settings.plots.shapes
    chosen = (asked.samples if asked else None) or [
        name
        for name, sample in settings.samples.items()
        if sample.role != "data" and not sample.estimate
    ]
    found = {
        name: item
        for name in ordered(chosen, plots)
        if (item := sample_histogram(histograms, settings.samples[name], region, variable))
        is not None
    }
    shown = settings.regions[region].derived_from or region
    return {
        "unit_area": [
            {"sample": name, "label": sample_label(name, plots), **at_unit_area(item)}
            for name, item in found.items()
            if item.values().sum() > 0
        ],
        **axis_numbers(next(iter(found.values()), None)),
        "title": plots.regions.get(region) or plots.regions.get(shown, shown),
        "log_x": variable in plots.log_x,
        "experiment": plots.experiment,
        "beam": beam_text(settings.center_of_mass_tev, settings.luminosity_ifb),
        "marks": list(noted_marks(list(found.values()))),
    }


def axis_numbers(histogram: Histogram | None) -> dict[str, Any]:
    """Edges and labels of the axes of the shapes.

    Args:
        histogram: Any of the histograms; None if there are none.
    """
    if histogram is None:
        return {"edges": [0.0, 1.0], "x_label": "", "y_label": ""}
    axis = axis_of(histogram)
    label, unit, edges = label_of(axis), unit_of(axis), bin_edges(axis)
    per = f" / {unit or 'bin width'}" if _divided(histogram) else ""
    return {
        "edges": edges.tolist(),
        **({"categories": names} if (names := categories_of(axis)) else {}),
        "x_label": f"{label} [{unit}]" if unit else label,
        "y_label": f"Fraction of events{per}",
    }


def _divided(histogram: Histogram) -> bool:
    """Whether values are divided by the bin width, as in stacks."""
    widths = np.diff(bin_edges(axis_of(histogram)))
    return not np.allclose(widths, widths[0], rtol=1e-6)


def at_unit_area(histogram: Histogram) -> dict[str, Any]:
    """Number of events, values and statistical errors of a histogram at unit area (bins,)."""
    widths = np.diff(bin_edges(axis_of(histogram)))
    events = histogram.values()
    divisor = events.sum() * (widths if _divided(histogram) else np.ones_like(widths))
    return {
        "events": float(events.sum()),
        "values": (events / divisor).tolist(),
        "errors": (np.sqrt(histogram.variances()) / divisor).tolist(),
    }


def draw_shapes(numbers: Mapping[str, Any], colors: Mapping[str, str]) -> Figure:
    """Draw the shapes as lines with their statistical uncertainties.

    Args:
        numbers: Numbers from `shape_numbers`.
        colors: Sample → color.
    """
    labels = PlotLabels(
        numbers["experiment"], numbers["beam"], tuple(numbers["marks"]), simulation=True
    )
    figure, ax = single_panel()
    add_labels(ax, labels)
    if not numbers["unit_area"]:
        note_absence(ax, "no simulated sample has events here")
        return figure
    edges = np.asarray(numbers["edges"])
    if numbers.get("categories"):
        make_room_for_names(figure, ax, numbers["categories"], numbers["x_label"])
    if numbers["log_x"]:
        ax.set_xscale("log")
    ax.set_xlim(edges[0], edges[-1])
    if numbers["log_x"]:
        log_ticks(ax, "x")
    for item, line in zip(numbers["unit_area"], cycle(LINES), strict=False):
        _draw_shape(ax, numbers, item, colors[item["sample"]], line)
    ax.set_xlabel(numbers["x_label"])
    ax.set_ylabel(numbers["y_label"])
    _fit_y_axis(ax, numbers)
    return figure


def _draw_shape(
    ax: Axes, numbers: Mapping[str, Any], item: Mapping[str, Any], color: str, line: str
) -> None:
    edges, values, errors = (
        np.asarray(array) for array in (numbers["edges"], item["values"], item["errors"])
    )
    style: dict[str, Any] = {"color": color, "linestyle": line, "linewidth": 2.2}
    ax.stairs(values, edges, baseline=None, label=item["label"], **style)
    centers = np.sqrt(edges[1:] * edges[:-1]) if numbers["log_x"] else (edges[1:] + edges[:-1]) / 2
    ax.vlines(centers, values - errors, values + errors, color=color, linewidth=1.2)


def _fit_y_axis(ax: Axes, numbers: Mapping[str, Any]) -> None:
    """Place title and legend above everything drawn."""
    text = ax.text(0.04, 0.96, numbers["title"], transform=ax.transAxes, va="top", fontsize=20)
    title = axes_box(ax, text)
    columns = 1 if len(numbers["unit_area"]) <= 4 else 2
    legend = ax.legend(loc="upper right", ncols=columns, bbox_to_anchor=(0.99, 0.97))
    if axes_box(ax, legend).x0 < title.x1 + 0.02:
        anchor = (0.99, title.y0 - 0.02)
        legend = ax.legend(loc="upper right", ncols=columns, bbox_to_anchor=anchor)
    tops = np.max([np.add(item["values"], item["errors"]) for item in numbers["unit_area"]], axis=0)
    make_room(ax, np.asarray(numbers["edges"]), tops, [title, axes_box(ax, legend)], 0.0)
