"""Bins of all fitted regions in the order of their signal-to-background ratio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wollemi.plots.stack import plain, without_blinded
from wollemi.plots.stack_drawing import MARKER
from wollemi.plots.style import (
    LABEL_X,
    SIGNAL_COLORS,
    PlotLabels,
    add_labels,
    axes_box,
    make_room,
    ratio_panels,
    sample_label,
)
from wollemi.results.fit import FitResult
from wollemi.results.intervals import poisson_interval
from wollemi.results.marks import data_label
from wollemi_likelihood.base.arrays import Flags, Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

STEP = 0.5  # bin width in log10(S/B)
ARRAYS = ("edges", "background", "fitted", "expected", "observed", "low", "high")
MOST_STEPS = 10  # lower ratios enter the first bin
BACKGROUND = "#94a4a2"
FITTED: dict[str, Any] = {"color": SIGNAL_COLORS[0], "linewidth": 2.2}
EXPECTED: dict[str, Any] = {"color": "black", "linewidth": 2.0, "linestyle": "--"}


def ordered_numbers(
    fit: FitResult, signal: str, hidden: Mapping[str, Flags | None], plots: Plots, marks: list[str]
) -> dict[str, Any]:
    """Sums of bins by log10(S/B), as in ATLAS and CMS searches with many regions: S is the signal
    before the fit, B everything else after it.

    Args:
        fit: Fit with the signal.
        signal: Name of its sample.
        hidden: Fitted region → flags of bins whose data are hidden (bins,), or None.
        plots: Section `plots`, with the labels.
        marks: Marks of the run.

    Returns:
        Numbers by key: `edges`, and in each bin `background`, `fitted` and `expected` signal, and
        `observed` events with their 68.3 % interval, `low` and `high`, null where some of them are
        hidden. Bins without signal enter the first one, bins without background the last.
    """
    found = [_region(fit, signal, region, flags) for region, flags in hidden.items()]
    expected, fitted, background, observed = (
        np.concatenate(arrays) for arrays in zip(*found, strict=True)
    )
    index, edges = ordered_bins(expected, background)
    sums: dict[str, Floats] = {
        name: np.asarray(np.bincount(index, array, edges.size - 1), np.float64)
        for name, array in (
            ("background", background),
            ("fitted", fitted),
            ("expected", expected),
            ("observed", observed),
        )
    }
    low, high = poisson_interval(np.nan_to_num(sums["observed"]))
    is_hidden = np.isnan(sums["observed"])
    intervals = {"low": low, "high": high}
    sums |= {name: np.where(is_hidden, np.nan, end) for name, end in intervals.items()}
    return {
        "signal_to_background": signal,
        "label": sample_label(signal, plots),
        "data_label": data_label(plots.data_label, marks),
        "edges": edges.tolist(),
        **{name: plain(array) for name, array in sums.items()},
    }


def _region(
    fit: FitResult, signal: str, region: str, hidden: Flags | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Signal before and after the fit, background and data, each of shape (bins,)."""
    before, after = fit.yields.prefit[region], fit.yields.postfit[region]
    nothing = (0.0,) * len(after.total)
    fitted = np.asarray(after.samples.get(signal, nothing))
    return (
        np.asarray(before.samples.get(signal, nothing)),
        fitted,
        np.asarray(after.total) - fitted,
        without_blinded(np.asarray(fit.observed[region], np.float64), hidden),
    )


def ordered_bins(signal: Floats, background: Floats) -> tuple[Any, Floats]:
    """Assign bins to intervals of log10(S/B).

    Args:
        signal: Signal events, shape (bins,).
        background: Background events, shape (bins,).

    Returns:
        Index of the interval (bins,), and interval edges, which are multiples of `STEP`.
    """
    known = (signal > 0) & (background > 0)
    ratio = np.where(signal > 0, np.inf, -np.inf)
    ratio[known] = np.log10(signal[known] / background[known])
    steps = np.floor(ratio[known] / STEP) if known.any() else np.zeros(1)
    last = steps.max()
    first = max(steps.min(), last - MOST_STEPS + 1)
    index = np.clip(np.floor(ratio / STEP), first, last) - first
    return index.astype(int), STEP * np.arange(first, last + 2)


