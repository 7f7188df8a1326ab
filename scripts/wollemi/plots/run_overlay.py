"""A plot of a region's events in two runs on one axis, with the ratio of the second to the first.

The numbers are those saved with the plots of the runs (`stack_numbers`), so that blinded bins are
empty here as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.plots.stack_drawing import BAND
from wollemi.plots.style import (
    COLORS,
    PlotLabels,
    add_labels,
    axes_box,
    log_ticks,
    make_room,
    ratio_panels,
    single_panel,
)
from wollemi_likelihood.base.arrays import Floats

THEN, NOW = COLORS[0], COLORS[4]
SAME = 1e-6  # in units of the error: smaller differences come from processors' arithmetic
TOTAL, DATA = "prediction", "data"
_LINES = 2  # most signals drawn, those with the largest changes
_LONGEST = 24  # characters of a run's name in a legend
_STEEP = 300.0  # ratio of the largest to the smallest prediction that needs a logarithmic axis
_RATIOS = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Curve:
    """Events of two runs (bins,), NaN where a run has none or hides them.

    Args:
        name: Name: `prediction`, `data`, or a sample that is drawn as a line.
        label: Label in the legend.
        then: Events of the first run, shape (bins,).
        now: Events of the second run, shape (bins,).
        size: Largest change of a bin, in errors of the first run's prediction; inf if the bins
            differ or one run has no events.
    """

    name: str
    label: str
    then: Floats
    now: Floats
    size: float


@dataclass(frozen=True)
class Overlay:
    """Everything that the plot of two runs shows.

    Args:
        edges: Bin edges of the first and of the second run.
        error: Error of the prediction of the first run, shape (bins,).
        curves: Prediction, data, and signals that moved, if present.
        numbers: Numbers of the plot of the second run, for titles and axes.
        marks: Marks of both runs.
    """

    edges: tuple[Floats, Floats]
    error: Floats
    curves: tuple[Curve, ...]
    numbers: Mapping[str, Any]
    marks: tuple[str, ...]

    @property
    def same_bins(self) -> bool:
        """Whether both runs have the same bins."""
        return np.array_equal(self.edges[0], self.edges[1])

    @property
    def divided(self) -> bool:
        """Whether events are divided by bin widths."""
        return bool(self.numbers["divided_by_bin_width"]) or not self.same_bins

    @property
    def size(self) -> float:
        """The largest change of a bin, see `Curve`."""
        return max(curve.size for curve in self.curves)

    def heights(self, curve: Curve) -> tuple[Floats, Floats]:
        """Heights drawn for both runs."""
        if not self.divided:
            return curve.then, curve.now
        return curve.then / np.diff(self.edges[0]), curve.now / np.diff(self.edges[1])


def overlay(then: Mapping[str, Any], now: Mapping[str, Any]) -> Overlay | None:
    """Changes between two plots; None if nothing changed, or if one of them shows no events.

    Args:
        then: Numbers of the plot in the first run, see `stack_numbers`.
        now: Numbers of the plot in the second run.
    """
    if "stacked" not in then or "stacked" not in now:
        return None
    edges = [np.asarray(item["axis"]["edges"], np.float64) for item in (then, now)]
    error = _error(then, len(edges[0]) - 1)
    old, new = dict(_events(then)), dict(_events(now))
    same = np.array_equal(edges[0], edges[1])
    curves = []
    for name in {**old, **new}:
        label = (new.get(name) or old[name])[0]
        first = _array(old.get(name), len(edges[0]) - 1)
        second = _array(new.get(name), len(edges[1]) - 1)
        curves.append(Curve(name, label, first, second, _size(first, second, error, same)))
    if not any(curve.size > SAME for curve in curves):
        return None
    signals = [curve for curve in curves if curve.name not in (TOTAL, DATA)]
    moved = sorted((curve for curve in signals if curve.size > SAME), key=lambda curve: -curve.size)
    shown = [curve for curve in curves if curve not in signals] + moved[:_LINES]
    marks = tuple(dict.fromkeys([*then["marks"], *now["marks"]]))
    return Overlay((edges[0], edges[1]), error, tuple(shown), now, marks)


def _events(numbers: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Sequence[float | None]]]]:
    """Name → label and events of each entry of a stack plot, the layers as their sum."""
    if numbers["total"]:
        yield TOTAL, ("Prediction", numbers["total"]["events"])
    if numbers["data"]:
        yield DATA, (numbers["data"]["label"], numbers["data"]["events"])
    for line in numbers["lines"]:
        yield line["sample"], (line["label"], line["events"])


def _array(found: tuple[str, Sequence[float | None]] | None, bins: int) -> Floats:
    values = [None] * bins if found is None else found[1]
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _error(numbers: Mapping[str, Any], bins: int) -> Floats:
    """Error of the prediction (bins,); without simulation, the square root of the data."""
    if numbers["total"]:
        return np.asarray(numbers["total"]["uncertainty"], np.float64)
    data = numbers["data"]["events"] if numbers["data"] else [0.0] * bins
    return np.sqrt(np.array([value or 0.0 for value in data], np.float64))


def _size(then: Floats, now: Floats, error: Floats, same_bins: bool) -> float:
    if not same_bins:
        return np.inf
    if (np.isnan(then) != np.isnan(now)).any():
        return np.inf
    change = np.abs(np.nan_to_num(now - then))
    scale = np.where(error > 0, error, np.maximum(np.abs(np.nan_to_num(then)), 1e-300))
    return float((change / scale).max(initial=0.0))


def draw_overlay(found: Overlay, names: tuple[str, str]) -> Figure:
    """Draw two runs on one axis; with the ratio if their bins agree.

    Args:
        found: Content of the plot.
        names: Names of the runs.
    """
    figure, ax, lower = ratio_panels() if found.same_bins else (*single_panel(), None)
    numbers = found.numbers
    add_labels(ax, PlotLabels(numbers["experiment"], numbers["beam"], found.marks))
    low = min(edges[0] for edges in found.edges)
    ax.set_xlim(low, max(edges[-1] for edges in found.edges))
    short = tuple(shown_run(name) for name in names)
    for place, curve in enumerate(found.curves):
        _draw_curve(ax, found, curve, short, place)
    _draw_error(ax, found)
    ax.set_ylabel(_y_label(found))
    (lower or ax).set_xlabel(numbers["axis"]["label"])
    _fit_y_axis(ax, found)
    if lower:
        _draw_ratio(lower, found, short)
    return figure


def shown_run(name: str) -> str:
    """Name of a run in a legend: its end if it is long, without TeX."""
    short = name if len(name) <= _LONGEST else f"…{name[1 - _LONGEST :]}"
    return short.replace("$", r"\$")


def _y_label(found: Overlay) -> str:
    if found.same_bins:
        return str(found.numbers["y_label"])
    return f"Events / {found.numbers['axis']['unit'] or 'bin width'}"


def _color(curve: Curve, second: bool, place: int) -> str:
    if curve.name == TOTAL:
        return NOW if second else THEN
    return ("#832db6", "#bd1f01")[place % 2]


def _draw_curve(ax: Axes, found: Overlay, curve: Curve, names: tuple[str, ...], place: int) -> None:
    heights = found.heights(curve)
    equal = curve.size <= SAME
    for second, (edges, values) in enumerate(zip(found.edges, heights, strict=True)):
        if np.isnan(values).all() or (equal and second):
            continue
        label = f"{curve.label}, {'both' if equal else names[second]}"
        if curve.name == DATA:
            style: dict[str, Any] = {"color": "black", "marker": "o", "linestyle": "none"}
            style |= {"markerfacecolor": "white"} if not second and not equal else {}
            centers = (edges[1:] + edges[:-1]) / 2
            points = np.where(values > 0, values, np.nan)
            ax.plot(centers, points, label=label, markersize=7, zorder=5 + second, **style)
            continue
        ax.stairs(
            np.nan_to_num(values),
            edges,
            color=_color(curve, bool(second), place),
            linestyle="--" if second else "-",
            linewidth=2.4,
            label=label,
        )


def _draw_error(ax: Axes, found: Overlay) -> None:
    """Draw the error of the first run's prediction."""
    total = _total(found)
    if total is None or np.isnan(total.then).any():
        return
    width = np.diff(found.edges[0]) if found.divided else 1.0
    low, high = ((total.then + sign * found.error) / width for sign in (-1, 1))
    ax.stairs(high, found.edges[0], baseline=low, fill=True, zorder=1.5, **BAND)


