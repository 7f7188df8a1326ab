"""Showing a quick look: in the terminal, as a picture, and as YAML for an analysis file."""

import io
import json
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

import hist
import numpy as np

from wollemi.check.quick_look import AGAINST, NAME, Entries, Look
from wollemi.histograms.histogram import (
    Histogram,
    axes_of,
    axis_of,
    bin_edges,
    fill,
    from_sums,
    unit_of,
)
from wollemi_engine.expressions.labels import quantity_label
from wollemi_likelihood.base.errors import counted

COLOR = "#3f90da"  # first color of `wollemi.plots.style`, which takes time to import


def axis_of_bins(
    bins: tuple[int, float, float], label: str, unit: str = "", name: str = NAME
) -> hist.axis.Regular:
    """An axis as it would be in an analysis.

    Args:
        bins: Number of bins, lower and upper edge.
        label: Label of the axis.
        unit: Unit of the edges; empty for none.
        name: Name of the variable.
    """
    axis = hist.axis.Regular(*bins, name=name, label=label)
    vars(axis)["unit"] = unit
    return axis


def fill_hist(
    entries: Entries, bins: tuple[int, float, float], label: str, unit: str = ""
) -> Histogram:
    """The weighted histogram of entries, with bins as in an analysis.

    Args:
        entries: Values and weights.
        bins: Number of bins, lower and upper edge.
        label: Label of the axis.
        unit: Unit of the edges; empty for none.
    """
    axis = axis_of_bins(bins, label, unit)
    return from_sums(axis, *fill(bin_edges(axis), entries.values, entries.weights))


def terminal_text(histogram: Histogram, columns: int) -> str:
    """The histogram in characters."""
    from histoprint import print_hist

    text = io.StringIO()
    with redirect_stdout(text):
        print_hist(histogram, file=text, columns=columns, symbols="=", use_color=False)
    return text.getvalue().rstrip("\n")


def numbers_text(entries: Entries, histogram: Histogram) -> str:
    """Entries, sum of weights, mean, standard deviation, and sums outside the edges."""
    values, weights = entries.values, entries.weights
    total = float(weights.sum())
    mean = float(np.average(values, weights=weights)) if total else float("nan")
    width = (
        float(np.sqrt(max(np.average((values - mean) ** 2, weights=weights), 0.0)))
        if total
        else float("nan")
    )
    flow = histogram.values(flow=True)
    outside = f"underflow {flow[0]:.6g}, overflow {flow[-1]:.6g}"
    counts = (
        f"{counted(entries.events, 'event')}, {counted(values.size, 'entry')}, "
        f"sum of weights {total:.6g} ({outside})"
    )
    return f"{counts}; mean {mean:.5g}, width {width:.4g}"


def drawn_numbers(histogram: Histogram) -> dict[str, Any]:
    """Edges of each axis, and values and variances of the bins between them, as plain values."""
    return {
        "edges": [bin_edges(axis).tolist() for axis in axes_of(histogram)],
        "values": histogram.values().tolist(),
        "variances": histogram.variances().tolist(),
    }


def yaml_text(
    look: Look,
    axes: Sequence[Sequence[float]],
    per_object: bool,
    units: Sequence[str] = ("", ""),
) -> str:
    """YAML to paste into an analysis file.

    Args:
        look: Drawn quantities and selection.
        axes: Number of bins, lower and upper edge, for the quantity and for the second, if any.
        per_object: Whether an event can have several entries.
        units: Units of both quantities; empty for none.
    """
    lines, drawn = variable_yaml(look.expression, axes[0], per_object, units[0]), NAME
    if look.against:
        drawn = f"{NAME}_{AGAINST}"
        lines += variable_yaml(look.against, axes[1], per_object, units[1], AGAINST)[1:]
        lines.append(f"  {drawn}: {{axes: [{NAME}, {AGAINST}]}}")
    if look.where:
        lines += [
            "regions:",
            f"  {NAME}: {{selection: {_quoted(look.where)}, variable: {drawn}, role: validation}}",
        ]
    return "\n".join(lines)


def variable_yaml(
    expression: str, bins: Sequence[float], per_object: bool, unit: str = "", name: str = NAME
) -> list[str]:
    """YAML lines of a variable."""
    per = ", per: object" if per_object else ""
    axis = f"[{int(bins[0])}, {bins[1]:g}, {bins[2]:g}]"
    of_unit = f", unit: {unit}" if unit else ""
    return [
        "variables:",
        f"  {name}: {{expression: {_quoted(expression)}{per}, bins: {axis}, "
        f"label: {_quoted(quantity_label(expression))}{of_unit}}}",
    ]


def _quoted(text: str) -> str:
    """A string of YAML on one line, with quotes and backslashes."""
    return json.dumps(text, ensure_ascii=False)


def with_unit(label: str, unit: str) -> str:
    """A label of an axis with its unit in brackets."""
    return f"{label} [{unit}]" if unit else label


def titled(title: str, mark: str) -> dict[str, Any]:
    """Heading of a plot, as arguments of `Axes.set_title`.

    Args:
        title: Title of the plot.
        mark: Warning that every viewer must see, in bold.
    """
    heading = "\n".join(filter(None, (title, mark)))
    return {
        "label": heading,
        "loc": "left",
        "fontsize": 11,
        "fontweight": "bold" if mark else "normal",
    }


def picture(histogram: Histogram, label: str, title: str = "", mark: str = "") -> Any:
    """A figure of a histogram with its statistical uncertainties.

    Args:
        histogram: Histogram to draw.
        label: Label of the axis, or the expression of the quantity.
        title: Title above the plot.
        mark: Warning that every viewer must see, above the plot in bold.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), layout="constrained")
    ax = figure.subplots()
    axis = axis_of(histogram)
    errors = np.sqrt(histogram.variances())
    ax.stairs(histogram.values(), axis.edges, color=COLOR, linewidth=1.8)
    ax.errorbar(axis.centers, histogram.values(), errors, fmt="none", ecolor=COLOR, elinewidth=1.2)
    unit = unit_of(axis)
    ax.set(
        xlabel=with_unit(quantity_label(label), unit),
        ylabel=f"Entries / {axis.widths[0]:g} {unit}".rstrip(),
        xlim=(axis.edges[0], axis.edges[-1]),
    )
    ax.set_ylim(min(0.0, float(np.min(histogram.values() - errors))))
    ax.margins(x=0)
    ax.set_title(**titled(title, mark))
    return figure
