"""Plots of expected limits and significances at other luminosities: of one signal against the
luminosity, of several against their points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from wollemi.plots.limits import GRAY, GREEN, RED, YELLOW
from wollemi.plots.style import (
    COLORS,
    PlotLabels,
    add_labels,
    axes_box,
    log_ticks,
    make_room,
    note_absence,
    poi_label,
    sample_label,
    set_margins,
    single_panel,
    strength_label,
    use_style,
)
from wollemi.results.extrapolation import Extrapolation
from wollemi.results.limit_text import expected_exclusion_text, luminosity_text, rules_text
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.limit_floor import EDGES, fewest_signal_events

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

MU = r"$\mu$"
LEVELS = (3.0, 5.0)  # significances of evidence and discovery, in σ
LINE_COLORS = ("black", COLORS[0], COLORS[4], COLORS[1], COLORS[6], COLORS[5], COLORS[3])
STYLES = ("--", "-", "-.", ":", "-", "-.", ":")


def signal_numbers(content: Extrapolation, signal: str, plots: Plots) -> dict[str, Any]:
    """The numbers of the plot of one signal.

    Args:
        content: Content of `extrapolation.json`.
        signal: Name of the signal.
        plots: Section `plots`.

    Returns:
        Numbers by key. `extrapolated`: for each scenario its `name`, `text`, `luminosities` in fb⁻¹
        (points,), `expected` limits on the signal strength (5, points) for -2 … +2σ, `low`
        (points,): whether the median is below any CLs limit, and `significance` (points,). A signal
        without results has the reason as `left_out` instead. `poi_label`, unless it is µ.
    """
    of_several = signal in content.scaled
    label = plots.parameters.get(signal, signal) if of_several else sample_label(signal, plots)
    head = {"signal": signal, "label": label, "level": content.level}
    found = content.signals.get(signal)
    if found is None:
        return head | {"extrapolated": [], "left_out": content.left_out[signal]}
    scenarios = [
        {
            "name": rules.name,
            "text": rules_text(rules),
            "luminosities": [item.luminosity_ifb for item in points],
            "expected": np.transpose([item.expected for item in points]).tolist(),
            "low": ["expected" in item.below_floor for item in points],
            "significance": [item.significance for item in points],
        }
        for rules in content.rules
        for points in [found.scenarios[rules.name]]
    ]
    symbol = poi_label(content.poi_of(signal), plots)
    head |= {} if symbol == MU else {"poi_label": symbol}
    return head | {"luminosity_ifb": content.luminosity_ifb, "extrapolated": scenarios}


def point_numbers(content: Extrapolation, plots: Plots) -> dict[str, Any]:
    """The numbers of the plot of several signals, in the first scenario.

    Args:
        content: Content of `extrapolation.json`.
        plots: Section `plots`.

    Returns:
        Numbers by key: `x` and `predicted` (signals,), and `projected`: for each luminosity
        `expected` (5, signals) for -2 … +2σ, in pb if all cross sections are known, otherwise in
        signal strengths, `low` (signals,) as in `signal_numbers`, and `excluded` in words.
    """
    scenario = content.rules[0].name
    placed = sorted(
        ((item.point, name) for name, item in content.signals.items() if item.point is not None)
    )
    signals = [name for _, name in placed]
    items = [content.signals[name] for name in signals]
    in_pb = all(item.cross_section_pb is not None for item in items)
    scale = [item.cross_section_pb or 1.0 if in_pb else 1.0 for item in items]
    projected = []
    for place, exclusion in enumerate(content.exclusion.get(scenario, ())):
        found = [item.scenarios[scenario][place] for item in items]
        projected.append(
            {
                "luminosity_ifb": exclusion.luminosity_ifb,
                "expected": [
                    [
                        factor * item.expected[band]
                        for factor, item in zip(scale, found, strict=True)
                    ]
                    for band, _ in EDGES.values()
                ],
                "low": ["expected" in item.below_floor for item in found],
                "excluded": expected_exclusion_text(exclusion),
            }
        )
    unit = "cross section [pb]" if in_pb else strength_label(content.poi, plots)
    return {
        "projected": projected,
        "scenario": scenario,
        "text": rules_text(content.rules[0]),
        "signals": signals,
        "x": [point for point, _ in placed],
        "predicted": scale,
        "level": content.level,
        "x_label": plots.limit_x.label,
        "y_label": plots.limit_y.label if "limit_y" in plots.plain else unit,
        "theory_label": plots.theory_label,
    }


def draw_extrapolation(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw the plot of one signal or of several, depending on the numbers.

    Args:
        numbers: Numbers from `signal_numbers` or `point_numbers`.
        labels: Labels above the plot.
    """
    if numbers.get("projected"):
        return _draw_points(numbers, labels)
    if numbers.get("extrapolated"):
        return _draw_signal(numbers, labels)
    figure, ax = single_panel()
    add_labels(ax, labels)
    reason = numbers.get("left_out", "fewer than two signals with points have results")
    note_absence(ax, f"no results\n\n{reason}")
    return figure


