"""A plot of a run, redrawn from its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wollemi.plan.registry import PLOTS

if TYPE_CHECKING:  # imported only when needed, to save time
    from matplotlib.figure import Figure

# Name of a plot → function that draws it from its numbers alone.
DRAWN = {"correction_{name}": "correction_maps.draw_map"} | {
    name: function for entry in PLOTS for name, function in entry.names.items() if function
}


def drawing(plot: str) -> str | None:
    """The function below `wollemi.plots` that draws a plot from its numbers; None if there is none.

    Args:
        plot: Name of the plot.
    """
    patterns = {
        re.sub(r"{(if_)?\w+}", lambda field: "" if field[1] else ".+", name): function
        for name, function in DRAWN.items()
    }
    return next(
        (function for pattern, function in patterns.items() if re.fullmatch(pattern, plot)), None
    )


def redrawn(name: str, numbers: Mapping[str, Any], experiment: str, beam: str) -> Figure:
    """Redraw a plot.

    Args:
        name: Name of the plot.
        numbers: Numbers of the plot, from its product.
        experiment: Name of the experiment.
        beam: Luminosity and energy.
    """
    from wollemi.plots.style import PlotLabels

    module, _, function = str(drawing(name)).partition(".")
    draw = getattr(import_module(f"wollemi.plots.{module}"), function)
    figure: Figure = draw(numbers, PlotLabels(experiment, beam, tuple(numbers["marks"])))
    return figure
