"""Efficiencies as points with intervals, and the ratio of those of data and simulation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from wollemi.plots.style import LABEL_X

SIMULATION, DATA = "simulation", "data"  # names of what is no sample
GREY = "#717581"


def point_style(name: str, colors: Mapping[str, str]) -> dict[str, Any]:
    """Marks are told apart without colors, too.

    Args:
        name: a sample, `DATA` or `SIMULATION`.
        colors: sample → color.
    """
    own: dict[str, dict[str, Any]] = {
        DATA: {"color": "black", "marker": "o", "zorder": 5},
        SIMULATION: {"color": "#3f90da", "marker": "s", "markerfacecolor": "white"},
    }
    return own.get(name) or {"color": colors[name], "marker": "^"}


def draw_points(
    ax: Axes, numbers: Mapping[str, Any], curve: Mapping[str, Any], style: Mapping[str, Any]
) -> None:
    """Points with intervals, and bars as wide as the bins.

    Args:
        ax: the panel.
        numbers: `edges` of the bins, and whether the axis is logarithmic, `log_x`.
        curve: `values`, `low` and `high` (bins,), and `label`.
        style: of the points.
    """
    edges = np.asarray(numbers["edges"])
    values, low, high = (np.array(curve[key], np.float64) for key in ("values", "low", "high"))
    middle = np.sqrt(edges[1:] * edges[:-1]) if numbers["log_x"] else (edges[1:] + edges[:-1]) / 2
    ends = np.abs([middle - edges[:-1], edges[1:] - middle])
    errors = np.clip([values - low, high - values], 0.0, None)
    more: dict[str, Any] = {"linestyle": "none", "markersize": 7, "linewidth": 1.6}
    ax.errorbar(middle, values, errors, ends, label=curve.get("label"), **more, **style)


def finish_ratio(ax: Axes, ratio: Mapping[str, Any]) -> None:
    """The range and the label of the panel of the ratio of data and simulation.

    Args:
        ax: the panel.
        ratio: ends of its intervals, `low` and `high`.
    """
    ends = np.array([ratio["low"], ratio["high"]], np.float64)
    reach = float(np.nanmax(np.abs(ends - 1), initial=0.05))
    reach = next((size for size in (0.1, 0.25, 0.5) if reach < 0.95 * size), 1.0)
    ax.set_ylim(1 - reach, 1 + reach)
    ax.axhline(1.0, color="black", linewidth=1.0)
    ax.set_ylabel("Data / sim.", loc="center", fontsize=20)
    ax.yaxis.set_label_coords(LABEL_X, 0.5)