def _draw_signal(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw limits (above) and significances (below) against the luminosity."""
    use_style()
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(10.0, 11.0), sharex=True, height_ratios=(3, 2)
    )
    set_margins(figure)
    figure.subplots_adjust(hspace=0.06)
    add_labels(upper, labels)
    scenarios = numbers["extrapolated"]
    x = np.asarray(scenarios[0]["luminosities"], np.float64)
    for ax in (upper, lower):
        ax.set_xscale("log")
        ax.set_yscale("log")
    widened = (0.9 * x[0], 1.1 * x[0]) if len(x) == 1 else (x[0], x[-1])
    lower.set_xlim(*widened)
    first = np.asarray(scenarios[0]["expected"], np.float64)
    upper.fill_between(x, first[0], first[4], color=YELLOW, linewidth=0, zorder=1)
    upper.fill_between(x, first[1], first[3], color=GREEN, linewidth=0, zorder=2)
    upper.axhline(1.0, color=RED, linewidth=1.8, zorder=2.5)
    poi = numbers.get("poi_label", MU)
    handles, names = [], []
    for item, color, style in zip(scenarios, LINE_COLORS, STYLES, strict=False):
        medians, low = np.asarray(item["expected"], np.float64)[2], np.asarray(item["low"])
        look: dict[str, Any] = {"color": color, "linestyle": style, "linewidth": 2.2}
        _draw_medians(upper, x, medians, low, look)
        lower.plot(x, item["significance"], marker="o", markersize=5, clip_on=False, **look)
        handles.append(Line2D([], [], **look))
        names.append(item["name"].replace("_", " "))
    bands = [Patch(color=GREEN), Patch(color=YELLOW)]
    low_handles, low_names = _low_entry(scenarios, numbers["level"])
    legend = upper.legend(
        [*handles, *bands, Line2D([], [], color=RED, linewidth=1.8), *low_handles],
        [*names, f"±1σ ({names[0]})", f"±2σ ({names[0]})", f"{poi} = 1", *low_names],
        loc="upper right",
        title=f"{numbers['label']}, expected",
        title_fontsize=19,
        alignment="left",
        ncols=2,
    )
    upper.set_ylabel(f"{100 * numbers['level']:g} % CL limit on {poi}")
    everything = np.vstack([np.asarray(item["expected"], np.float64) for item in scenarios])
    tops = np.maximum(everything.max(axis=0), 1.0)
    bottom = 0.7 * min(float(everything.min()), 1.0)
    if len(x) > 1:
        make_room(upper, x, np.maximum(tops[1:], tops[:-1]), [axes_box(upper, legend)], bottom)
    _draw_levels(lower, [value for item in scenarios for value in item["significance"]])
    lower.set_xlabel("integrated luminosity [fb$^{-1}$]")
    lower.set_ylabel(f"significance at {poi} = 1 [σ]")
    log_ticks(lower, "x")
    for ax in (upper, lower):
        log_ticks(ax, "y")
    return figure


def _draw_medians(ax: Axes, x: Floats, medians: Floats, low: Any, look: Mapping[str, Any]) -> None:
    """Draw median limits, as open markers where they are below any CLs limit."""
    ax.plot(x, medians, zorder=4, **look)
    for chosen, face in ((~low, look["color"]), (low, "white")):
        ax.plot(
            x[chosen],
            medians[chosen],
            color=look["color"],
            linestyle="",
            marker="o",
            markersize=6,
            markerfacecolor=face,
            zorder=5,
            clip_on=False,
        )


def _low_entry(rows: Sequence[Mapping[str, Any]], level: float) -> tuple[list[Line2D], list[str]]:
    """Legend entry of medians below any CLs limit, if there are any."""
    if not any(any(row["low"]) for row in rows):
        return [], []
    look: dict[str, Any] = {"color": "black", "linestyle": "", "markerfacecolor": "white"}
    text = f"no limit: below {fewest_signal_events(level):.1f} events"
    return [Line2D([], [], marker="o", markersize=6, **look)], [text]


def _draw_levels(ax: Axes, values: Sequence[float]) -> None:
    """Set the range of the significances, and draw the levels inside it."""
    positive = [value for value in values if value > 0] or [1.0]
    bottom, top = 0.7 * min(positive), 1.5 * max(positive)
    ax.set_ylim(bottom, top)
    for level in LEVELS:
        if bottom < level < top:
            ax.axhline(level, color=GRAY, linewidth=1.2, linestyle=":", zorder=1)
            ax.text(
                0.99,
                level,
                f"{level:g}σ",
                transform=ax.get_yaxis_transform(),
                color=GRAY,
                fontsize=17,
                ha="right",
                va="bottom",
            )


def _draw_points(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw median limits of several signals at each luminosity, with their ±1σ bands."""
    figure, ax = single_panel()
    add_labels(ax, labels)
    ax.set_yscale("log")
    x, theory = (np.asarray(numbers[key], np.float64) for key in ("x", "predicted"))
    ax.set_xlim(x[0], x[-1])
    rows = numbers["projected"]
    colors = plt.get_cmap("viridis")(np.linspace(0.0, 0.85, len(rows)))
    handles, names, tops = [], [], [theory]
    for row, color in zip(rows, colors, strict=True):
        expected = np.asarray(row["expected"], np.float64)
        ax.fill_between(x, expected[1], expected[3], color=color, alpha=0.25, linewidth=0)
        look: dict[str, Any] = {"color": color, "linestyle": "--", "linewidth": 2.2}
        _draw_medians(ax, x, expected[2], np.asarray(row["low"]), look)
        handles.append(Line2D([], [], **look))
        names.append(f"{luminosity_text(row['luminosity_ifb'])}: {row['excluded']}")
        tops += [expected[1], expected[3]]
    ax.plot(x, theory, color=RED, linewidth=2.2, zorder=3)
    low_handles, low_names = _low_entry(rows, numbers["level"])
    legend = ax.legend(
        [*handles, Line2D([], [], color=RED, linewidth=2.2), *low_handles],
        [*names, numbers["theory_label"], *low_names],
        loc="upper right",
        title=f"{100 * numbers['level']:g} % CL, {numbers['scenario']}; excluded:",
        title_fontsize=18,
        alignment="left",
    )
    ax.set_xlabel(numbers["x_label"])
    ax.set_ylabel(numbers["y_label"])
    highest, bottom = np.max(tops, axis=0), 0.5 * float(np.min(tops))
    make_room(ax, x, np.maximum(highest[1:], highest[:-1]), [axes_box(ax, legend)], bottom)
    return figure
