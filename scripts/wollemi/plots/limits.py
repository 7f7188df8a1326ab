"""Upper limits against the points of several signals, or CLs against the signal strength of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from wollemi.analysis.settings import Settings
from wollemi.base.rounding import significant
from wollemi.plots.limit_numbers import curve_numbers, limit_numbers
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.overlay_drawing import draw_overlays, lowest_overlay, overlay_heights
from wollemi.plots.style import (
    PlotLabels,
    add_labels,
    axes_box,
    log_ticks,
    make_room,
    single_panel,
)
from wollemi.results.limits import SIDES, Limits
from wollemi.results.marks import measurement_marks
from wollemi_likelihood.base.arrays import Flags, Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

# Name in the legend, and the symbol or stacked symbols next to it.
Entry = tuple[str, Line2D | Patch | tuple[Patch, Line2D]]
GREEN, YELLOW, RED, GRAY = "#00b050", "#ffd320", "#bd1f01", "#555555"
FLOOR: dict[str, Any] = {
    "facecolor": (1.0, 1.0, 1.0, 0.6),
    "edgecolor": GRAY,
    "hatch": "////",
    "linewidth": 0.0,
}
THEORY: dict[str, Any] = {"facecolor": RED, "alpha": 0.3, "linewidth": 0.0}
LOWEST_CLS = 1e-3  # smaller values are irrelevant


def draw_limits(
    numbers: Mapping[str, Any], plots: Plots, level: float, labels: PlotLabels
) -> Figure:
    """Draw observed and expected limits with ±1σ and ±2σ bands, and the prediction, on a
    logarithmic axis.

    Args:
        numbers: Numbers from `limit_numbers`.
        plots: Section `plots`.
        level: Confidence level.
        labels: Labels above the plot.
    """
    x, expected = (np.asarray(numbers[key], np.float64) for key in ("x", "expected"))
    theory = np.asarray(numbers["theory"], np.float64)
    figure, ax = single_panel()
    add_labels(ax, labels)
    ax.set_yscale("log")
    ax.set_xlim(*((x[0], x[-1]) if numbers["ticks"] is None else (x[0] - 0.5, x[-1] + 0.5)))
    together = "scaled" in numbers
    around = _theory_edges(numbers)
    drawn = np.vstack([x, theory, expected, around])
    drawn = _apart(drawn) if together else drawn
    _draw_bands(ax, drawn[0], drawn[2:7])
    if around.size:
        ax.fill_between(drawn[0], drawn[7], drawn[8], zorder=2.9, **THEORY)
    ax.plot(drawn[0], drawn[1], color=RED, linewidth=2.2, zorder=3.7 if "floor" in numbers else 3)
    observed = [] if numbers["observed"] is None else [np.asarray(numbers["observed"], np.float64)]
    for line in observed:
        low = ["observed" in names for names in numbers.get("below_floor", ())]
        flags = np.array(low or np.zeros(len(x)), np.bool_)
        _draw_observed(ax, x, line, flags, "" if together else "-", _generated(numbers))
    if numbers["ticks"] is not None:
        ax.set_xticks(x, labels=numbers["ticks"], fontsize=18)
        ax.tick_params(axis="x", which="minor", length=0)
    ax.set_xlabel(numbers["x_label"])
    ax.set_ylabel(numbers["y_label"])
    everything = np.vstack([*observed, theory, expected, around])
    bottom = 0.4 * min([float(everything.min()), *lowest_overlay(numbers, x)])
    entries: list[Entry] = [("Observed", _line("" if together else "-", "o")) for _ in observed]
    entries += _expected_entries()
    if "interpolated" in numbers:
        shown = observed[0] if observed else expected[2]
        entries.append(_mark_interpolated(ax, x, shown, ~_generated(numbers)))
    if "toys" in numbers:
        entries.append(_mark_toys(ax, x, expected[2], np.asarray(numbers["toys"], np.bool_)))
    floor = (
        [_draw_floor(ax, x, np.asarray(numbers["floor"]), bottom, numbers["fewest_events"])]
        if "floor" in numbers
        else []
    )
    others = draw_overlays(ax, numbers, zorder=3.85)
    entries += [_theory_entry(plots.theory_label, around), *others, *floor]
    legend = _legend(ax, entries, level)
    tops = everything.max(axis=0)
    heights = np.maximum(np.maximum(tops[1:], tops[:-1]), overlay_heights(numbers, x))
    make_room(ax, x, heights, [axes_box(ax, legend)], bottom)
    if ax.get_ylim()[1] / bottom < 100:
        log_ticks(ax, "y")
    return figure


def _theory_edges(numbers: Mapping[str, Any]) -> Floats:
    """Predictions shifted up and down by their uncertainty, shape (2, signals); without
    uncertainties, (0, signals).
    """
    rows = [numbers[f"theory_{side}"] for side in SIDES if f"theory_{side}" in numbers]
    return np.array(rows, np.float64).reshape(len(rows), len(numbers["x"]))


def _theory_entry(label: str, around: Floats) -> Entry:
    line = _line("-", "", RED)
    return (f"{label} ±1σ", (Patch(**THEORY), line)) if around.size else (label, line)


def _apart(rows: Floats) -> Floats:
    """Rows of positions and values, shape (rows, signals), as a step at each position with gaps
    between: shape (rows, 3 signals).
    """
    steps = np.repeat(rows, 3, axis=1)
    steps[0] += np.tile([-0.4, 0.4, 0.4], rows.shape[1])
    steps[1:, 2::3] = np.nan
    return steps


def _draw_observed(
    ax: Axes, x: Floats, observed: Floats, low: Flags, style: Literal["-", ""], generated: Flags
) -> None:
    """Draw observed limits (signals,), as open markers where they are below any possible limit;
    interpolated limits have no markers.
    """
    ax.plot(
        x,
        observed,
        color="black",
        linewidth=2.0,
        linestyle=style,
        marker="o",
        markersize=6,
        markevery=np.flatnonzero(generated).tolist(),
        zorder=4,
        clip_on=False,
    )
    if low.any():
        ax.plot(
            x[low],
            observed[low],
            color="white",
            markeredgecolor="black",
            linestyle="",
            marker="o",
            markersize=7,
            zorder=5,
        )


def _draw_floor(
    ax: Axes, x: Floats, floor: Floats, bottom: float, fewest: float
) -> tuple[str, Patch]:
    """Hatch the region below the fewest signal events of any limit; returns its legend entry.

    Args:
        ax: Panel to draw on.
        x: Positions of the signals, shape (signals,).
        floor: Lowest possible limits, shape (signals,).
        bottom: Lower end of the axis of the limits.
        fewest: Number of signal events at the lowest possible limit.
    """
    ax.fill_between(x, np.full_like(floor, bottom), floor, zorder=3.5, **FLOOR)
    ax.plot(x, floor, color=GRAY, linewidth=1.4, linestyle=":", zorder=3.6)
    return (f"No limit: below {fewest:.1f} events", Patch(**FLOOR))


def _generated(numbers: Mapping[str, Any]) -> Flags:
    """Flags of the signals that are not interpolated (signals,)."""
    found: Flags = ~np.array(numbers.get("interpolated", [False] * len(numbers["x"])), np.bool_)
    return found


def _mark_interpolated(
    ax: Axes, x: Floats, limits: Floats, interpolated: Flags
) -> tuple[str, Line2D]:
    """Mark the limits of signals between generated ones; returns the legend entry."""
    look: dict[str, Any] = {"color": "black", "marker": "|", "markersize": 9, "linestyle": ""}
    ax.plot(x[interpolated], limits[interpolated], zorder=4.2, clip_on=False, **look)
    return ("Interpolated signals", Line2D([], [], **look))


def _mark_toys(ax: Axes, x: Floats, median: Floats, toys: Flags) -> tuple[str, Line2D]:
    """Mark the expected limits of signals whose limits are from toys; returns the legend entry."""
    look: dict[str, Any] = {
        "color": "black",
        "marker": "s",
        "markersize": 6,
        "markerfacecolor": "white",
        "linestyle": "",
    }
    ax.plot(x[toys], median[toys], zorder=3.8, clip_on=False, **look)
    return ("From toys", Line2D([], [], **look))


def _line(style: Literal["-", "--", ""], marker: str = "", color: str = "black") -> Line2D:
    return Line2D([], [], color=color, linestyle=style, marker=marker, markersize=6, linewidth=2.0)


def _draw_bands(ax: Axes, x: Floats, expected: Floats) -> None:
    """Draw the expectation (5, points) for -2 … +2σ."""
    ax.fill_between(x, expected[0], expected[4], color=YELLOW, linewidth=0, zorder=1)
    ax.fill_between(x, expected[1], expected[3], color=GREEN, linewidth=0, zorder=2)
    ax.plot(x, expected[2], color="black", linestyle="--", linewidth=2.0, zorder=3)


def _expected_entries(name: str = "Expected") -> list[Entry]:
    return [(name, _line("--")), ("±1σ", Patch(color=GREEN)), ("±2σ", Patch(color=YELLOW))]


def _legend(ax: Axes, entries: Sequence[Entry], level: float, origin: str = "") -> Legend:
    names, handles = zip(*entries, strict=True)
    title = f"{100 * level:g} % CL upper limits{origin}"
    return ax.legend(
        handles,
        names,
        loc="upper right",
        title=title,
        title_fontsize=19,
        alignment="left",
        borderaxespad=0.8,
    )


def draw_curve(numbers: Mapping[str, Any], level: float, labels: PlotLabels) -> Figure:
    """Draw CLs against the signal strength, and where it crosses 1 - level.

    Args:
        numbers: Numbers from `curve_numbers`.
        level: Confidence level.
        labels: Labels above the plot.
    """
    x = np.asarray(numbers["x"], np.float64)
    expected = np.maximum(np.asarray(numbers["expected"], np.float64), 1e-12)
    observed = (
        []
        if numbers["observed"] is None
        else [np.maximum(np.asarray(numbers["observed"], np.float64), 1e-12)]
    )
    limits = [("--", numbers["expected_limits"][2])] + [
        ("-", numbers["observed_limit"]) for _ in observed
    ]
    figure, ax = single_panel()
    add_labels(ax, labels)
    ax.set_yscale("log")
    ax.set_xlim(
        x[0],
        min(float(x[-1]), 1.4 * max(*(limit for _, limit in limits), *numbers["expected_limits"])),
    )
    _draw_bands(ax, x, expected)
    for line in observed:
        ax.plot(x, line, color="black", linewidth=2.4, zorder=4)
    ax.axhline(numbers["threshold"], color=RED, linewidth=2.0, zorder=3)
    for style, limit in limits:
        ax.vlines(
            limit,
            LOWEST_CLS,
            numbers["threshold"],
            color=RED,
            linestyle=style,
            linewidth=1.6,
            zorder=5,
        )
    ax.set_xlabel(numbers["x_label"])
    ax.set_ylabel(numbers["y_label"])
    entries = [
        *((f"Observed: {significant(limit)}", _line("-")) for _, limit in limits[1:]),
        *_expected_entries(f"Expected: {significant(limits[0][1])}"),
    ]
    floor = (
        _mark_strengths(ax, numbers["floor"][0], numbers["fewest_events"])
        if "floor" in numbers
        else []
    )
    entries += [(f"CL$_s$ = {numbers['threshold']:.3g}", _line("-", "", RED)), *floor]
    legend = _legend(ax, entries, level, numbers["from"])
    tops = np.vstack([*observed, expected]).max(axis=0)
    make_room(ax, x, np.maximum(tops[1:], tops[:-1]), [axes_box(ax, legend)], LOWEST_CLS)
    log_ticks(ax, "y")
    return figure


def _mark_strengths(ax: Axes, floor: float, fewest: float) -> list[tuple[str, Patch]]:
    """Hatch the signal strengths below any possible limit; returns the legend entry."""
    ax.axvspan(0, floor, zorder=3.5, **FLOOR)
    return [(f"No limit: below {fewest:.1f} events", Patch(**FLOOR))]


def make_plot(
    content: Limits, settings: Settings, overlays: Mapping[str, Any] | None = None
) -> tuple[Figure, dict[str, Any]]:
    """The plot of one signal or of several, and its numbers.

    Args:
        content: Content of `limits.json`.
        settings: Declared sections.
        overlays: Numbers of overlaid curves, for several signals.
    """
    plots, level = settings.plots, content.level
    marks = measurement_marks(content.measurement)
    labels = PlotLabels(
        plots.experiment, beam_text(settings.center_of_mass_tev, settings.luminosity_ifb), marks
    )
    signals = list(content.limits)
    if len(signals) == 1:
        numbers = curve_numbers(signals[0], content, plots)
        figure = draw_curve(numbers, level, labels)
    else:
        numbers = limit_numbers(content, plots) | dict(overlays or {})
        figure = draw_limits(numbers, plots, level, labels)
    return figure, numbers | {
        "level": level,
        "measurement": content.measurement,
        "marks": list(marks),
        "beam": labels.beam,
    }
