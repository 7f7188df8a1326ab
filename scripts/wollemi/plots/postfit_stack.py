"""The content of a region's plot after the fit."""

from collections.abc import Iterable, Mapping

import numpy as np

from wollemi.analysis.models.analysis import Sample
from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import Flags
from wollemi.histograms.histogram import Axis
from wollemi.plots.stack import Stack, make_layer, ordered, sample_colors, without_blinded
from wollemi.plots.style import PlotLabels
from wollemi.results.fit import FitResult
from wollemi.results.marks import data_label


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
    plots, yields = settings.plots, fit.yields.postfit[region]
    colors = sample_colors(with_others(settings.samples, yields.samples), plots)
    names = [name for name in ordered(list(yields.samples), plots) if any(yields.samples[name])]
    return Stack(
        axis=axis,
        layers=tuple(
            make_layer(name, np.asarray(yields.samples[name]), plots, colors[name])
            for name in names
        ),
        lines=(),
        uncertainty=np.asarray(yields.uncertainty),
        uncertainty_label="Post-fit unc.",
        observed=without_blinded(np.asarray(fit.observed[region]), blinded),
        observed_label=data_label(plots.data_label, labels.marks),
        title=plots.regions.get(region, region),
        stage="Post-fit",
        labels=labels,
        log_x=axis.name in plots.log_x,
        log_y=region in plots.log_y,
        annotations=plots.annotations.get(region, {}).get(axis.name, {}),
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
