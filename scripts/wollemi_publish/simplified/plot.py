"""Limits of the simplified and the full likelihood, one row per signal, and their ratios."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from wollemi.analysis.models.plots import Plots
from wollemi.plots.style import COLORS, PlotLabels, add_labels, log_ticks, set_margins, use_style
from wollemi_likelihood.limit_floor import MEDIAN

# color, vertical distance from the middle of the row
KINDS = {"observed": ("black", 0.17), "expected": (COLORS[0], -0.17)}
BAND = "#d9d9d9"
# heights in inches: a row, the legend above all rows, and everything else
ROW, HEAD, REST = 0.62, 1.75, 1.75


def closure_numbers(content: Mapping[str, Any], plots: Plots) -> dict[str, Any]:
    """The numbers of the plot: one row per signal, in the order of the signals' points.

    Args:
        content: Content of `closure.json`.
        plots: Section `plots` of the analysis.

    Returns:
        `signals` and `labels`, shape (rows,); `full`, `simplified` and `ratio`: kind → signal
        strengths, shape (rows,); without kind `observed` if blinded.
    """
    found = content["signals"]
    names = sorted(
        found, key=lambda name: (found[name]["point"] is None, found[name]["point"] or 0.0)
    )
    kinds = [
        kind for kind in KINDS if all(found[name]["ratio"][kind] is not None for name in names)
    ]
    limits = {
        which: {kind: [_limit(found[n][which], kind) for n in names] for kind in kinds}
        for which in ("full", "simplified")
    }
    labels = [
        (plots.samples[name].label if name in plots.samples else None) or name for name in names
    ]
    return {
        "signals": names,
        "labels": labels,
        **limits,
        "ratio": {kind: [found[name]["ratio"][kind] for name in names] for kind in kinds},
        "tolerance": content["summary"]["tolerance"],
        "closes": content["summary"]["closes"],
        "level": content["level"],
    }


def _limit(item: Mapping[str, Any], kind: str) -> float:
    return float(item["expected"][MEDIAN] if kind == "expected" else item[kind])


def draw_closure(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw the limits on the left, on a logarithmic axis, and the ratios on the right, with the
    tolerance as a band.

    Args:
        numbers: Numbers from `closure_numbers`.
        labels: Labels above the plot.
    """
    use_style()
    rows = len(numbers["signals"])
    figure, (main, ratio) = plt.subplots(
        1, 2, figsize=(11.0, REST + HEAD + ROW * rows), sharey=True, width_ratios=(3, 2)
    )
    places = np.arange(rows, 0, -1, dtype=np.float64)
    for kind in numbers["full"]:
        color, shift = KINDS[kind]
        main.plot(
            numbers["full"][kind],
            places + shift,
            "o",
            color=color,
            markersize=10,
            fillstyle="none",
            markeredgewidth=2,
        )
        main.plot(
            numbers["simplified"][kind],
            places + shift,
            "x",
            color=color,
            markersize=7,
            markeredgewidth=2,
        )
        ratio.plot(numbers["ratio"][kind], places + shift, "o", color=color, markersize=7)
    _set_axes(main, ratio, numbers, places)
    widest = max(label.get_window_extent().width for label in main.get_yticklabels()) / figure.dpi
    set_margins(figure, left=0.4 + widest)
    figure.subplots_adjust(wspace=0.08)
    add_labels(main, labels)
    _add_legend(main, list(numbers["full"]), numbers["level"])
    return figure


def _add_legend(main: Axes, kinds: Sequence[str], level: float) -> None:
    handles = [
        Line2D([], [], color="#717581", marker=marker, linestyle="", markersize=9, fillstyle="none")
        for marker in "ox"
    ]
    patches = [Patch(color=KINDS[kind][0]) for kind in kinds]
    names = [
        "full likelihood",
        "simplified likelihood",
        *(kind.capitalize() for kind in kinds),
    ]
    title = f"{100 * level:g} % CL upper limits"
    main.legend(
        [*handles, *patches],
        names,
        loc="upper left",
        ncols=2,
        title=title,
        title_fontsize=18,
        fontsize=16,
        alignment="left",
    )


def _set_axes(main: Axes, ratio: Axes, numbers: Mapping[str, Any], places: np.ndarray) -> None:
    tolerance = numbers["tolerance"]
    largest = max(abs(value - 1) for values in numbers["ratio"].values() for value in values)
    reach = max(2.0 * tolerance, 1.2 * largest)
    main.set_xscale("log")
    values = np.array(
        [
            value
            for which in ("full", "simplified")
            for kind in numbers[which].values()
            for value in kind
        ]
    )
    main.set_xlim(values.min() / 2, values.max() * 2)
    log_ticks(main, "x")
    main.set_xlabel(r"signal strength $\mu$")
    main.set_yticks(places, labels=numbers["labels"], fontsize=18)
    main.set_ylim(0.4, len(places) + 0.5 + HEAD / ROW)
    for ax in (main, ratio):
        ax.tick_params(axis="y", which="both", length=0)
    ratio.axvspan(1 - tolerance, 1 + tolerance, color=BAND, zorder=0, linewidth=0)
    ratio.axvline(1.0, color="black", linewidth=1.2, zorder=1)
    ratio.text(
        1.0,
        len(places) + 0.5 + 0.6 * HEAD / ROW,
        f"±{100 * tolerance:g} %",
        ha="center",
        fontsize=18,
        backgroundcolor=BAND,
    )
    ratio.set_xlim(1 - reach, 1 + reach)
    ratio.set_xlabel("simplified / full")
