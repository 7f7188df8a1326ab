"""Blocks in plots of numbered bins: lines between the bins of the second axis, and their labels."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.text import Text

from wollemi.histograms.histogram import Axis
from wollemi.histograms.unrolling import axes_behind, bins_behind
from wollemi.plots.style import axes_box

LINE: dict[str, Any] = {"color": "#55555a", "linestyle": (0, (4, 3)), "linewidth": 1.2, "zorder": 4}
LARGEST, SMALLEST = 17.0, 9.0  # font sizes in points


def block_size(axis: Axis) -> int:
    """Number of bins of the first of several axes; 0 for bins of one variable."""
    behind = axes_behind(axis)
    return len(behind[0]["edges"]) - 1 if behind else 0


def block_labels(axis: Axis) -> list[str]:
    """Label of each block, for example `2 ≤ Jets < 4`; one line per further axis."""
    size = block_size(axis)
    if not size:
        return []
    further = list(zip(axes_behind(axis)[1:], bins_behind(axis)[1:], strict=True))
    return [
        "\n".join(_block_label(one, *bins[first]) for one, bins in further)
        for first in range(0, axis.size, size)
    ]


def _block_label(axis: Mapping[str, Any], low: float, high: float) -> str:
    """Category or edges of a bin of one of the further axes."""
    names = axis.get("categories")
    if names:
        return str(names[round(low - 0.5)])
    return f"{low:g} ≤ {axis['label']} < {high:g} {axis['unit']}".rstrip()


def draw_blocks(ax: Axes, axis: Axis, top: float = 1.0) -> None:
    """Draw lines between blocks, up to a height in fractions of the panel."""
    size = block_size(axis)
    if size:
        places = [place + 0.5 for place in range(size, axis.size, size)]
        ax.vlines(places, 0, top, transform=ax.get_xaxis_transform(), **LINE)


def label_blocks(ax: Axes, axis: Axis, top: float) -> list[Text]:
    """Write the labels of blocks, as large as fits; upright if even the smallest letters do not.

    Args:
        ax: Panel with its x range set.
        axis: Axis of numbered bins.
        top: Upper end of the labels, in fractions of the panel.
    """
    size, labels = block_size(axis), block_labels(axis)
    if not labels:
        return []
    made = [
        ax.text(
            index * size + 0.5 + size / 2,
            top,
            label,
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=LARGEST,
        )
        for index, label in enumerate(labels)
    ]
    widest = max(axes_box(ax, text).width for text in made)
    fitting = LARGEST * 0.94 / len(made) / widest
    for text in made:
        text.set_fontsize(max(min(fitting, LARGEST), SMALLEST))
        text.set_rotation(90 if fitting < SMALLEST else 0)
    return made


def block_numbers(axis: Axis) -> dict[str, Any]:
    """The axes behind numbered bins, for the numbers of a plot; empty for other bins."""
    behind = axes_behind(axis)
    return {"axes": behind} if behind else {}
