"""The blinded bins of a stack plot: shaded, with the word on them."""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from wollemi.plots.stack import Stack
from wollemi.results.marks import BLINDED


def draw_blinded(ax: Axes, stack: Stack) -> None:
    """Shade the bins whose data are hidden, and write the word on the widest range of them.

    Args:
        ax: the panel, with its ranges and scales set.
        stack: what it shows.
    """
    if stack.blinded is None or not stack.blinded.any():
        return
    places = ax.transAxes.inverted().transform(ax.transData.transform([(edge, ax.get_ylim()[0]) for edge in stack.edges]))[:, 0]
    ranges = list(blinded_ranges(stack.blinded))
    for first, last in ranges:
        ax.axvspan(stack.edges[first], stack.edges[last], facecolor="#717581", alpha=0.25, linewidth=0, zorder=4)
    first, last = max(ranges, key=lambda item: places[item[1]] - places[item[0]])
    width = float(places[last] - places[first])
    ax.text(
        float(places[first] + places[last]) / 2,
        0.3,
        BLINDED,
        transform=ax.transAxes,
        ha="center",
        va="center",
        rotation=0 if width > 0.35 else 90,
        fontsize=34 if width > 0.35 else 22,
        fontweight="bold",
        color="#bd1f01",
        zorder=7,
    )


def blinded_ranges(blinded: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Neighboring blinded bins: index of the first edge and of the last."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], blinded, [False]]).astype(int)))
    yield from zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True)
