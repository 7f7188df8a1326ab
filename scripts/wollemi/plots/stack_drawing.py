"""Drawing a stack plot: filled layers, lines, uncertainty band, data points, ratio panel."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from numpy.typing import NDArray

from wollemi.histograms.histogram import categories_of
from wollemi.plots.blocks import draw_blocks, label_blocks
from wollemi.plots.named_bins import make_room_for_names
from wollemi.plots.stack import SMALLEST_SHOWN, Ratio, Stack, ratio
from wollemi.plots.style import (
    GAP,
    LABEL_X,
    add_labels,
    axes_box,
    log_ticks,
    make_room,
    ratio_panels,
    single_panel,
)
from wollemi.results.marks import BLINDED
from wollemi_likelihood.base.arrays import Floats

BAND: dict[str, Any] = {
    "facecolor": "none",
    "edgecolor": "#55555a",
    "hatch": "////",
    "linewidth": 0.0,
}
MARKER: dict[str, Any] = {"color": "black", "marker": "o", "linestyle": "none", "zorder": 6}
CUT: dict[str, Any] = {"color": "#7a1f5c", "linestyle": "--", "linewidth": 2.0}
CUT_ARROW = {
    "arrowstyle": "<|-",
    "shrinkA": 0,
    "shrinkB": 0,
    "mutation_scale": 20,
    "color": CUT["color"],
    "linewidth": 2.0,
}
CUT_ARROW_POINTS = 28  # length of the arrow in points
ANNOTATION = 0.08  # room for a line of text above the data, in fractions of the panel
RATIO_RANGES = (0.25, 0.5, 1.0, 2.0, 3.0)


def draw_stack(stack: Stack) -> Figure:
    """Draw a stack, with a ratio panel if there are simulation and data."""
    shown = ratio(stack)
    figure, ax, lower = ratio_panels() if shown else (*single_panel(), None)
    names = categories_of(stack.axis)
    if names:
        make_room_for_names(figure, lower or ax, names, stack.x_label)
    draw_main_panel(ax, lower or ax, stack)
    if lower and shown:
        _draw_ratio(lower, stack, shown)
    return figure


def draw_main_panel(ax: Axes, lowest: Axes, stack: Stack) -> None:
    """Draw everything except the ratio panel.

    Args:
        ax: Panel to draw on.
        lowest: Panel with the label of the x axis.
        stack: Content of the plot.
    """
    # First: mplhep draws the figure to place the labels, which is quick while it is empty.
    simulation = stack.observed is None and bool(stack.layers)
    add_labels(ax, replace(stack.labels, simulation=simulation))
    _set_x_axis(ax, lowest, stack)
    if stack.log_y:
        ax.set_yscale("log")
    _draw_layers(ax, stack)
    _draw_data(ax, stack)
    ax.set_ylabel(stack.y_label)
    ax.yaxis.set_label_coords(LABEL_X, 1.0)
    title = ax.text(
        0.04, 0.96, _title(stack), transform=ax.transAxes, va="top", fontsize=20, linespacing=1.4
    )
    _fit_y_axis(ax, stack, title)
    draw_blinded(ax, stack)


def _title(stack: Stack) -> str:
    return "\n".join(text for text in (stack.title, stack.note, stack.stage) if text)


def _set_x_axis(ax: Axes, lowest: Axes, stack: Stack) -> None:
    if stack.log_x:
        ax.set_xscale("log")
    ax.set_xlim(stack.edges[0], stack.edges[-1])
    if stack.log_x:
        log_ticks(ax, "x")
    lowest.set_xlabel(stack.x_label)


def _draw_layers(ax: Axes, stack: Stack) -> None:
    if stack.layers:
        mplhep.histplot(
            [layer.events / stack.divisor for layer in stack.layers],
            bins=stack.edges,
            stack=True,
            histtype="fill",
            color=[layer.color for layer in stack.layers],
            edgecolor="black",
            linewidth=0.6,
            flow="none",
            ax=ax,
        )
    for line in stack.lines:
        # Not `histplot`: it computes errors that it does not draw, with scipy.stats.
        ax.stairs(line.events / stack.divisor, stack.edges, color=line.color, linewidth=2.4)
    if stack.total is not None and stack.uncertainty is not None:
        low, high = (
            (stack.total - stack.uncertainty) / stack.divisor,
            (stack.total + stack.uncertainty) / stack.divisor,
        )
        draw_band(ax, stack.edges, low, high)


def draw_band(ax: Axes, edges: Floats, low: Floats, high: Floats) -> None:
    """Draw a hatched band between two lines (bins,)."""
    ax.fill_between(
        edges, np.append(low, low[-1]), np.append(high, high[-1]), step="post", zorder=2.5, **BAND
    )


def _draw_data(ax: Axes, stack: Stack) -> None:
    """Draw points with intervals. A bin without events has no point, but an interval if there is a
    prediction.
    """
    if stack.observed is None or stack.interval is None:
        return
    low, high = stack.interval
    drawn = (
        stack.observed > 0
        if stack.total is None
        else (stack.observed > 0) | (stack.total > SMALLEST_SHOWN)
    )
    drawn &= ~np.isnan(stack.observed)
    centers = _centers(stack)
    points = np.where(stack.observed > 0, stack.observed, np.nan) / stack.divisor
    ax.vlines(
        centers[drawn],
        (low / stack.divisor)[drawn],
        (high / stack.divisor)[drawn],
        color="black",
        linewidth=1.4,
        zorder=5,
    )
    ax.plot(centers, points, markersize=_marker_size(stack), **MARKER)


def _marker_size(stack: Stack) -> float:
    """Size of the data points in points: smaller if there are many bins."""
    return max(3.0, min(6.5, 650 / stack.axis.size))


def _centers(stack: Stack) -> Floats:
    if stack.log_x:
        return np.sqrt(stack.edges[1:] * stack.edges[:-1])
    return 0.5 * (stack.edges[1:] + stack.edges[:-1])


def _legend(ax: Axes, stack: Stack, top: float) -> Legend:
    """Draw the legend: data first, then the layers from top to bottom, lines, the band."""
    entries: list[tuple[Patch | Line2D, str]] = []
    if stack.observed is not None and not np.isnan(stack.observed).all():
        entries.append(
            (
                Line2D([], [], color="black", marker="o", markersize=6.5, linewidth=1.4),
                stack.observed_label,
            )
        )
    for layer in reversed(stack.layers):
        entries.append(
            (Patch(facecolor=layer.color, edgecolor="black", linewidth=0.6), layer.label)
        )
    entries += [
        (Line2D([], [], color=line.color, linewidth=2.4), line.label) for line in stack.lines
    ]
    if stack.layers and stack.uncertainty is not None:
        entries.append((Patch(**BAND), stack.uncertainty_label))
    handles, names = zip(*entries, strict=True)
    columns = 1 if len(entries) <= 4 else 2
    return ax.legend(
        handles,
        names,
        loc="upper right",
        bbox_to_anchor=(0.99, top),
        ncols=columns,
        columnspacing=1.2,
        borderaxespad=0.0,
    )


def _fit_y_axis(ax: Axes, stack: Stack, title: Text) -> None:
    """Place the legend, below the title if they would overlap, and make room for both."""
    bottom = _bottom(stack)
    ax.set_ylim(bottom, bottom * 10 if stack.log_y else 1.0)
    title_box = axes_box(ax, title)
    legend = _legend(ax, stack, 0.97)
    if axes_box(ax, legend).x0 < title_box.x1 + 0.02:
        legend = _legend(ax, stack, title_box.y0 - 0.02)
    above = ANNOTATION if stack.annotations or stack.cuts else GAP
    boxes = [title_box, axes_box(ax, legend)]
    below = min(box.y0 for box in boxes) - GAP
    draw_blocks(ax, stack.axis, below)
    blocks = label_blocks(ax, stack.axis, below)
    boxes += [axes_box(ax, text) for text in blocks]
    make_room(ax, stack.edges, _tops(stack), boxes, bottom, above)
    _annotate(ax, stack)
    _draw_cuts(ax, stack)
    if stack.log_y and ax.get_ylim()[1] / bottom < 1e3:
        log_ticks(ax, "y")


def _tops(stack: Stack) -> Floats:
    """Upper end of everything drawn in each bin (bins,)."""
    ends = [line.events for line in stack.lines]
    if stack.total is not None:
        ends.append(stack.total + (0.0 if stack.uncertainty is None else stack.uncertainty))
    if stack.interval is not None:
        ends.append(np.nan_to_num(stack.interval[1]))
    return np.asarray(
        np.max(ends, axis=0) / stack.divisor if ends else np.zeros(stack.axis.size), np.float64
    )


def _annotate(ax: Axes, stack: Stack) -> None:
    """Write each annotation above everything drawn around its position."""
    for text, place in stack.annotations.items():
        if stack.edges[0] <= place <= stack.edges[-1]:
            height = _height_around(stack, place)
            ax.annotate(
                text,
                (place, height),
                (0, 6),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=20,
            )


def _height_around(stack: Stack, place: float) -> float:
    """Upper end of everything drawn in the bins next to a position on the x axis."""
    centers = _centers(stack)
    near = np.argsort(np.abs(np.log(centers / place)) if stack.log_x else np.abs(centers - place))[
        :5
    ]
    return float(_tops(stack)[near].max())


def _draw_cuts(ax: Axes, stack: Stack) -> None:
    """Draw a line at each edge of a cut, slightly higher than the bins around it, with an arrow
    towards the events kept.
    """
    for edge in stack.cuts:
        if stack.edges[0] <= edge.value <= stack.edges[-1]:
            top = ax.transAxes.inverted().transform(
                ax.transData.transform((edge.value, _height_around(stack, edge.value)))
            )[1]
            place = (edge.value, float(min(max(top, 0.1) + 0.03, 0.95)))
            ax.vlines(edge.value, 0, place[1], transform=ax.get_xaxis_transform(), zorder=7, **CUT)
            reach = CUT_ARROW_POINTS if edge.keeps == "above" else -CUT_ARROW_POINTS
            ax.annotate("", place, (reach, 0), ax.get_xaxis_transform(), "offset points", CUT_ARROW)


def _bottom(stack: Stack) -> float:
    """Lower end of the y axis: if logarithmic, below the smallest expectation worth seeing and the
    peaks of lines.
    """
    if not stack.log_y:
        return 0.0
    seen = [events for events in (stack.total, stack.observed) if events is not None]
    drawn = [(events / stack.divisor)[events > SMALLEST_SHOWN] for events in seen]
    lowest = [0.4 * float(values.min()) for values in drawn if values.size]
    if stack.total is not None and stack.observed is not None:
        # Data must be above the expectation, however small it is.
        below_data = (stack.total / stack.divisor)[(stack.observed > 0) & (stack.total > 0)]
        lowest += [0.4 * float(below_data.min())] if below_data.size else []
    lowest += [0.2 * float(np.max(line.events / stack.divisor)) for line in stack.lines]
    return min(lowest, default=0.1)


def _draw_ratio(ax: Axes, stack: Stack, shown: Ratio) -> None:
    reach = _ratio_reach(shown)
    low, high = max(0.0, 1 - reach), 1 + reach
    band = np.nan_to_num(shown.band)
    draw_band(ax, stack.edges, 1 - band, 1 + band)
    ax.axhline(1.0, color="black", linewidth=1.0)
    draw_blocks(ax, stack.axis)
    centers = _centers(stack)
    ax.vlines(centers, shown.low, shown.high, color="black", linewidth=1.4, zorder=5)
    ax.plot(centers, shown.values, markersize=_marker_size(stack), **MARKER)
    above = shown.values > high
    ax.plot(
        centers[above],
        np.full(int(above.sum()), high - 0.06 * (high - low)),
        "k^",
        markersize=8,
        zorder=6,
    )
    ax.set_ylim(low, high)
    ax.set_ylabel("Data / pred.", loc="center", fontsize=20)
    ax.yaxis.set_label_coords(LABEL_X, 0.5)


def _ratio_reach(shown: Ratio) -> float:
    """Half-height of the ratio panel: the smallest of a few round values to contain the points."""
    away = np.abs(shown.values[~np.isnan(shown.values)] - 1)
    return next(
        (reach for reach in RATIO_RANGES if away.max(initial=0.0) < 0.95 * reach), RATIO_RANGES[-1]
    )


def draw_blinded(ax: Axes, stack: Stack) -> None:
    """Shade the bins whose data are hidden, and label the widest range of them.

    Args:
        ax: Panel with its ranges and scales set.
        stack: Content of the plot.
    """
    if stack.blinded is None or not stack.blinded.any():
        return
    places = ax.transAxes.inverted().transform(
        ax.transData.transform([(edge, ax.get_ylim()[0]) for edge in stack.edges])
    )[:, 0]
    ranges = list(blinded_ranges(stack.blinded))
    for first, last in ranges:
        ax.axvspan(
            stack.edges[first],
            stack.edges[last],
            facecolor="#717581",
            alpha=0.25,
            linewidth=0,
            zorder=4,
        )
    first, last = max(ranges, key=lambda item: places[item[1]] - places[item[0]])
    width = float(places[last] - places[first])
    ax.text(
        float(places[first] + places[last]) / 2,
        0.3,
        BLINDED,
        transform=ax.transAxes,
        ha="center",
        va="center",
        rotation=0 if width > 0.35 else 90,
        fontsize=34 if width > 0.35 else 22,
        fontweight="bold",
        color="#bd1f01",
        zorder=7,
    )


def blinded_ranges(blinded: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Ranges of neighboring blinded bins: index of the first edge and of the last."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], blinded, [False]]).astype(int)))
    yield from zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True)
