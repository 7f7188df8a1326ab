"""The plot of the goodness of fit: test statistics of toys and data."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.base.rounding import significant
from wollemi.plots.style import COLORS, PlotLabels, add_labels, set_margins, use_style
from wollemi.results.toy_goodness import STATISTICS, Goodness
from wollemi.results.toy_goodness_text import p_value_text
from wollemi_likelihood.base.errors import counted

RED = "#bd1f01"
BINS = 30


def goodness_numbers(content: Goodness) -> dict[str, Any]:
    """The numbers of the plot.

    Args:
        content: Content of `goodness.json`.

    Returns:
        Numbers by key: `statistics`: name → `title`, `edges` (bins + 1,), `toys` (bins,),
        `observed` and `text` (None without observed values); `asymptotic`: p-value of the saturated
        model from χ²; `failed`: number of toys without a fit.
    """
    return {
        "fit": content.fit,
        "statistics": {name: _numbers(content, name) for name in STATISTICS},
        "thrown": content.thrown,
        "failed": content.failed,
        "asymptotic": None if content.asymptotic is None else content.asymptotic.p_value,
        "no_observed": content.no_observed,
    }


def _numbers(content: Goodness, name: str) -> dict[str, Any]:
    values = np.asarray(content.toys[name], np.float64)
    test = content.tests[name] if content.tests else None
    ends = [*values.tolist(), *([] if test is None else [test.observed])]
    edges = np.linspace(min(ends), max(ends) * 1.02 + 1e-9, BINS + 1)
    return {
        "title": STATISTICS[name],
        "edges": edges.tolist(),
        "toys": np.histogram(values, edges)[0].tolist(),
        "observed": None if test is None else test.observed,
        "text": None if test is None else p_value_text(test, content.thrown),
    }


def draw_goodness(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw the toys of each test statistic as a histogram in a separate panel, and the data as a
    line.

    Args:
        numbers: Numbers from `goodness_numbers`.
        labels: Labels above the plot.
    """
    use_style()
    figure, panels = plt.subplots(3, 1, figsize=(10.0, 13.5))
    set_margins(figure)
    figure.subplots_adjust(hspace=0.28)
    add_labels(panels[0], labels)
    for ax, found in zip(panels, numbers["statistics"].values(), strict=True):
        _draw_panel(ax, found)
    panels[1].set_ylabel("toys")
    if not numbers["no_observed"]:
        panels[0].legend(loc="upper left")
    said = counted(numbers["thrown"], "toy", ",")
    said += f", {numbers['failed']} without a fit" if numbers["failed"] else ""
    said += f"\n{numbers['no_observed']}" if numbers["no_observed"] else ""
    if numbers["asymptotic"] is not None:
        said += f"\nχ²: p = {significant(numbers['asymptotic'])}"
    panels[0].text(
        0.97, 0.72, said, transform=panels[0].transAxes, ha="right", va="top", fontsize=17
    )
    return figure


def _draw_panel(ax: Axes, found: Mapping[str, Any]) -> None:
    edges, toys = np.asarray(found["edges"]), np.asarray(found["toys"])
    ax.stairs(toys, edges, color=COLORS[0], fill=True, alpha=0.5)
    ax.stairs(toys, edges, color=COLORS[0], linewidth=1.6)
    top = 1.35 * max(int(toys.max()), 1)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, top)
    text = found["title"]
    if found["observed"] is not None:
        ax.vlines(found["observed"], 0, 0.7 * top, color=RED, linewidth=2.4, label="Observed")
        text += f": {found['text']}"
    ax.text(0.97, 0.92, text, transform=ax.transAxes, ha="right", va="top", fontsize=19)
    ax.set_xlabel(f"test statistic, {found['title']}", fontsize=18)