def _fit_y_axis(ax: Axes, found: Overlay) -> None:
    """Place title and legend above everything drawn; the axis is logarithmic for steep spectra."""
    heights = [np.nan_to_num(values) for curve in found.curves for values in found.heights(curve)]
    total = _total(found)
    main = np.concatenate(found.heights(total)) if total else np.concatenate(heights)
    positive = main[main > 0]
    bottom = 0.0
    if positive.size and positive.max() / positive.min() > _STEEP:
        ax.set_yscale("log")
        bottom = float(max(positive.min() / 3, positive.max() * 1e-6))
    lines = (found.numbers["title"], found.numbers.get("note"), found.numbers["stage"])
    title = "\n".join(filter(None, lines))
    text = ax.text(0.04, 0.96, title, transform=ax.transAxes, va="top", fontsize=20)
    legend = ax.legend(loc="upper right", bbox_to_anchor=(0.99, 0.97), borderaxespad=0.0)
    if axes_box(ax, legend).x0 < axes_box(ax, text).x1 + 0.02:
        anchor = (0.99, axes_box(ax, text).y0 - 0.02)
        legend = ax.legend(loc="upper right", bbox_to_anchor=anchor, borderaxespad=0.0)
    bins = len(found.edges[0]) - 1
    largest = np.full(bins, max(values.max(initial=0.0) for values in heights))
    tops = 1.05 * (np.max(heights, axis=0) if found.same_bins else largest)
    make_room(ax, found.edges[0], tops, [axes_box(ax, text), axes_box(ax, legend)], bottom)
    if bottom and ax.get_ylim()[1] / bottom < 1e3:
        log_ticks(ax, "y")


