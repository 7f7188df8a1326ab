"""The plot of fits to toys: pulls, and the bias at each true value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.plots.scans import GRAY
from wollemi.plots.style import (
    COLORS,
    SIGNAL_COLORS,
    PlotLabels,
    add_labels,
    poi_label,
    sample_label,
    set_margins,
    use_style,
)
from wollemi.results.toy_fit_text import line_text, measured_text
from wollemi.results.toy_fits import ThrownFits, ToyFits, ToySummary
from wollemi_likelihood.base.errors import counted

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

# Pulls beyond the last edges are counted in the last bins.
EDGES = np.linspace(-4.0, 4.0, 33)


def toy_numbers(content: ToyFits, signal: str, plots: Plots) -> dict[str, Any]:
    """The numbers of the plot of one signal.

    Args:
        content: Content of `toy_fits.json`.
        signal: Name of the signal or parameter of interest.
        plots: Section `plots`, with the labels of the signals.

    Returns:
        Numbers by key: `injected`, `bias` and `bias_errors` (values,); `pull_shares`: density of
        toys per unit of the pull (values, bins), with `pull_edges`; `texts`: entries of the legend.
    """
    study = content.studies[signal]
    texts = [
        f"{item.injected:.3g}: mean {measured_text(item.pull_mean)}, "
        f"width {measured_text(item.pull_width)}{_without_a_pull(item)}"
        for item in study.summaries
    ]
    return {
        "signal": signal,
        "poi": study.poi,
        "axis": poi_label(study.poi, plots),
        "label": sample_label(signal, plots),
        "pull_edges": EDGES.tolist(),
        "pull_shares": [_shares(fits).tolist() for fits in study.fits],
        "injected": [item.injected for item in study.summaries],
        "bias": [item.bias.value for item in study.summaries],
        "bias_errors": [item.bias.error for item in study.summaries],
        "texts": texts,
        "line": line_text(study.line) if study.line else "",
    }


def _without_a_pull(item: ToySummary) -> str:
    """Text of the toys missing in the histogram of pulls."""
    counts = {"at a bound": item.at_bound, "without an error": item.without_error}
    counts["without a fit"] = item.failed
    texts = [f"{number:,} {why}" for why, number in counts.items() if number]
    return (
        f"\nnot shown: {', '.join(texts)} of {counted(item.toys + item.failed, 'toy', ',')}"
        if texts
        else ""
    )


def _shares(fits: ThrownFits) -> np.ndarray:
    """Density of the pulls (bins,)."""
    pairs = zip(fits.estimates, fits.errors, strict=True)
    pulls = np.array([(value - fits.injected) / error for value, error in pairs if error])
    counts, _ = np.histogram(np.clip(pulls, EDGES[0], EDGES[-1]), EDGES)
    return counts / max(len(pulls), 1) / np.diff(EDGES)


def draw_toys(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw the pulls, and below them the bias.

    Args:
        numbers: Numbers from `toy_numbers`.
        labels: Labels above the plot.
    """
    use_style()
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(10.0, 11.0), height_ratios=(3, 2))
    set_margins(figure, left=1.6)
    figure.subplots_adjust(hspace=0.3)
    add_labels(top, labels)
    _draw_pulls(top, numbers)
    _draw_bias(bottom, numbers)
    return figure


def _draw_pulls(ax: Axes, numbers: Mapping[str, Any]) -> None:
    edges = np.asarray(numbers["pull_edges"], np.float64)
    x = np.linspace(edges[0], edges[-1], 161)
    ax.plot(
        x, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), color=GRAY, linestyle="--", label="N(0, 1)"
    )
    colors = ["black", *COLORS, *SIGNAL_COLORS]
    name = numbers["axis"]
    rows = zip(numbers["pull_shares"], numbers["texts"], strict=True)
    for place, (shares, text) in enumerate(rows):
        color = colors[place % len(colors)]
        ax.stairs(shares, edges, color=color, linewidth=1.8, label=f"{name} = {text}")
    ax.set_xlim(edges[0], edges[-1])
    top = max([0.4, *(max(shares) for shares in numbers["pull_shares"])])
    lines = sum(text.count("\n") + 1 for text in numbers["texts"])
    ax.set_ylim(0, top * (1.4 + 0.12 * lines))
    ax.legend(loc="upper left", title=numbers["label"], fontsize=14, title_fontsize=16)
    ax.set_xlabel("(estimate − true value) / error")
    ax.set_ylabel("toys, density")


def _draw_bias(ax: Axes, numbers: Mapping[str, Any]) -> None:
    ax.axhline(0.0, color=GRAY, linestyle="--", linewidth=1.2)
    ax.errorbar(
        numbers["injected"], numbers["bias"], numbers["bias_errors"], color="black", fmt="o"
    )
    reach = max(
        abs(value) + 3 * error
        for value, error in zip(numbers["bias"], numbers["bias_errors"], strict=True)
    )
    if reach:
        ax.set_ylim(-reach, reach)
    ax.text(0.03, 0.06, numbers["line"], transform=ax.transAxes, fontsize=16)
    ax.set_xlabel(f"true {numbers['axis']}")
    ax.set_ylabel("bias")
