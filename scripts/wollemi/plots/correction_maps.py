"""Plots of measured corrections: points on one axis, or cells with numbers on two."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from wollemi.analysis.plain.measured_maps import SIDES
from wollemi.plots.efficiency_points import (
    DATA,
    GREY,
    SIMULATION,
    draw_points,
    finish_ratio,
    point_style,
)
from wollemi.plots.map_cells import draw_cells, panel_row
from wollemi.plots.style import (
    LABEL_X,
    TITLE_PAD,
    PlotLabels,
    add_labels,
    log_ticks,
    ratio_panels,
    single_panel,
)
from wollemi.results.correction_maps import MeasuredMap

EFFICIENCY, SCALE_FACTOR, PILEUP = "efficiency", "scale_factor", "pileup"  # kinds of measurements
QUANTITIES = {
    EFFICIENCY: "Efficiency",
    SCALE_FACTOR: "Scale factor",
    PILEUP: "Data / simulation",
    "fake_rate": "Fake rate",
}
# Kinds with a statistical interval; for other kinds `up` and `down` are alternative measurements.
WITH_INTERVALS = (EFFICIENCY, SCALE_FACTOR, "fake_rate")
# Lines of variations, distinguishable without colors as well.
LINES: tuple[dict[str, Any], ...] = (
    {"color": "#bd1f01", "linestyle": "--"},
    {"color": "#832db6", "linestyle": ":"},
)
UNEVEN = 6.0  # ratio of widest to narrowest bin above which an axis is logarithmic


def map_numbers(
    name: str,
    shown: Mapping[str, Any],
    maps: Mapping[str, MeasuredMap],
    data_label: str,
) -> dict[str, Any]:
    """The numbers of the plot of one correction.

    Args:
        name: Name of the correction.
        shown: Its `kind`, and `axes`: axis → label.
        maps: Maps of its file; a scale factor's file also contains both efficiencies.
        data_label: Label of the data in plots.

    Returns:
        Numbers by key. `maps`: efficiency, rate or weight, for a scale factor both efficiencies:
        name, label, `values` in the bins of the axes (first axis, ...), the ends `low` and `high`
        of their 68.3 % intervals, if available, and other `variations`. `ratio`: the scale factor
        in the same form, otherwise empty. `axes`: name, label and edges.
    """
    kind, own = shown["kind"], maps[name]
    of_both = kind == SCALE_FACTOR
    parts = [(name, QUANTITIES[kind], own)]
    if of_both:
        titles = {DATA: data_label, SIMULATION: "Simulation"}
        parts = [(key, title, maps[f"{name}_{key}"]) for key, title in titles.items()]
    return {
        "measured": kind,
        "correction": name,
        "maps": [_map(*part, kind) for part in parts],
        "ratio": _map(name, QUANTITIES[kind], own, kind) if of_both else {},
        "quantity": QUANTITIES[kind],
        "axes": [
            {"name": axis, "label": shown["axes"][axis], "edges": list(edges)}
            for axis, edges in own.edges.items()
        ],
        "simulation": kind == EFFICIENCY,
    }


def _map(name: str, label: str, found: MeasuredMap, kind: str) -> dict[str, Any]:
    ends = dict(zip(("high", "low"), SIDES, strict=True)) if kind in WITH_INTERVALS else {}
    drawn = {"values": "nominal", **ends}
    others = [key for key in found.values if key not in drawn.values()]
    return {
        "name": name,
        "label": label,
        **{key: found.in_bins(variation).tolist() for key, variation in drawn.items()},
        "variations": {key: found.in_bins(key).tolist() for key in others},
    }


def draw_map(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw a correction.

    Args:
        numbers: Numbers from `map_numbers`.
        labels: Labels above the plot.
    """
    labels = replace(labels, simulation=numbers["simulation"])
    draw = _draw_line if len(numbers["axes"]) == 1 else _draw_plane
    return draw(numbers, labels)


