"""All regions in one plot: data, the fit, and the pulls between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, sqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from wollemi.analysis.plain.queries import fitted_regions
from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import Flags
from wollemi.histograms.histogram import Axis, bin_edges, categories_of, edges_axis
from wollemi.model.binning import unfitted_axis
from wollemi.plots.named_bins import make_room_for_names
from wollemi.plots.postfit_stack import fitted_layers
from wollemi.plots.stack import Stack
from wollemi.plots.stack_drawing import draw_main_panel
from wollemi.plots.style import LABEL_X, PlotLabels, ratio_panels
from wollemi.results.fit import FitResult, RegionYields
from wollemi.results.marks import data_label
from wollemi.results.predictions import Predictions

MOST_BINS = 4  # a region with more bins is one column
LARGEST_RATIO = 30.0  # largest ratio of expected events on a linear axis
FITTED, VALIDATION = "#717581", "#bd1f01"
KINDS = {"fitted": FITTED, "not fitted": VALIDATION}
Regions = Mapping[str, tuple[Axis, Flags | None]]


@dataclass(frozen=True)
class Column:
    """A region, or one of its bins.

    Args:
        region: Name of the region.
        label: Label in the plot.
        fitted: Whether the fit used it.
        observed: Events of the data; None if hidden.
        samples: Sample → expected events after the fit.
        expected: Expected events of all samples.
        uncertainty: Uncertainty of the expected events, from the fit.
    """

    region: str
    label: str
    fitted: bool
    observed: float | None
    samples: Mapping[str, float]
    expected: float
    uncertainty: float

    @property
    def pull(self) -> float | None:
        """Data minus expected events, divided by the root of the summed variances of the
        expectation and of data drawn from it; None without data or expectation.

        As in HistFitter. The data of a fitted region have entered its expectation, so its pulls are
        smaller than those from a standard normal distribution.
        """
        variance = self.expected + self.uncertainty**2
        if self.observed is None or variance <= 0:
            return None
        return (self.observed - self.expected) / sqrt(variance)


def region_columns(
    settings: Settings, fit: FitResult, predictions: Predictions | None, bins: Regions
) -> list[Column]:
    """Fitted regions in the order of the analysis, then validation regions; a region with few bins
    is shown by its bins.

    Regions without one of their cuts are omitted, since the region itself is shown, as are regions
    where a sample of the fit has no histogram, since their sum would be too small.

    Args:
        settings: Settings of the analysis.
        fit: The main fit.
        predictions: Predictions of the fit in other regions.
        bins: Fitted region → its axis and its hidden bins.
    """
    found: list[Column] = []
    for region in fitted_regions(settings.declared):
        axis, hidden = bins[region]
        flags = np.zeros(axis.size, bool) if hidden is None else hidden
        observed = [
            None if flag else value for flag, value in zip(flags, fit.observed[region], strict=True)
        ]
        found += _columns(settings, region, axis, fit.yields.postfit[region], observed, True)
    for region, variable, item in predictions.places if predictions else ():
        known = settings.regions[region]
        if variable == known.variable and known.without is None and not item.left_out:
            axis = unfitted_axis(settings, region, variable)
            events = item.observed or [None] * axis.size
            found += _columns(settings, region, axis, item.postfit, events, False)
    return found


def _columns(
    settings: Settings,
    region: str,
    axis: Axis,
    yields: RegionYields,
    observed: Sequence[float | None],
    fitted: bool,
) -> Iterator[Column]:
    label = settings.plots.regions.get(region, region)
    if axis.size > MOST_BINS or axis.size == 1:
        known = [value for value in observed if value is not None]
        events = fsum(known) if len(known) == len(observed) else None
        sums = yields.sample_sums
        yield Column(region, label, fitted, events, sums, yields.sum, yields.sum_uncertainty)
        return
    edges = [f"{low:g}–{high:g}" for low, high in pairwise(bin_edges(axis).tolist())]
    for place, name in enumerate(categories_of(axis) or edges):
        yield Column(
            region,
            f"{label} {name}",
            fitted,
            observed[place],
            {name: events[place] for name, events in yields.samples.items()},
            yields.total[place],
            yields.uncertainty[place],
        )


def pulls_stack(settings: Settings, columns: Sequence[Column], labels: PlotLabels) -> Stack:
    """The upper panel: the samples of each column, and the data.

    Args:
        settings: Settings of the analysis.
        columns: Columns, at least one.
        labels: Labels above the plot.
    """
    plots = settings.plots
    samples = list(dict.fromkeys(name for column in columns for name in column.samples))
    observed = np.array([np.nan if c.observed is None else c.observed for c in columns])
    events = {
        name: np.array([column.samples.get(name, 0.0) for column in columns]) for name in samples
    }
    expected = np.array([column.expected for column in columns])
    seen = expected[expected > 0]
    return Stack(
        axis=edges_axis("region", np.arange(len(columns) + 1) + 0.5),
        layers=fitted_layers(settings, events),
        lines=(),
        uncertainty=np.array([column.uncertainty for column in columns]),
        uncertainty_label="Post-fit unc.",
        observed=observed,
        observed_label=data_label(plots.data_label, labels.marks),
        title="All regions",
        stage="Post-fit",
        labels=labels,
        log_y=bool(seen.size and seen.max() > LARGEST_RATIO * seen.min()),
        blinded=np.isnan(observed) if np.isnan(observed).any() else None,
    )


def column_numbers(columns: Sequence[Column]) -> dict[str, Any]:
    """Every number of the plot, as plain values."""
    return {
        "columns": [
            {
                "region": column.region,
                "label": column.label,
                "fitted": column.fitted,
                "observed": column.observed,
                "samples": dict(column.samples),
                "expected": column.expected,
                "uncertainty": column.uncertainty,
                "pull": column.pull,
            }
            for column in columns
        ]
    }


def draw_region_pulls(stack: Stack, columns: Sequence[Column]) -> Figure:
    """Draw the regions and their pulls.

    Args:
        stack: Content of the upper panel.
        columns: Columns in the order of the stack.
    """
    figure, ax, lower = ratio_panels()
    make_room_for_names(figure, lower, [column.label for column in columns])
    draw_main_panel(ax, lower, stack)
    _draw_pulls(lower, columns)
    lower.tick_params(axis="x", which="both", bottom=False, top=False)
    ax.tick_params(axis="x", which="both", bottom=False, top=False)
    return figure


def _draw_pulls(ax: Axes, columns: Sequence[Column]) -> None:
    """Draw pulls as bars on bands of ±1σ and ±2σ, validation regions in another color."""
    pulls = np.array(_known_pulls(columns))
    places = np.arange(len(columns)) + 1.0
    for size, color in ((2.0, "#ffe680"), (1.0, "#7fc97f")):
        ax.axhspan(-size, size, color=color, alpha=0.5, linewidth=0, zorder=0)
    colors = [FITTED if column.fitted else VALIDATION for column in columns]
    ax.bar(places, np.nan_to_num(pulls), width=0.6, color=colors, zorder=3)
    ax.axhline(0.0, color="black", linewidth=1.0, zorder=4)
    reach = max(3.2, 1.1 * float(np.nanmax(np.abs(pulls), initial=0.0)))
    ax.set_ylim(-reach, reach)
    kinds = {color: name for name, color in KINDS.items() if color in colors}
    if len(kinds) > 1:
        handles = [Patch(facecolor=color, label=name) for color, name in kinds.items()]
        ax.legend(handles=handles, loc="upper left", ncols=2, fontsize=14, borderaxespad=0.2)
    ax.set_ylabel("Pull", loc="center", fontsize=20)
    ax.yaxis.set_label_coords(LABEL_X, 0.5)


def _known_pulls(columns: Sequence[Column]) -> list[float]:
    """Pulls; NaN where missing."""
    return [np.nan if column.pull is None else column.pull for column in columns]