def _total(found: Overlay) -> Curve | None:
    return next((curve for curve in found.curves if curve.name == TOTAL), None)


def _draw_ratio(ax: Axes, found: Overlay, names: tuple[str, ...]) -> None:
    """Draw the second run divided by the first."""
    edges = found.edges[0]
    centers = (edges[1:] + edges[:-1]) / 2
    reach = [0.0]
    for place, curve in enumerate(found.curves):
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(curve.then > 0, curve.now / curve.then, np.nan)
        if curve.size <= SAME or np.isnan(values).all():
            continue
        reach.append(float(np.nanmax(np.abs(values - 1))))
        if curve.name == DATA:
            ax.plot(centers, values, color="black", marker="o", linestyle="none", markersize=6)
            continue
        color = _color(curve, True, place)
        ax.stairs(values, edges, baseline=None, color=color, linestyle="--", linewidth=2.4)
    total = _total(found)
    if total is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.nan_to_num(np.where(total.then > 0, found.error / total.then, 0.0))
        ax.stairs(1 + share, edges, baseline=1 - share, fill=True, zorder=1.5, **BAND)
    ax.axhline(1, color="black", linewidth=1.0)
    span = next((size for size in _RATIOS if size >= 1.1 * max(reach)), _RATIOS[-1])
    ax.set_ylim(1 - min(span, 1.0), 1 + span)
    ax.set_ylabel("ratio", loc="center", fontsize=20)
