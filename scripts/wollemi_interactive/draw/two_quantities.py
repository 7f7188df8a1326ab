"""Two quantities of the same entries: a histogram with two axes, and the mean of one quantity in
bins of the other.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from wollemi.base.rounding import significant, with_error
from wollemi.check.quick_look import Entries
from wollemi.histograms.histogram import (
    Axis,
    Histogram,
    axes_of,
    bin_edges,
    fill_axes,
    from_sums,
    label_of,
    unit_of,
)
from wollemi_engine.expressions.labels import quantity_label
from wollemi_interactive.draw.draw import COLOR, titled, with_unit
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import counted

SHADES = " .:-=+*#%@"  # few to many entries
LINES = 25  # of text, for the second axis
MARGIN = 12  # columns of text, for the numbers next to the plot


@dataclass(frozen=True)
class Profile:
    """The mean of a second quantity in bins of a first one.

    Args:
        axis: Axis of the first quantity.
        label: Label of the second quantity.
        unit: Unit of the second quantity; empty for none.
        entries: Number of entries in each bin, shape (bins,).
        mean: Means, shape (bins,); NaN without entries or without a positive sum of weights.
        error: Errors of the means, shape (bins,); NaN also for a single entry.
    """

    axis: Axis
    label: str
    unit: str
    entries: Floats
    mean: Floats
    error: Floats


def fill_plane(entries: Entries, axes: tuple[Axis, Axis]) -> Histogram:
    """The weighted histogram of both quantities."""
    edges, values = [bin_edges(axis) for axis in axes], [entries.values, _against(entries)]
    sums = fill_axes(edges, values, entries.weights)
    return from_sums(axes, *(part.reshape([end.size + 1 for end in edges]) for part in sums))


def make_profile(entries: Entries, axis: Axis, label: str, unit: str = "") -> Profile:
    """The mean of the second quantity in bins of the first, with its error, from the values
    themselves rather than from bin centers.

    In a bin, ȳ = Σ wᵢ yᵢ / Σ wᵢ, and its error is √(Σ wᵢ² (yᵢ - ȳ)²) / Σ wᵢ, the variance of a
    ratio of two sums to first order in their fluctuations (W. G. Cochran, Sampling Techniques, 3rd
    ed., 1977, section 2.11; for weighted means D. F. Gatz and L. Smith, Atmos. Environ. 29 (1995)
    1185). With equal weights it is the standard deviation divided by √N, as in ROOT's TProfile.
    Otherwise TProfile multiplies the weighted standard deviation by √(Σ wᵢ²) / Σ wᵢ, as if weights
    were independent of values.

    Args:
        entries: Entries with values of both quantities.
        axis: Axis of the first quantity.
        label: Label of the second quantity.
        unit: Unit of the second quantity; empty for none.
    """
    edges, y, w = bin_edges(axis), _against(entries), entries.weights
    index = np.searchsorted(edges, entries.values, side="right")

    def sums(of: Floats) -> Floats:
        return np.asarray(np.bincount(index, of, edges.size + 1), np.float64)

    total, number = sums(w), np.bincount(index, minlength=edges.size + 1)
    total = np.where((total > 0) & (number > 0), total, np.nan)
    mean = sums(w * y) / total
    error = np.sqrt(sums((w * (y - mean[index])) ** 2)) / total
    error = np.where(number > 1, error, np.nan)
    inside = slice(1, -1)
    return Profile(axis, label, unit, number[inside].astype(float), mean[inside], error[inside])


def _against(entries: Entries) -> Floats:
    assert entries.against is not None
    return entries.against


def plane_text(histogram: Histogram, columns: int) -> str:
    """The histogram as shades of characters, with the second axis upward.

    Args:
        histogram: Histogram with two axes.
        columns: Width of the terminal in characters.
    """
    first, second = axes_of(histogram)
    width = -(-first.size // max(columns - MARGIN, 10))
    height = -(-second.size // LINES)
    values = _joined(_joined(histogram.values(), width, 0), height, 1)
    largest = values.max(initial=0.0)
    share = np.clip(values / largest if largest > 0 else values, 0, 1)
    # Every bin with entries is visible.
    shades = np.ceil(share * (len(SHADES) - 1)).astype(int)
    lines = [with_unit(label_of(second), unit_of(second))]
    for row in range(shades.shape[1] - 1, -1, -1):
        edge = f"{second.edges[row * height]:.4g}"
        lines.append(f"{edge:>{MARGIN - 2}} |" + "".join(SHADES[shade] for shade in shades[:, row]))
    ends = f"{first.edges[0]:.4g}", f"{first.edges[-1]:.4g}"
    gap = max(shades.shape[0] - len(ends[0]), 1)
    lines.append(" " * (MARGIN - 2) + " +" + "-" * shades.shape[0])
    lines.append(" " * MARGIN + f"{ends[0]}{ends[1]:>{gap}}")
    lines.append(" " * MARGIN + with_unit(label_of(first), unit_of(first)))
    return "\n".join(lines)


def _joined(values: Floats, number: int, axis: int) -> Floats:
    """Sums of `number` neighbors along an axis."""
    return np.add.reduceat(values, np.arange(0, values.shape[axis], number), axis)


def profile_numbers(profile: Profile) -> dict[str, Any]:
    """Edges, means and their errors as plain values, with None for NaN."""
    columns = {"mean": profile.mean, "error": profile.error}
    numbers = {
        name: [float(value) if np.isfinite(value) else None for value in values]
        for name, values in columns.items()
    }
    return {"edges": [bin_edges(profile.axis).tolist()], **numbers}


def plane_numbers_text(entries: Entries, *axes: Axis) -> str:
    """Entries, sum of weights, sum outside the edges, and the correlation.

    Args:
        entries: Entries with values of both quantities.
        axes: Axes of both quantities, or of the first alone if the second has no edges.
    """
    x, y, weights = entries.values, _against(entries), entries.weights
    outside = np.zeros(x.size, np.bool_)
    for axis, values in zip(axes, (x, y), strict=False):
        edges = bin_edges(axis)
        outside |= (values < edges[0]) | (values >= edges[-1])
    correlation = _correlation(x, y, weights)
    note = f"; correlation {correlation:.3f}" if np.isfinite(correlation) else ""
    counts = (
        f"{counted(entries.events, 'event')}, {counted(x.size, 'entry')}, sum of weights "
        f"{weights.sum():.6g}"
    )
    return f"{counts} (outside {weights[outside].sum():.6g}){note}"


def _correlation(x: Floats, y: Floats, weights: Floats) -> float:
    """Correlation of the weighted entries; NaN if it is undefined, as for a single entry, or if
    negative weights push it outside −1 to 1.
    """
    total = weights.sum()
    if not total > 0:
        return float("nan")
    dx, dy = (values - np.sum(weights * values) / total for values in (x, y))
    spreads = np.sum(weights * dx**2), np.sum(weights * dy**2)
    if not min(spreads) > 0:
        return float("nan")
    found = float(np.sum(weights * dx * dy) / np.sqrt(spreads[0] * spreads[1]))
    return found if abs(found) <= 1 + 1e-9 else float("nan")


def profile_text(profile: Profile) -> str:
    """One line per bin with entries: its edges, mean and error, number of entries."""
    edges = profile.axis.edges
    bins = [f"{low:.6g} – {high:.6g}" for low, high in pairwise(edges)]
    means = [
        with_error(mean, error) if np.isfinite(error) and error > 0 else significant(mean)
        for mean, error in zip(profile.mean, profile.error, strict=True)
    ]
    label = with_unit(label_of(profile.axis), unit_of(profile.axis))
    head = (label, f"mean of {with_unit(profile.label, profile.unit)}", "entries")
    rows = [
        (text, mean, f"{number:.0f}")
        for text, mean, number in zip(bins, means, profile.entries, strict=True)
        if number
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        for row in (head, *rows)
    )


def plane_picture(histogram: Histogram, title: str = "", mark: str = "") -> Any:
    """A figure of a histogram with two axes as colors; bins without entries are white.

    Args:
        histogram: Histogram to draw.
        title: Title above the plot.
        mark: Warning that every viewer must see, above the plot in bold.
    """
    from wollemi.plots.style import COLOR_MAP  # imports mplhep, which a terminal does not need

    figure, ax = _panel(9.0)
    first, second = axes_of(histogram)
    values = histogram.values()
    shown = np.where(histogram.variances() > 0, values, np.nan)
    image = ax.pcolormesh(first.edges, second.edges, shown.T, cmap=COLOR_MAP)
    figure.colorbar(image, ax=ax, label="Entries per bin")
    ax.set(
        xlabel=with_unit(quantity_label(label_of(first)), unit_of(first)),
        ylabel=with_unit(quantity_label(label_of(second)), unit_of(second)),
    )
    ax.set_title(**titled(title, mark))
    return figure


def profile_picture(profile: Profile, title: str = "", mark: str = "") -> Any:
    """A figure of means with their errors; see `plane_picture`."""
    figure, ax = _panel(8.0)
    axis = profile.axis
    ax.errorbar(
        axis.centers,
        profile.mean,
        np.nan_to_num(profile.error),
        axis.widths / 2,
        fmt="o",
        color=COLOR,
        markersize=4,
        elinewidth=1.2,
    )
    ax.set(
        xlabel=with_unit(quantity_label(label_of(axis)), unit_of(axis)),
        ylabel=f"Mean of {with_unit(quantity_label(profile.label), profile.unit)}",
        xlim=(axis.edges[0], axis.edges[-1]),
    )
    ax.set_title(**titled(title, mark))
    return figure


def _panel(width: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 6), layout="constrained")
    return figure, figure.subplots()
