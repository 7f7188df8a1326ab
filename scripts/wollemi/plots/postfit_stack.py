"""The content of a region's post-fit plot, for fitted and other regions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from wollemi.analysis.plain.queries import fitted_regions, unfitted_name
from wollemi.analysis.plain.region_groups import group_name, is_fitted, region_groups
from wollemi.analysis.settings import Settings
from wollemi.analysis.view import read
from wollemi.histograms.blinding import Flags
from wollemi.histograms.histogram import Axis, Histogram
from wollemi.model.binning import region_bins, unfitted_axis
from wollemi.plots.cut_edges import left_out_edges
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.stack import (
    Layer,
    Stack,
    grouped,
    make_layer,
    ordered,
    sample_colors,
    without_blinded,
)
from wollemi.plots.style import PlotLabels
from wollemi.results.fit import FitResult, Fits, RegionYields
from wollemi.results.marks import data_label, measurement_marks
from wollemi.results.parameter_label import parameter_label
from wollemi.results.parameter_text import yields_note
from wollemi.results.predictions import Prediction, Predictions
from wollemi.results.region_groups import region_labels
from wollemi_likelihood.base.arrays import Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.plots import Plots

Bins = Mapping[str, tuple[Axis, Flags | None]]  # region → its axis in the fit and its hidden bins


def fit_labels(settings: Settings, content: Fits) -> PlotLabels:
    """Labels above the plots of the fit."""
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    return PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))


def fit_bins(
    settings: Settings, fit: FitResult, histograms: Sequence[Mapping[str, Histogram]]
) -> Bins:
    """The bins of the fitted regions.

    Args:
        settings: Settings of the analysis.
        fit: The main fit.
        histograms: Histograms of each dataset of the data; empty for a published model.
    """
    return {
        region: region_bins(settings, histograms, region, len(fit.observed[region]))
        for region in fitted_regions(settings.declared)
    }


def fit_stacks(
    settings: Settings,
    fit: FitResult,
    predictions: Predictions | None,
    bins: Bins,
    labels: PlotLabels,
) -> Iterator[tuple[str, Stack]]:
    """The stack plots after the fit, by name: fitted regions, other regions and variables, groups.

    Args:
        settings: Settings of the analysis.
        fit: The main fit.
        predictions: The fit elsewhere, if there are other regions, variables or groups.
        bins: Result of `fit_bins`.
        labels: Labels above the plots.
    """
    analysis, found = settings.declared, dict[str, Stack]()
    for region, (axis, blinded) in bins.items():
        found[region] = postfit_stack(settings, fit, region, axis, labels, blinded)
    for region, variable, item in predictions.places if predictions else ():
        stack = unfitted_stack(settings, item, region, variable, labels)
        found[unfitted_name(analysis, region, variable)] = stack
    groups = region_groups(analysis)
    for group, variable, item in predictions.sums if predictions else ():
        stack = group_stack(settings, item, group, variable, labels)
        found[group_name(analysis, group, groups[group], variable)] = stack
    for name, stack in found.items():
        yield f"postfit_{name}", noting_errors(stack, fit, settings.plots)


def postfit_stack(
    settings: Settings,
    fit: FitResult,
    region: str,
    axis: Axis,
    labels: PlotLabels,
    blinded: Flags | None = None,
) -> Stack:
    """The content of the post-fit plot of a region: the fitted samples, except those fitted to
    zero.

    Args:
        settings: Settings of the analysis.
        fit: The main fit.
        region: Name of a fitted region.
        axis: Axis of the region.
        labels: Labels above the plot.
        blinded: Flags of bins whose data are hidden, shape (bins,).
    """
    return _expected_stack(
        settings,
        fit.yields.postfit[region],
        without_blinded(np.asarray(fit.observed[region]), blinded),
        (region, region),
        axis,
        labels,
        blinded,
    )


def unfitted_stack(
    settings: Settings, found: Prediction, region: str, variable: str, labels: PlotLabels
) -> Stack:
    """The content of the post-fit plot of a variable in a region that was not fitted.

    Args:
        settings: Settings of the analysis.
        found: Events of the data, and the fit's expectation.
        region: Name of the region.
        variable: Name of the variable.
        labels: Labels above the plot.
    """
    item = settings.regions[region]
    observed, blinded = _shown_data(found)
    stack = _expected_stack(
        settings,
        found.postfit,
        observed,
        (region, item.derived_from or region),
        unfitted_axis(settings, region, variable),
        labels,
        blinded,
    )
    return replace(
        stack,
        stage="Post-fit, not fitted",
        note="" if item.without is None else f"N−1: without {item.without}",
        cuts=left_out_edges(settings, item, variable),
    )


def group_stack(
    settings: Settings, found: Prediction, group: str, variable: str, labels: PlotLabels
) -> Stack:
    """The content of the post-fit plot of a variable in the sum of a group of regions.

    Args:
        settings: Settings of the analysis.
        found: Events of the data, and the fit's expectation.
        group: Name of the group.
        variable: Name of the variable.
        labels: Labels above the plot.
    """
    analysis = settings.declared
    regions = region_groups(analysis)[group]
    observed, blinded = _shown_data(found)
    fitted = [is_fitted(analysis, region, variable) for region in regions]
    axis = unfitted_axis(settings, regions[0], variable)
    stack = _expected_stack(
        settings, found.postfit, observed, (group, group), axis, labels, blinded
    )
    if all(fitted):
        return stack
    return replace(stack, stage=f"Post-fit, {'partly' if any(fitted) else 'not'} fitted")


def noting_errors(stack: Stack, fit: FitResult, plots: Plots) -> Stack:
    """The stack with a note of parameters whose errors the uncertainty band lacks, if any.

    Args:
        stack: Content of a post-fit plot.
        fit: Result of the fit.
        plots: Section `plots`, with the labels.
    """
    note = yields_note(fit.parameters, partial(parameter_label, plots=plots))
    return replace(stack, note=", ".join(filter(None, (stack.note, note)))) if note else stack


def _shown_data(found: Prediction) -> tuple[Floats | None, Flags | None]:
    """Events of the data (bins,), NaN in hidden bins, and flags of these; None without data or
    without hidden bins.
    """
    observed = None if found.observed is None else np.array(found.observed, np.float64)
    blinded = None if observed is None or not np.isnan(observed).any() else np.isnan(observed)
    return observed, blinded


def _expected_stack(
    settings: Settings,
    yields: RegionYields,
    observed: Floats | None,
    place: tuple[str, str],
    axis: Axis,
    labels: PlotLabels,
    blinded: Flags | None,
) -> Stack:
    """Content of a post-fit plot. `place`: the region or group, and the region or group that has
    its label and axes; data are NaN in blinded bins.
    """
    plots, (region, shown) = settings.plots, place
    return Stack(
        axis=axis,
        layers=fitted_layers(settings, yields.samples),
        lines=(),
        uncertainty=np.asarray(yields.uncertainty),
        uncertainty_label="Post-fit unc.",
        observed=observed,
        observed_label=data_label(plots.data_label, labels.marks),
        title=region_labels(plots).get(region) or plots.regions.get(shown, shown),
        stage="Post-fit",
        labels=labels,
        log_x=axis.name in plots.log_x,
        log_y=shown in plots.log_y or region in plots.log_y,
        annotations=plots.annotations.get(shown, {}).get(axis.name, {}),
        blinded=blinded,
    )


def fitted_layers(
    settings: Settings, events: Mapping[str, Sequence[float] | Floats]
) -> tuple[Layer, ...]:
    """The stack of fitted samples, signals on top. Samples known only to a published model are
    backgrounds.

    Args:
        settings: Settings of the analysis.
        events: Sample → events after the fit, shape (bins,); samples without any are left out.
    """
    background, plots = read("Sample", {"role": "background"}), settings.plots
    others = {name: background for name in events if name not in settings.samples}
    samples = {**settings.samples, **others}
    colors = sample_colors(samples, plots)
    names = sorted(samples, key=lambda name: samples[name].role == "signal")
    shown = [name for name in ordered(names, plots) if np.any(events.get(name, 0))]
    made = [make_layer(name, np.asarray(events[name]), plots, colors[name]) for name in shown]
    return grouped(made, plots)
