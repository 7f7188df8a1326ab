"""Bins with names instead of edges, for example categories: the names below a panel."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Tick
from matplotlib.figure import Figure

from wollemi.base.tex import tex_plain
from wollemi.plots.style import set_margins

LETTERS = 55  # total length of names that fit side by side below a panel of the usual width
BOTTOM = 1.05  # inches below the panels of other plots
LABEL = 0.45  # inches that the label of the axis needs below the names
LARGE, SMALL = 18.0, 14.0  # font sizes in points: side by side, and rotated


def name_bins(
    ax: Axes,
    names: Sequence[str],
    letters: int = LETTERS,
    sizes: tuple[float, float] = (LARGE, SMALL),
) -> list[Tick]:
    """Write names below bins that are numbered from 1, rotated where they would overlap.

    Args:
        ax: Panel to draw on.
        names: Names, one per bin.
        letters: Total length of names that fit side by side.
        sizes: Font sizes in points, side by side and rotated.
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
    """Write names below the bins of a figure, and increase its height by the room they need.

    Args:
        figure: Figure with panels above each other.
        ax: The lowest panel.
        names: Names, one per bin.
        label: Label of the axis, below the names.
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
