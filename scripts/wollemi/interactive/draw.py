"""Showing a quick look: in the terminal, as a picture, and as YAML for an analysis file."""

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

import hist
import numpy as np

from wollemi.histograms.histogram import Histogram, axis_of, bin_edges, fill, from_sums
from wollemi.interactive.quick_look import NAME, Entries, Look


def fill_hist(entries: Entries, bins: tuple[int, float, float], label: str) -> Histogram:
    """The weighted histogram of entries, with bins as in an analysis.

    Args:
        entries: values and weights.
        bins: number, lower and upper edge.
        label: of the axis.
    """
    axis = hist.axis.Regular(*bins, name=NAME, label=label)
    return from_sums(axis, *fill(bin_edges(axis), entries.values, entries.weights))


def terminal_text(histogram: Histogram, columns: int) -> str:
    """The histogram in characters."""
    from histoprint import print_hist

    text = io.StringIO()
    with redirect_stdout(text):
        print_hist(histogram, file=text, columns=columns, symbols="=", use_color=False)
    return text.getvalue().rstrip("\n")


def numbers_text(entries: Entries, histogram: Histogram) -> str:
    """Entries, sum of weights, mean, standard deviation, and what lies outside the edges."""
    values, weights = entries.values, entries.weights
    total = float(weights.sum())
    mean = float(np.average(values, weights=weights)) if total else float("nan")
    width = (
        float(np.sqrt(max(np.average((values - mean) ** 2, weights=weights), 0.0)))
        if total
        else float("nan")
    )
    flow = histogram.values(flow=True)
    outside = f"below {flow[0]:.6g}, above {flow[-1]:.6g}"
    counts = (
        f"{entries.events} events, {values.size} entries, sum of weights {total:.6g} ({outside})"
    )
    return f"{counts}; mean {mean:.5g}, width {width:.4g}"


def yaml_text(look: Look, bins: Sequence[float], per_object: bool) -> str:
    """YAML to paste into an analysis file."""
    lines = variable_yaml(look.expression, bins, per_object)
    if look.where:
        lines += [
            "regions:",
            f'  {NAME}: {{selection: "{look.where}", variable: {NAME}, role: validation}}',
        ]
    return "\n".join(lines)


def variable_yaml(expression: str, bins: Sequence[float], per_object: bool) -> list[str]:
    """The lines of a variable."""
    per = ", per: object" if per_object else ""
    axis = f"[{int(bins[0])}, {bins[1]:g}, {bins[2]:g}]"
    return [
        "variables:",
        f'  {NAME}: {{expression: "{expression}"{per}, bins: {axis}, label: "{expression}"}}',
    ]


def picture(histogram: Histogram, label: str, title: str = "", mark: str = "") -> Any:
    """A figure of a histogram with its statistical uncertainties.

    Args:
        histogram: what to draw.
        label: of the axis.
        title: above it.
        mark: what everybody must know who sees it, above it in bold.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), layout="constrained")
    ax = figure.subplots()
    axis = axis_of(histogram)
    errors = np.sqrt(histogram.variances())
    ax.stairs(histogram.values(), axis.edges, color="#3f90da", linewidth=1.8)
    ax.errorbar(
        axis.centers, histogram.values(), errors, fmt="none", ecolor="#3f90da", elinewidth=1.2
    )
    ax.set(
        xlabel=label, ylabel=f"Entries / {axis.widths[0]:g}", xlim=(axis.edges[0], axis.edges[-1])
    )
    ax.set_ylim(min(0.0, float(np.min(histogram.values() - errors))))
    ax.margins(x=0)
    weight = "bold" if mark else "normal"
    heading = "\n".join(filter(None, (title, mark)))
    ax.set_title(heading, loc="left", fontsize=11, fontweight=weight)
    return figure