def draw_ordered(numbers: Mapping[str, Any], labels: PlotLabels) -> Figure:
    """Draw the sums, and below them data minus background B in units of √B.

    Args:
        numbers: Numbers from `ordered_numbers`.
        labels: Labels above the plot.
    """
    figure, ax, lower = ratio_panels()
    add_labels(ax, labels)
    arrays = {
        name: np.array([np.nan if value is None else value for value in numbers[name]], np.float64)
        for name in ARRAYS
    }
    _draw_sums(ax, arrays, numbers)
    _draw_excess(lower, arrays)
    lower.set_xlabel(r"$\log_{10}(S/B)$")
    return figure


def _draw_sums(ax: Axes, arrays: Mapping[str, Floats], numbers: Mapping[str, Any]) -> None:
    edges, background = arrays["edges"], arrays["background"]
    fitted, expected = background + arrays["fitted"], background + arrays["expected"]
    ax.set_yscale("log")
    ax.set_xlim(edges[0], edges[-1])
    label = numbers["label"]
    ax.stairs(background, edges, fill=True, color=BACKGROUND, label="Background")
    ax.stairs(
        fitted, edges, baseline=background, fill=True, color=FITTED["color"], label=f"{label}, fit"
    )
    ax.stairs(expected, edges, baseline=None, label=f"{label}, before the fit", **EXPECTED)
    centers = (edges[1:] + edges[:-1]) / 2
    # Nothing is drawn in intervals without bins of the fit.
    there = (background + arrays["expected"] > 0) | (arrays["observed"] > 0)
    low, high = (np.where(there, arrays[name], np.nan) for name in ("low", "high"))
    ax.vlines(centers, low, high, color="black", linewidth=1.4, zorder=5)
    points = np.where(arrays["observed"] > 0, arrays["observed"], np.nan)
    ax.plot(centers, points, markersize=6.5, label=numbers["data_label"], **MARKER)
    ax.set_ylabel("Events")
    ax.yaxis.set_label_coords(LABEL_X, 1.0)
    text = ax.text(
        0.04,
        0.96,
        "All fitted regions\nPost-fit",
        transform=ax.transAxes,
        va="top",
        fontsize=20,
        linespacing=1.4,
    )
    tops = np.max([fitted, expected, np.nan_to_num(high)], axis=0)
    seen = tops[tops > 0]
    bottom = 0.3 * float(min(seen.min(), 1.0)) if seen.size else 0.1
    ax.set_ylim(bottom, bottom * 10)
    legend = ax.legend(loc="upper right", bbox_to_anchor=(0.99, 0.97))
    make_room(ax, edges, tops, [axes_box(ax, text), axes_box(ax, legend)], bottom)


def _draw_excess(ax: Axes, arrays: Mapping[str, Floats]) -> None:
    edges, background = arrays["edges"], arrays["background"]
    root = np.sqrt(np.where(background > 0, background, np.nan))
    centers = (edges[1:] + edges[:-1]) / 2
    excess, low, high = ((arrays[name] - background) / root for name in ("observed", "low", "high"))
    ax.axhline(0.0, color="black", linewidth=1.0)
    ax.stairs(arrays["fitted"] / root, edges, baseline=None, **FITTED)
    ax.stairs(arrays["expected"] / root, edges, baseline=None, **EXPECTED)
    ax.vlines(centers, low, high, color="black", linewidth=1.4, zorder=5)
    ax.plot(centers, excess, markersize=6.5, **MARKER)
    ends = np.concatenate([excess, low, high, arrays["fitted"] / root, [-2.0, 2.0]])
    ends = ends[np.isfinite(ends)]
    # A signal far from the data may leave the panel.
    expected = np.nan_to_num(arrays["expected"] / root)
    ends = np.append(ends, min(float(expected.max()), 2 * float(ends.max())))
    ax.set_ylim(1.15 * float(ends.min()), 1.15 * float(ends.max()))
    ax.set_ylabel(r"(Data $-$ B) / $\sqrt{B}$", loc="center", fontsize=18)
    ax.yaxis.set_label_coords(LABEL_X, 0.5)
