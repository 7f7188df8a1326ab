"""Lines of overlays on limit plots, and the room that they need."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wollemi_likelihood.base.arrays import Floats


def draw_overlays(ax: Axes, numbers: Mapping[str, Any], zorder: float) -> list[tuple[str, Line2D]]:
    """Draw the lines of the overlays; returns their legend entries."""
    entries = []
    for item in numbers.get("overlays", ()):
        look: dict[str, Any] = {
            "color": item["color"],
            "linestyle": item["line"],
            "linewidth": 2.2,
        }
        for line in item["lines"]:
            ax.plot(*np.transpose(line), zorder=zorder, **look)
        entries.append((item["label"], Line2D([], [], **look)))
    return entries


def overlay_heights(numbers: Mapping[str, Any], x: Floats) -> Floats:
    """Largest value of the overlays between neighboring positions (positions - 1,); 0 without one.

    Args:
        numbers: Numbers of the plot.
        x: Increasing positions, shape (positions,).
    """
    heights: Floats = np.zeros(len(x) - 1)
    for x_line, y_line in _limit_lines(numbers):
        at = np.exp(np.interp(x, x_line, np.log(y_line), left=-np.inf, right=-np.inf))
        heights = np.maximum(heights, np.maximum(at[1:], at[:-1]))
        inside = (x_line >= x[0]) & (x_line <= x[-1])
        places = np.clip(np.searchsorted(x, x_line[inside], "right") - 1, 0, len(x) - 2)
        np.maximum.at(heights, places, y_line[inside])
    return heights


def lowest_overlay(numbers: Mapping[str, Any], x: Floats) -> list[float]:
    """Lowest value of each overlay in the range of the positions."""
    found = []
    for x_line, y_line in _limit_lines(numbers):
        ends = np.clip(x[[0, -1]], x_line[0], x_line[-1])
        at = np.exp(np.interp(ends, x_line, np.log(y_line)))
        inside = (x_line >= x[0]) & (x_line <= x[-1])
        found.append(float(min(at.min(), *y_line[inside])) if inside.any() else float(at.min()))
    return found


def _limit_lines(numbers: Mapping[str, Any]) -> Iterator[Floats]:
    for item in numbers.get("overlays", ()):
        for line in item["lines"]:
            yield np.transpose(line)
