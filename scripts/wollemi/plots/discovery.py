"""The plot of a scan for an excess: local p-values along the axis, with lines at whole σ."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from wollemi.plots.style import PlotLabels, add_labels, sample_label, single_panel
from wollemi.results.discovery import Discovery
from wollemi.results.discovery_text import global_rows, largest_text

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

GRAY, BLUE = "#717581", "#3f90da"
# Fewest lines in σ; otherwise up to the first one above the largest excess.
FEWEST_LINES = 3
# Smallest p-value drawn.
SMALLEST = 1e-12


def discovery_numbers(content: Discovery, plots: Plots) -> dict[str, Any]:
    """The numbers of the plot.

    Args:
        content: Content of `discovery.json`.
        plots: Section `plots`, with the labels of the axis and of signals.

    Returns:
        Numbers by key: `x`, `p_values` (None if blinded) and `local_expected`, each (points,);
        `sigmas`: σ → p-value of its line; `texts`: lines of text in the plot.
    """
    found = [*content.ordered.values()]
    observed = [item.significance or 0.0 for item in found]
    highest = max(FEWEST_LINES, int(max(observed)) + 1)
    texts = [f"largest excess: {largest_text(content, lambda name: sample_label(name, plots))}"]
    texts += [f"global, {title}: {text}" for title, text in global_rows(content).items()]
    hidden = content.largest is None
    return {
        "x": [item.point for item in found],
        "x_label": plots.limit_x.label,
        "p_values": None if hidden else [item.p_value for item in found],
        "local_expected": [p_value_of(item.expected) for item in found],
        "sigmas": {str(sigma): p_value_of(sigma) for sigma in range(1, highest + 1)},
        "texts": texts,
    }


def p_value_of(significance: float) -> float:
    """One-sided p-value of a significance in σ."""
    return NormalDist().cdf(-significance)


def draw_discovery(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw local p-values, observed and expected, and lines at whole σ.

    Args:
        numbers: Numbers from `discovery_numbers`.
        labels: Labels above the plot.
    """
    figure, ax = single_panel()
    add_labels(ax, labels)
    x = np.asarray(numbers["x"], np.float64)
    lines = {sigma: float(value) for sigma, value in numbers["sigmas"].items()}
    ax.set_yscale("log")
    ax.set_xlim(x[0], x[-1])
    # Room for the texts below the lowest line.
    ax.set_ylim(max(0.02 * min(lines.values()), SMALLEST), 2.0)
    for sigma, value in lines.items():
        ax.axhline(value, color=GRAY, linewidth=1.2, linestyle=":", zorder=1)
        text: dict[str, Any] = {
            "transform": ax.get_yaxis_transform(),
            "color": GRAY,
            "fontsize": 17,
        }
        ax.text(0.99, value, f"{sigma}σ", ha="right", va="bottom", **text)
    expected = np.maximum(np.asarray(numbers["local_expected"], np.float64), SMALLEST)
    ax.plot(x, expected, color=BLUE, linestyle="--", linewidth=2.2, label=r"expected, $\mu$ = 1")
    if numbers["p_values"] is not None:
        observed = np.maximum(np.asarray(numbers["p_values"], np.float64), SMALLEST)
        look: dict[str, Any] = {"color": "black", "linewidth": 2.2, "clip_on": False}
        ax.plot(x, observed, marker="o", markersize=6, label="observed", zorder=4, **look)
    ax.legend(loc="lower left", ncols=2, fontsize=18)
    said = "\n".join(numbers["texts"])
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 2.0}
    place: dict[str, Any] = {"transform": ax.transAxes, "ha": "left", "va": "bottom"}
    ax.text(0.03, 0.12, said, fontsize=14, bbox=box, zorder=5, **place)
    ax.set_xlabel(numbers["x_label"])
    ax.set_ylabel("local p-value")
    return figure
