"""Efficiencies as points with intervals, and the ratio of data to simulation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from wollemi.plots.style import LABEL_X

SIMULATION, DATA = "simulation", "data"  # names used besides sample names
GREY = "#717581"


def point_style(name: str, colors: Mapping[str, str]) -> dict[str, Any]:
    """Style of points; markers differ as well as colors.

    Args:
        name: Name of a sample, `DATA` or `SIMULATION`.
        colors: Sample → color.
    """
    own: dict[str, dict[str, Any]] = {
        DATA: {"color": "black", "marker": "o", "zorder": 5},
        SIMULATION: {"color": "#3f90da", "marker": "s", "markerfacecolor": "white"},
    }
    return own.get(name) or {"color": colors[name], "marker": "^"}


def draw_points(
    ax: Axes, numbers: Mapping[str, Any], curve: Mapping[str, Any], style: Mapping[str, Any]
) -> None:
    """Draw points with vertical intervals and horizontal bars as wide as the bins.

    Args:
        ax: Panel to draw on.
        numbers: Bin `edges` (bins + 1,), and `log_x`, whether the axis is logarithmic.
        curve: Its `values`, `low` and `high` (bins,), and `label`.
        style: Style of the points.
    """
    edges = np.asarray(numbers["edges"])
    values, low, high = (np.array(curve[key], np.float64) for key in ("values", "low", "high"))
    middle = np.sqrt(edges[1:] * edges[:-1]) if numbers["log_x"] else (edges[1:] + edges[:-1]) / 2
    ends = np.abs([middle - edges[:-1], edges[1:] - middle])
    errors = np.clip([values - low, high - values], 0.0, None)
    more: dict[str, Any] = {"linestyle": "none", "markersize": 7, "linewidth": 1.6}
    ax.errorbar(middle, values, errors, ends, label=curve.get("label"), **more, **style)


def finish_ratio(ax: Axes, ratio: Mapping[str, Any]) -> None:
    """Set the range and the label of the panel with the ratio of data to simulation.

    Args:
        ax: Panel of the ratio.
        ratio: Ends of its intervals, `low` and `high` (bins,).
    """
    ends = np.array([ratio["low"], ratio["high"]], np.float64)
    reach = float(np.nanmax(np.abs(ends - 1), initial=0.05))
    reach = next((size for size in (0.1, 0.25, 0.5) if reach < 0.95 * size), 1.0)
    ax.set_ylim(1 - reach, 1 + reach)
    ax.axhline(1.0, color="black", linewidth=1.0)
    ax.set_ylabel("Data / sim.", loc="center", fontsize=20)
    ax.yaxis.set_label_coords(LABEL_X, 0.5)
