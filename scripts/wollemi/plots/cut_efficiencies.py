"""Efficiency of a cut in the bins of a variable: the region divided by the region without the cut,
in simulation and data.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import noted_mask
from wollemi.histograms.efficiency_intervals import (
    effective_number,
    efficiency,
    variance,
    wilson_interval,
)
from wollemi.histograms.histogram import Histogram, add_all, axis_of
from wollemi.model.templates import Histograms
from wollemi.plots.blocks import block_numbers
from wollemi.plots.efficiency_points import (
    DATA,
    GREY,
    SIMULATION,
    draw_points,
    finish_ratio,
    point_style,
)
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.named_bins import make_room_for_names
from wollemi.plots.noted_marks import noted_marks
from wollemi.plots.planes import axis_label, name_categories
from wollemi.plots.prefit_stack import sample_histogram
from wollemi.plots.shapes import axis_numbers
from wollemi.plots.stack import plain
from wollemi.plots.style import (
    COLOR_MAP,
    LABEL_X,
    PlotLabels,
    add_labels,
    log_ticks,
    note_absence,
    ratio_panels,
    sample_label,
    set_margins,
    single_panel,
    use_style,
)
from wollemi.results.marks import BLINDED, data_label
from wollemi_likelihood.base.arrays import Floats

NUMBERED = 60  # most cells of a map in which numbers are readable


def efficiency_numbers(
    settings: Settings, histograms: Histograms, region: str, variable: str
) -> dict[str, Any]:
    """The numbers of the plot of one cut.

    Args:
        settings: Settings of the analysis.
        histograms: Histograms of all datasets.
        region: Region without the cut.
        variable: Name of the variable.

    Returns:
        Numbers by key. `efficiencies` of the stacked simulation, of the signals shown and of data:
        name, label, `values` and the ends `low` and `high` of their intervals (bins,), null without
        events and where data are hidden. `ratio`: data over simulation. Intervals are Wilson
        intervals for an effective number of events, see
        `wollemi.histograms.efficiency_intervals`; relative errors are added in quadrature for the
        ratio.
    """
    plots, item = settings.plots, settings.regions[region]
    origin = item.derived_from or region
    pairs = _pairs(settings, histograms, (origin, region), variable)
    data = [name for name in pairs if settings.samples[name].role == "data"]
    stacked = [
        name
        for name in pairs
        if _is_simulated_background(settings, name) or name in plots.stack_signals
    ]
    shown = [name for name in plots.show_signals if name in pairs and name not in stacked]
    mask = noted_mask(histogram for name in data for histogram in pairs[name])
    known = [histogram for pair in pairs.values() for histogram in pair]
    marks = (*noted_marks(known), *([BLINDED] if mask is not None else []))
    curves = [_curve(SIMULATION, "Simulation", [pairs[name] for name in stacked])]
    curves += [_curve(name, sample_label(name, plots), [pairs[name]]) for name in shown]
    label = data_label(plots.data_label, marks)
    curves.append(_curve(DATA, label, [pairs[name] for name in data], mask))
    drawn = {curve["name"]: curve for curve in curves if curve["values"]}
    first = known[0] if known else None
    return {
        "efficiencies": list(drawn.values()),
        "ratio": _ratio(drawn[DATA], drawn[SIMULATION]) if {DATA, SIMULATION} <= set(drawn) else {},
        **{key: value for key, value in axis_numbers(first).items() if key != "y_label"},
        **(block_numbers(axis_of(first)) if first is not None else {}),
        "cut": str(item.without),
        "title": plots.regions.get(origin, origin),
        "log_x": variable in plots.log_x,
        "experiment": plots.experiment,
        "beam": beam_text(settings.center_of_mass_tev, settings.luminosity_ifb),
        "marks": list(marks),
    }


def _is_simulated_background(settings: Settings, name: str) -> bool:
    sample = settings.samples[name]
    return sample.role == "background" and sample.estimate is None


def _pairs(
    settings: Settings, histograms: Histograms, regions: tuple[str, str], variable: str
) -> dict[str, tuple[Histogram, Histogram]]:
    """Sample → its histograms with and without the cut, if both exist."""
    found = {}
    for name, sample in settings.samples.items():
        with_cut, without = (
            sample_histogram(histograms, sample, region, variable) for region in regions
        )
        if with_cut is not None and without is not None:
            found[name] = (with_cut, without)
    return found


def _curve(
    name: str,
    label: str,
    pairs: Sequence[tuple[Histogram, Histogram]],
    hidden: Any = None,
) -> dict[str, Any]:
    """Efficiencies of a sum of samples; no values for an empty sum."""
    if not pairs:
        return {"name": name, "label": label, "values": []}
    passed, every = (add_all(pair[side] for pair in pairs) for side in (0, 1))
    values, low, high = cut_efficiency(_sums(passed), _sums(every))
    if hidden is not None:
        values, low, high = (np.where(hidden, np.nan, item) for item in (values, low, high))
    return {
        "name": name,
        "label": label,
        "values": plain(values),
        "low": plain(low),
        "high": plain(high),
    }


def _sums(histogram: Histogram) -> Floats:
    return np.stack([histogram.values(), histogram.variances()])


def cut_efficiency(passed: Floats, every: Floats) -> tuple[Floats, Floats, Floats]:
    """Efficiencies and the ends of their intervals, each of shape (bins,); NaN without events.
    Efficiencies beyond 0 or 1, caused by negative weights, have intervals of ±1σ.

    Args:
        passed: Σw and Σw² of the events that pass, shape (2, bins).
        every: Σw and Σw² of all events, including those that pass, shape (2, bins).
    """
    failed = every - passed
    failed[1] = np.maximum(failed[1], 0.0)
    found = efficiency(passed, failed)
    inside = (found >= 0) & (found <= 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(variance(found, passed, failed))
        low, high = wilson_interval(
            np.where(inside, found, 0.5), effective_number(found, passed, failed)
        )
    return found, np.where(inside, low, found - error), np.where(inside, high, found + error)


def _ratio(data: Mapping[str, Any], simulation: Mapping[str, Any]) -> dict[str, Any]:
    """Data over simulation; NaN where either efficiency is missing or 0."""
    (top, *top_ends), (bottom, *bottom_ends) = (
        [np.array(item[key], np.float64) for key in ("values", "low", "high")]
        for item in (data, simulation)
    )
    top, bottom = (np.where(item > 0, item, np.nan) for item in (top, bottom))
    values = top / bottom
    above = np.hypot((top_ends[1] - top) / top, (bottom - bottom_ends[0]) / bottom)
    below = np.hypot((top - top_ends[0]) / top, (bottom_ends[1] - bottom) / bottom)
    return {
        "values": plain(values),
        "low": plain(values * (1 - below)),
        "high": plain(values * (1 + above)),
    }


def draw_cut_efficiency(numbers: Mapping[str, Any], colors: Mapping[str, str]) -> Figure:
    """Draw efficiencies as points with intervals, or, in bins of two variables, as colors.

    Args:
        numbers: Numbers from `efficiency_numbers`.
        colors: Sample → color.
    """
    if len(numbers.get("axes", ())) == 2 and numbers["efficiencies"]:
        return _draw_maps(numbers)
    figure, ax, lower = ratio_panels() if numbers["ratio"] else (*single_panel(), None)
    add_labels(ax, _labels(numbers))
    if not numbers["efficiencies"]:
        note_absence(ax, "no sample has events here")
        return figure
    lowest, edges = lower or ax, np.asarray(numbers["edges"])
    if numbers.get("categories"):
        make_room_for_names(figure, lowest, numbers["categories"], numbers["x_label"])
    if numbers["log_x"]:
        ax.set_xscale("log")
    ax.set_xlim(edges[0], edges[-1])
    if numbers["log_x"]:
        log_ticks(lowest, "x")
    for curve in numbers["efficiencies"]:
        draw_points(ax, numbers, curve, point_style(curve["name"], colors))
    ax.axhline(1.0, color=GREY, linewidth=1.0, linestyle=":")
    ax.set_ylim(0.0, 1.55)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_ylabel("Efficiency")
    ax.yaxis.set_label_coords(LABEL_X, 1.0)
    ax.text(0.04, 0.96, _title(numbers), transform=ax.transAxes, va="top", fontsize=20)
    ax.legend(loc="upper right", bbox_to_anchor=(0.99, 0.98))
    lowest.set_xlabel(numbers["x_label"])
    if lower:
        draw_points(lower, numbers, numbers["ratio"], point_style(DATA, colors))
        finish_ratio(lower, numbers["ratio"])
    return figure


def _labels(numbers: Mapping[str, Any]) -> PlotLabels:
    data = any(curve["name"] == DATA for curve in numbers["efficiencies"])
    marks = tuple(numbers["marks"])
    return PlotLabels(numbers["experiment"], numbers["beam"], marks, simulation=not data)


def _title(numbers: Mapping[str, Any]) -> str:
    return f"{numbers['title']}\nEfficiency of {numbers['cut']}"


def _draw_maps(numbers: Mapping[str, Any]) -> Figure:
    """Draw a panel of colors for simulation, signals and data each; few bins also get numbers."""
    use_style()
    curves = numbers["efficiencies"]
    number = len(curves)
    figure, panels = plt.subplots(
        1, number, figsize=(2.6 + 8 * number, 9.0), sharey=True, squeeze=False
    )
    set_margins(figure, right=1.7, top=1.4)
    figure.subplots_adjust(wspace=0.06)
    shown = list(panels[0])
    add_labels(shown[0], _labels(numbers))
    (x, y), shape = (
        [np.asarray(one["edges"]) for one in numbers["axes"]],
        [len(one["edges"]) - 1 for one in numbers["axes"]],
    )
    for ax, curve in zip(shown, curves, strict=True):
        values = np.array(curve["values"], np.float64).reshape(shape, order="F")
        image = ax.pcolormesh(x, y, values.T, cmap=COLOR_MAP, vmin=0, vmax=1)
        if values.size <= NUMBERED:
            _write_numbers(ax, numbers, curve)
        ax.set_xlabel(axis_label(numbers["axes"][0]))
        ax.set_title(curve["label"], loc="right", fontsize=20, pad=34)
        name_categories(ax, numbers["axes"])
    shown[0].set_title(_title(numbers).replace("\n", ", "), loc="left", fontsize=20, pad=58)
    shown[0].set_ylabel(axis_label(numbers["axes"][1]))
    bar = figure.colorbar(image, cax=shown[-1].inset_axes((1.03, 0.0, 0.045, 1.0)))
    bar.set_label("Efficiency")
    return figure


def _write_numbers(ax: Axes, numbers: Mapping[str, Any], curve: Mapping[str, Any]) -> None:
    """Write the efficiency and the larger half of its interval into each bin."""
    x, y = (np.asarray(one["edges"]) for one in numbers["axes"])
    places = [(row, column) for column in range(y.size - 1) for row in range(x.size - 1)]
    found = zip(places, curve["values"], curve["low"], curve["high"], strict=True)
    for (row, column), value, low, high in found:
        if value is not None:
            ax.text(
                (x[row] + x[row + 1]) / 2,
                (y[column] + y[column + 1]) / 2,
                f"{value:.2f}\n±{max(value - low, high - value):.2f}",
                ha="center",
                va="center",
                fontsize=12,
                color="white" if value < 0.6 else "black",
            )
