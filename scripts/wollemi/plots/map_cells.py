"""Maps of two axes as cells of equal size, with their numbers: bins as wide as they are would have
no room for them.
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

WIDTH = 9.6  # inches of a panel with its scale of colors
MOST_NUMBERED = 12  # cells side by side in which numbers can be read
MOST_TICKS = 13  # edges at an axis
LARGEST, SMALLEST = 16.0, 7.5  # sizes of the letters in cells


def panel_row(number: int) -> tuple[Figure, list[Axes]]:
    """A figure with panels side by side, each with room for its scale of colors."""
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
    """Draw one map: a color and, in few cells, the number and its interval in each.

    Args:
        ax: the panel.
        axes: `label` and `edges` of both axes.
        panel: its `label`, and `values` with `low` and `high`, if there are (first axis, second
            axis).
        scale: of the colors.
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
    """Edges as ticks; of many, each second, third, and so on."""
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
        value: the number.
        below: distance to the lower end of its interval; None: it has none.
        above: distance to the upper end.
    """
    if below is None or above is None:
        return f"{value:.3g}"
    smallest = min((size for size in (below, above) if size > 0), default=0.01)
    digits = min(max(1 - floor(log10(smallest)), 0), 4)
    down, up = (f"{size:.{digits}f}" for size in (below, above))
    errors = f"±{up}" if up == down else f"+{up}\n−{down}"
    return f"{value:.{digits}f}\n{errors}"
