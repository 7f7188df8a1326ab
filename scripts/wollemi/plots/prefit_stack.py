"""The content of the plot of a variable in a region before the fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import noted_mask
from wollemi.histograms.histogram import Histogram, add_all, axis_of, histogram_name
from wollemi.model.prefit_bands import PlottedTemplates, systematic_uncertainty
from wollemi.model.shape_systematics import plotted_model
from wollemi.model.templates import Histograms
from wollemi.plots.cut_edges import left_out_edges
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.noted_marks import noted_marks
from wollemi.plots.stack import (
    Layer,
    Stack,
    grouped,
    make_layer,
    ordered,
    sample_colors,
    visible,
    without_blinded,
)
from wollemi.plots.style import PlotLabels
from wollemi.results.marks import BLINDED, data_label
from wollemi.results.region_groups import region_labels
from wollemi_likelihood.base.arrays import Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Region, Sample
    from wollemi.analysis.models.plots import Plots


def plotted(regions: Mapping[str, Region]) -> list[tuple[str, str]]:
    """Regions with their variables, the fitted variable first, in the order of the file."""
    return [
        (name, variable)
        for name, region in regions.items()
        for variable in (region.variable, *region.monitor)
    ]


def sample_histogram(
    histograms: Histograms, sample: Sample, region: str, variable: str
) -> Histogram | None:
    """Sum of a sample's datasets; None if it has no datasets, or if one of them enters at the
    histogram stage without this variable.
    """
    name = histogram_name(region, variable)
    known = [name in histograms[dataset] for dataset in sample.datasets]
    if not known or not all(known):
        return None
    return add_all(histograms[dataset][name] for dataset in sample.datasets)


def added_regions(plots: Plots, name: str) -> tuple[str, ...]:
    """Regions of a group; for a region, the region itself."""
    groups = plots.region_groups or {}
    return groups[name].regions if name in groups else (name,)


def make_stack(settings: Settings, histograms: Histograms, region: str, variable: str) -> Stack:
    """The content of the plot of one variable in one region, or in the sum of a group of regions.

    Args:
        settings: Settings of the analysis.
        histograms: Histograms of all datasets.
        region: Name of the region, or of the group.
        variable: Name of the variable.
    """
    plots, samples, item = settings.plots, settings.samples, settings.regions.get(region)
    shown = (item.derived_from if item else None) or region  # provides the label and axes
    added, parts = added_regions(plots, region), {}
    for name, sample in samples.items():
        found = [sample_histogram(histograms, sample, one, variable) for one in added]
        parts[name] = [histogram for histogram in found if histogram is not None]
    # Data need all regions of the sum; simulation uses those available, as after the fit.
    present = {
        name: add_all(known)
        for name, known in parts.items()
        if known and (len(known) == len(added) or samples[name].role != "data")
    }
    roles = {
        role: [name for name in present if samples[name].role == role]
        for role in ("data", "background", "signal")
    }
    stacked = [
        *roles["background"],
        *(name for name in plots.stack_signals if name in roles["signal"]),
    ]
    statistical, uncertainty = band(
        settings, histograms, [(name, present[name]) for name in stacked], added, variable
    )
    layers = grouped(_layers(ordered(stacked, plots), present, settings), plots)
    total = np.sum([layer.events for layer in layers], axis=0) if layers else None
    lines = [name for name in plots.show_signals if name in roles["signal"] and name not in stacked]
    data = add_all(present[name] for name in roles["data"]) if roles["data"] else None
    blinded = noted_mask(histogram for name in roles["data"] for histogram in parts[name])
    marks = (*noted_marks(list(present.values())), *([BLINDED] if blinded is not None else []))
    return Stack(
        axis=axis_of(next(iter(present.values()))),
        layers=layers,
        lines=tuple(line for line in _layers(lines, present, settings) if visible(line, total)),
        uncertainty=uncertainty,
        uncertainty_label="Stat. unc." if uncertainty is statistical else "Stat. ⊕ syst. unc.",
        observed=None if data is None else without_blinded(data.values(), blinded),
        observed_label=data_label(plots.data_label, marks),
        title=region_labels(plots).get(region) or plots.regions.get(shown, shown),
        stage="Pre-fit" if layers else "",
        labels=PlotLabels(
            plots.experiment, beam_text(settings.center_of_mass_tev, settings.luminosity_ifb), marks
        ),
        log_x=variable in plots.log_x,
        log_y=shown in plots.log_y or region in plots.log_y,
        annotations=plots.annotations.get(shown, {}).get(variable, {}),
        note="" if item is None or item.without is None else f"N−1: without {item.without}",
        cuts=() if item is None else left_out_edges(settings, item, variable),
        blinded=blinded,
        statistical=statistical,
    )


def band(
    settings: Settings,
    histograms: Histograms,
    stacked: Sequence[tuple[str, Histogram]],
    regions: Sequence[str],
    variable: str,
) -> tuple[Floats | None, Floats | None]:
    """Standard deviation of the sum of samples (bins,), statistical only and total; None without
    samples.

    Args:
        settings: Settings of the analysis.
        histograms: Histograms of all datasets.
        stacked: Samples with their histograms, summed over the regions.
        regions: Names of the regions that are added.
        variable: Name of the variable.
    """
    if not stacked:
        return None, None
    statistical = np.sqrt(np.sum([item.variances() for _, item in stacked], axis=0))
    rules = plotted_model(settings.prune_below, settings.keeps_negative_bins)
    templates = PlottedTemplates(settings, histograms, rules)
    present = {
        region: [
            name
            for name, _ in stacked
            if sample_histogram(histograms, settings.samples[name], region, variable) is not None
        ]
        for region in regions
    }
    held = settings.held_parameters
    systematic = systematic_uncertainty(templates, present, variable, held)
    return statistical, statistical if systematic is None else np.hypot(statistical, systematic)


def _layers(
    names: Sequence[str], histograms: Mapping[str, Histogram], settings: Settings
) -> list[Layer]:
    colors = sample_colors(settings.samples, settings.plots)
    return [
        make_layer(name, histograms[name].values(), settings.plots, colors[name]) for name in names
    ]
