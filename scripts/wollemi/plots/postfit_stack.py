"""The content of a region's plot after the fit, fitted or not."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from wollemi.analysis.models.analysis import Sample
from wollemi.analysis.models.plots import Plots
from wollemi.analysis.plain.region_groups import is_fitted, region_groups
from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import Flags
from wollemi.histograms.histogram import Axis
from wollemi.model.binning import unfitted_axis
from wollemi.plots.cut_edges import left_out_edges
from wollemi.plots.stack import Stack, grouped, make_layer, ordered, sample_colors, without_blinded
from wollemi.plots.style import PlotLabels
from wollemi.results.fit import FitResult, RegionYields
from wollemi.results.marks import data_label
from wollemi.results.parameter_label import parameter_label
from wollemi.results.parameter_text import yields_note
from wollemi.results.predictions import Prediction
from wollemi.results.region_groups import region_labels
from wollemi_likelihood.base.arrays import Floats


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
        settings: of the analysis.
        fit: the main fit.
        region: name of a fitted region.
        axis: its bins.
        labels: above the plot.
        blinded: bins whose data are hidden (bins,).
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
        settings: of the analysis.
        found: events of the data, and what the fit expects.
        region: name of the region.
        variable: name of the variable.
        labels: above the plot.
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
        settings: of the analysis.
        found: events of the data, and what the fit expects.
        group: name of the group.
        variable: name of the variable.
        labels: above the plot.
    """
    document = settings.selected
    regions = region_groups(document)[group]
    observed, blinded = _shown_data(found)
    fitted = [is_fitted(document, region, variable) for region in regions]
    axis = unfitted_axis(settings, regions[0], variable)
    stack = _expected_stack(
        settings, found.postfit, observed, (group, group), axis, labels, blinded
    )
    if all(fitted):
        return stack
    return replace(stack, stage=f"Post-fit, {'partly' if any(fitted) else 'not'} fitted")


def noting_errors(stack: Stack, fit: FitResult, plots: Plots) -> Stack:
    """The same with the parameters whose error the uncertainty band does not have, if any.

    Args:
        stack: after the fit.
        fit: the fit.
        plots: labels.
    """
    note = yields_note(fit.parameters, partial(parameter_label, plots=plots))
    return replace(stack, note=", ".join(filter(None, (stack.note, note)))) if note else stack


def _shown_data(found: Prediction) -> tuple[Floats | None, Flags | None]:
    """Events of the data (bins,), NaN in hidden bins, and which these are; None: no data, none
    hidden.
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
    """`place`: the region or group, and the one that provides its label and axes; data are NaN in
    blinded bins.
    """
    plots, (region, shown) = settings.plots, place
    colors = sample_colors(with_others(settings.samples, yields.samples), plots)
    names = [name for name in ordered(list(yields.samples), plots) if any(yields.samples[name])]
    return Stack(
        axis=axis,
        layers=grouped(
            [
                make_layer(name, np.asarray(yields.samples[name]), plots, colors[name])
                for name in names
            ],
            plots,
        ),
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


def with_others(samples: Mapping[str, Sample], fitted: Iterable[str]) -> dict[str, Sample]:
    """All samples: those of the analysis, and as backgrounds those that only a published model
    knows.

    Args:
        samples: of the analysis.
        fitted: names of the samples of the model.
    """
    others = {name: Sample(role="background") for name in fitted if name not in samples}
    return {**samples, **others}