def _draw_line(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw points with intervals, or steps; a scale factor is in the lower panel."""
    figure, ax, lower = ratio_panels() if numbers["ratio"] else (*single_panel(), None)
    add_labels(ax, labels)
    (axis,), lowest = numbers["axes"], lower or ax
    edges = axis["edges"]
    bins = {"edges": edges, "log_x": _is_uneven(edges)}
    ax.set_xlim(edges[0], edges[-1])
    if bins["log_x"]:
        ax.set_xscale("log")
        log_ticks(lowest, "x")
    for curve in numbers["maps"]:
        _draw_curve(ax, bins, curve)
    _finish(ax, numbers)
    lowest.set_xlabel(axis["label"])
    if lower:
        draw_points(lower, bins, numbers["ratio"], point_style(DATA, {}))
        finish_ratio(lower, numbers["ratio"])
        highest = max(numbers["ratio"]["high"])
        if highest > lower.get_ylim()[1]:
            lower.set_ylim(0.0, 1.1 * highest)
    return figure


def _is_uneven(edges: Sequence[float]) -> bool:
    """Whether some bins are too narrow to be seen on a linear axis and a logarithmic one works."""
    widths = [high - low for low, high in pairwise(edges)]
    return edges[0] > 0 and max(widths) > UNEVEN * min(widths)


def _draw_curve(ax: Axes, bins: Mapping[str, Any], curve: Mapping[str, Any]) -> None:
    if "low" in curve:
        name = curve["name"] if curve["name"] == SIMULATION else DATA
        draw_points(ax, bins, curve, point_style(name, {}))
    else:
        line: dict[str, Any] = {"color": "black", "linewidth": 1.8, "baseline": None}
        ax.stairs(curve["values"], bins["edges"], label=curve["label"], **line)
    for place, (key, values) in enumerate(curve["variations"].items()):
        more: dict[str, Any] = {"baseline": None, "linewidth": 1.6, **LINES[place % len(LINES)]}
        ax.stairs(values, bins["edges"], label=variation_text(key), **more)


def variation_text(name: str) -> str:
    """A variation in words: `prompt up` for `prompt_up`."""
    return name.replace("_", " ")


def _finish(ax: Axes, numbers: Mapping[str, Any]) -> None:
    """Set the range, with room for the legend; draw a line at 1 where values come close to it."""
    drawn = [
        value
        for curve in numbers["maps"]
        for values in (curve["values"], curve.get("high", ()), *curve["variations"].values())
        for value in values
    ]
    top = max(drawn) or 1.0
    ax.set_ylim(0.0, 1.55 * top)
    if "low" in numbers["maps"][0] and top > 0.6:
        ax.set_ylim(0.0, 1.55)
        ax.set_yticks(np.linspace(0, 1, 6))
    if "low" not in numbers["maps"][0] or top > 0.6:
        ax.axhline(1.0, color=GREY, linewidth=1.0, linestyle=":")
    ax.set_ylabel("Efficiency" if numbers["ratio"] else numbers["quantity"])
    ax.yaxis.set_label_coords(LABEL_X, 1.0)
    ax.text(0.04, 0.96, numbers["correction"], transform=ax.transAxes, va="top", fontsize=20)
    if len(ax.get_legend_handles_labels()[0]) > 1:
        ax.legend(loc="upper right", bbox_to_anchor=(0.99, 0.98))


def _draw_plane(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw a panel of cells for each map, and for each variation without an interval."""
    panels = [panel for item in numbers["maps"] for panel in _panels(item)]
    scale = _scale([panel["values"] for panel in panels])
    scaled = [(panel, scale) for panel in panels]
    if numbers["ratio"]:
        scaled.append((numbers["ratio"], _around_one(numbers["ratio"]["values"])))
    figure, axes = panel_row(len(scaled))
    add_labels(axes[0], labels)
    for ax, (panel, colors) in zip(axes, scaled, strict=True):
        draw_cells(ax, numbers["axes"], panel, colors)
    axes[0].set_title(numbers["correction"], loc="left", fontsize=20, pad=TITLE_PAD)
    return figure


def _panels(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The map with its interval, and its other variations."""
    variations = [
        {"label": f"{item['label']}, {variation_text(key)}", "values": values}
        for key, values in item["variations"].items()
    ]
    return [dict(item), *variations]


def _scale(maps: Sequence[Any]) -> Normalize:
    """A color scale shared by all maps."""
    low, high = float(np.min(maps)), float(np.max(maps))
    return Normalize(low, high) if low < high else Normalize(low - 0.05, high + 0.05)


def _around_one(values: Any) -> Normalize:
    """A color scale with 1 in the middle."""
    reach = max(float(np.abs(np.array(values) - 1).max()), 0.01)
    return Normalize(1 - reach, 1 + reach)
