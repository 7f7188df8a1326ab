"""The plot of the excluded region of a two-dimensional grid of signals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.tri import Triangulation

from wollemi.base.rounding import significant
from wollemi.plots.grid_surface import surface
from wollemi.plots.overlay_drawing import draw_overlays
from wollemi.plots.style import PlotLabels, add_labels, single_panel
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.limit_floor import fewest_signal_events

OBSERVED, EXPECTED, EXCLUDED = "#bd1f01", "black", "#f4d9d3"
STYLES: dict[str, dict[str, Any]] = {
    "expected_minus_1sigma": {"color": EXPECTED, "linestyle": ":", "linewidth": 1.8},
    "expected_plus_1sigma": {"color": EXPECTED, "linestyle": ":", "linewidth": 1.8},
    "expected": {"color": EXPECTED, "linestyle": "--", "linewidth": 2.2},
    "observed_theory_down": {"color": OBSERVED, "linestyle": ":", "linewidth": 1.8},
    "observed_theory_up": {"color": OBSERVED, "linestyle": ":", "linewidth": 1.8},
    "observed": {"color": OBSERVED, "linestyle": "-", "linewidth": 2.6},
}
NO_LIMIT: dict[str, Any] = {
    "linestyle": "",
    "marker": "o",
    "markersize": 7,
    "color": "white",
    "markeredgecolor": "#717581",
}
# Fractions of the range of the points: for the legend above them, and around them.
HEADROOM, MARGIN = 0.42, 0.07
ROW = 0.07  # additional headroom per row of overlaid curves
MOST_NUMBERS = 60  # above this, limits beside their points are unreadable


def draw_contour(numbers: Mapping[str, Any], level: float, labels: PlotLabels) -> Figure:
    """Draw the contours and the points with their limits, and shade the excluded region.

    Args:
        numbers: Numbers from `contour_numbers`.
        level: Confidence level.
        labels: Labels above the plot.
    """
    figure, ax = single_panel()
    add_labels(ax, labels)
    points = numbers["points"]
    x, y = (np.array([point[axis] for point in points], np.float64) for axis in ("x", "y"))
    blinded = "observed" not in numbers["contours"]
    shown = np.array(
        [point["expected"][2] if blinded else point["observed"] for point in points], np.float64
    )
    ax.set_xlim(x.min() - MARGIN * np.ptp(x), x.max() + MARGIN * np.ptp(x))
    others = draw_overlays(ax, numbers, zorder=4.5)
    extra = max(0, len(others) - 1) // 2
    ax.set_ylim(y.min() - MARGIN * np.ptp(y), y.max() + (HEADROOM + extra * ROW) * np.ptp(y))
    method = numbers.get("interpolation", "linear")
    grid = Triangulation(x, y, numbers["triangles"])
    _light_excluded(ax, *surface(grid, np.log10(shown), method))
    for name, style in STYLES.items():
        for line in numbers["contours"].get(name, []):
            ax.plot(*np.transpose(line), zorder=4, **style)
    ax.plot(x, y, linestyle="", marker="o", markersize=4, color="#717581", zorder=5)
    low = np.array([_is_no_limit(point, blinded) for point in points])
    if low.any():
        ax.plot(x[low], y[low], zorder=5.5, **NO_LIMIT)
    if len(points) <= MOST_NUMBERS:
        _write_limits(ax, x, y, shown)
    ax.set_xlabel(numbers["axes"][0])
    ax.set_ylabel(numbers["axes"][1])
    _legend(ax, numbers, level, blinded, others)
    return figure


def _is_no_limit(point: Mapping[str, Any], blinded: bool) -> bool:
    """Whether the limit shown at a point is below any possible CLs limit."""
    return ("expected" if blinded else "observed") in point.get("below_floor", ())


def _write_limits(ax: Axes, x: Floats, y: Floats, limits: Floats) -> None:
    """Write each point's limit above it, with a white outline where lines cross it."""
    rim = [withStroke(linewidth=3, foreground="white")]
    style: dict[str, Any] = {
        "textcoords": "offset points",
        "ha": "center",
        "fontsize": 11,
        "zorder": 6,
        "path_effects": rim,
    }
    for place_x, place_y, limit in zip(x, y, limits, strict=True):
        ax.annotate(significant(limit), (place_x, place_y), (0, 5), **style)


def _light_excluded(ax: Axes, triangulation: Triangulation, heights: Floats) -> None:
    if heights.min() < 0:
        ax.tricontourf(
            triangulation, heights, levels=[heights.min() - 1, 0.0], colors=[EXCLUDED], zorder=1
        )


def _legend(
    ax: Axes,
    numbers: Mapping[str, Any],
    level: float,
    blinded: bool,
    others: Sequence[tuple[str, Artist]],
) -> None:
    """Draw the legend; its title lists the contours that do not cross the grid."""
    kind, contours = "expected" if blinded else "observed", numbers["contours"]
    theory = next(
        (name for name in ("observed_theory_up", "observed_theory_down") if contours.get(name)), ""
    )
    names = {"observed": "Observed", theory: "Observed ±1σ of theory"}
    names |= {"expected": "Expected", "expected_plus_1sigma": "Expected ±1σ"}
    entries: list[tuple[str, Artist]] = [
        (label, Line2D([], [], **STYLES[name]))
        for name, label in names.items()
        if contours.get(name)
    ]
    entries.append((f"Excluded ({kind})", Patch(color=EXCLUDED)))
    entries.append(
        (
            f"Points, {kind} limit on µ",
            Line2D([], [], linestyle="", marker="o", markersize=4, color="#717581"),
        )
    )
    if any(_is_no_limit(point, blinded) for point in numbers["points"]):
        entries.append(
            (
                f"No limit: below {fewest_signal_events(level):.1f} events",
                Line2D([], [], **NO_LIMIT),
            )
        )
    entries += others
    title = f"{100 * level:g} % CL exclusion of a signal strength µ = 1"
    verdict = numbers["verdict"].get(kind)
    title += f"\n({verdict})" if verdict else ""
    labels, handles = zip(*entries, strict=True)
    ax.legend(
        handles,
        labels,
        loc="upper left",
        ncols=2,
        title=title,
        title_fontsize=17,
        fontsize=15,
        alignment="left",
        borderaxespad=0.8,
    )
