"""Maps of two axes as cells of equal size, with their numbers; bins drawn to scale are too narrow
for numbers.
"""

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from wollemi.plots.style import COLOR_MAP, TITLE_PAD, set_margins, use_style

WIDTH = 9.6  # inches of a panel with its color scale
MOST_NUMBERED = 12  # most cells side by side in which numbers are readable
MOST_TICKS = 13  # most edges labeled on an axis
LARGEST, SMALLEST = 16.0, 7.5  # font sizes in cells, in points


def panel_row(number: int) -> tuple[Figure, list[Axes]]:
    """A figure with panels side by side, each with room for its color scale."""
    use_style()
    figure, axes = plt.subplots(1, number, figsize=(1.2 + WIDTH * number, 9.0), squeeze=False)
    set_margins(figure, right=1.9, top=1.1, bottom=1.35)
    figure.subplots_adjust(wspace=0.42)
    return figure, list(axes[0])


def draw_cells(
    ax: Axes,
    axes: Sequence[Mapping[str, Any]],
    panel: Mapping[str, Any],
    scale: Normalize,
) -> None:
    """Draw one map: a color per cell and, if cells are few, its number and interval.

    Args:
        ax: Panel to draw on.
        axes: The `label` and `edges` of both axes.
        panel: Its `label`, and `values` with `low` and `high`, if available, shape (first axis,
            second axis).
        scale: Color scale.
    """
    values = np.array(panel["values"], np.float64)
    places = [np.arange(size + 1.0) for size in values.shape]
    image = ax.pcolormesh(*places, values.T, cmap=COLOR_MAP, norm=scale)
    if max(values.shape) <= MOST_NUMBERED:
        _write_numbers(ax, panel, values, scale)
    for axis, which in zip((ax.xaxis, ax.yaxis), axes, strict=True):
        _name_edges(axis, which["edges"])
    ax.tick_params(axis="x", rotation=40 if values.shape[0] > MOST_NUMBERED // 2 else 0)
    ax.set_xlabel(axes[0]["label"])
    ax.set_ylabel(axes[1]["label"])
    ax.set_title(panel["label"], loc="right", fontsize=20, pad=TITLE_PAD)
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.colorbar(image, cax=ax.inset_axes((1.03, 0.0, 0.045, 1.0)))


def _name_edges(axis: Any, edges: Sequence[float]) -> None:
    """Label the edges as ticks; if there are many, every second, third, and so on."""
    step = (len(edges) - 1) // MOST_TICKS + 1
    shown = range(0, len(edges), step)
    axis.set_ticks([*shown], [f"{edges[place]:g}" for place in shown], fontsize=16)
    axis.set_minor_locator(NullLocator())


def _write_numbers(
    ax: Axes, panel: Mapping[str, Any], values: np.ndarray[Any, Any], scale: Normalize
) -> None:
    low, high = (np.array(panel.get(key, values), np.float64) for key in ("low", "high"))
    size = min(LARGEST, max(SMALLEST, 110.0 / values.shape[0]))
    for row, column in np.ndindex(values.shape):
        value = float(values[row, column])
        ends = (value - low[row, column], high[row, column] - value) if "low" in panel else ()
        ax.text(
            row + 0.5,
            column + 0.5,
            cell_text(value, *map(float, ends)),
            ha="center",
            va="center",
            fontsize=size,
            color="white" if scale(value) < 0.6 else "black",
        )


def cell_text(value: float, below: float | None = None, above: float | None = None) -> str:
    """A number with its interval, below it; the errors have two digits, up to four decimals.

    Args:
        value: Central value.
        below: Distance to the lower end of its interval; None without an interval.
        above: Distance to the upper end.
    """
    if below is None or above is None:
        return f"{value:.3g}"
    smallest = min((size for size in (below, above) if size > 0), default=0.01)
    digits = min(max(1 - floor(log10(smallest)), 0), 4)
    down, up = (f"{size:.{digits}f}" for size in (below, above))
    errors = f"±{up}" if up == down else f"+{up}\n−{down}"
    return f"{value:.{digits}f}\n{errors}"
