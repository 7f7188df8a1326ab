"""Bins with names instead of edges, such as categories: the names below a panel."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Tick
from matplotlib.figure import Figure

from wollemi.base.tex import tex_plain
from wollemi.plots.style import set_margins

LETTERS = 55  # of all names that fit below a panel of the usual width side by side
BOTTOM = 1.05  # inches below the panels of other plots
LABEL = 0.45  # inches that the label of the axis needs below the names
LARGE, SMALL = 18.0, 14.0  # sizes of the letters: side by side, and turned


def name_bins(
    ax: Axes,
    names: Sequence[str],
    letters: int = LETTERS,
    sizes: tuple[float, float] = (LARGE, SMALL),
) -> list[Tick]:
    """Write names below bins that are numbered from 1, turned where they would meet.

    Args:
        ax: the panel.
        names: one for each bin.
        letters: of all names that fit side by side.
        sizes: of the letters, side by side and turned.
    """
    turned = sum(map(len, map(tex_plain, names))) > letters
    ax.tick_params(axis="x", which="minor", length=0)
    return list(
        ax.set_xticks(
            np.arange(len(names)) + 1.0,
            names,
            rotation=40 if turned else 0,
            ha="right" if turned else "center",
            rotation_mode="anchor",
            fontsize=sizes[turned],
        )
    )


def make_room_for_names(figure: Figure, ax: Axes, names: Sequence[str], label: str = "") -> None:
    """Write names below the bins of a figure, and make it as much higher as they need.

    Args:
        figure: with panels above each other.
        ax: the lowest of them.
        names: one for each bin.
        label: of the axis, below them.
    """
    for panel in figure.axes:
        panel.tick_params(axis="x", which="minor", length=0)
    ticks = name_bins(ax, names)
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [tick.label1.get_window_extent(renderer) for tick in ticks]
    needed = max(box.height for box in boxes) / figure.dpi + 0.35 + (LABEL if label else 0.0)
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + needed - BOTTOM)
    set_margins(figure, bottom=needed)
