"""A plot of a run, redrawn from its numbers."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from wollemi.plots.confidence_intervals import draw_intervals
from wollemi.plots.correction_maps import draw_map
from wollemi.plots.discovery import draw_discovery
from wollemi.plots.extrapolation import draw_extrapolation
from wollemi.plots.parameters import draw_correlations, draw_pulls
from wollemi.plots.ranking import draw_ranking
from wollemi.plots.scans import draw_scan
from wollemi.plots.style import PlotLabels
from wollemi.plots.toy_fits import draw_toys
from wollemi.plots.uncertainties import draw_uncertainties

BY_NAME = {
    "pulls": draw_pulls,
    "correlations": draw_correlations,
    "discovery": draw_discovery,
}
# A key that only the numbers of this kind have.
BY_KEY = {
    "scan": draw_scan,
    "measured": draw_map,
    "contributions": draw_uncertainties,
    "tested": draw_intervals,
    "pull_edges": draw_toys,
}


def redrawn(name: str, numbers: Mapping[str, Any], experiment: str, beam: str) -> Figure:
    """Redraw a plot.

    Args:
        name: Name of the plot.
        numbers: Numbers of the plot, from its product.
        experiment: Name of the experiment.
        beam: Luminosity and energy.
    """
    kinds = [draw for key, draw in BY_KEY.items() if key in numbers]
    draw: Any = BY_NAME.get(name) or (kinds[-1] if kinds else draw_ranking)
    draw = draw_extrapolation if name.startswith("extrapolation") else draw
    figure: Figure = draw(numbers, PlotLabels(experiment, beam, tuple(numbers["marks"])))
    return figure
