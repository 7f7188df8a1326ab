"""Plot the main fit: each fitted region after the fit, pulls of the parameters, their correlations."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi.analysis.settings import Settings
from wollemi.base.json_files import read_json
from wollemi.histograms.blinding import Flags
from wollemi.histograms.histogram import Axis, read_histograms
from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.binning import fitted_bins
from wollemi.model.templates import fit_regions
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.parameters import correlation_numbers, draw_correlations, draw_pulls, pull_numbers
from wollemi.plots.stack import Stack, make_layer, ordered, sample_colors, stack_numbers, without_blinded
from wollemi.plots.stack_drawing import draw_stack
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.results.fit import main_fit
from wollemi.results.marks import data_label, measurement_marks

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "samples", "regions", "fit_edges", "plots")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "fit": "the fits",
        "histograms": "histograms of the data: they know the bins",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots: postfit_<region> of each fitted region, pulls, correlations",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


def postfit_stack(
    settings: Settings, fit: Mapping[str, Any], region: str, axis: Axis, labels: PlotLabels, blinded: Flags | None = None
) -> Stack:
    """What the post-fit plot of a region shows: the fitted samples without those that the fit has at zero.

    Args:
        settings: of the analysis.
        fit: the main fit.
        region: name of a fitted region.
        axis: its bins.
        labels: above the plot.
        blinded: bins whose data are hidden (bins,).
    """
    plots, yields = settings.plots, fit["yields"]["postfit"][region]
    colors = sample_colors(settings.samples, plots)
    names = [name for name in ordered(list(yields["samples"]), plots) if any(yields["samples"][name])]
    return Stack(
        axis=axis,
        layers=tuple(make_layer(name, np.asarray(yields["samples"][name]), plots, colors[name]) for name in names),
        lines=(),
        uncertainty=np.asarray(yields["uncertainty"]),
        uncertainty_label="Post-fit unc.",
        observed=without_blinded(np.asarray(fit["observed"][region]), blinded),
        observed_label=data_label(plots.data_label, labels.marks),
        title=plots.regions.get(region, region),
        stage="Post-fit",
        labels=labels,
        log_x=settings.regions[region].variable in plots.log_x,
        log_y=region in plots.log_y,
        annotations=plots.annotations.get(region, {}).get(settings.regions[region].variable, {}),
        blinded=blinded,
    )


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw every plot of the main fit."""
    settings, content = job.settings, read_json(job.input("fit"))
    name, fit = main_fit(content)
    histograms = [read_histograms(path) for path in job.inputs("histograms")]
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content["measurement"]))
    noted = {"fit": name, "measurement": content["measurement"], "marks": list(labels.marks)}
    outputs = plot_outputs(job)
    for region, item in fit_regions(settings.regions).items():
        axis, blinded = fitted_bins(histograms, region, item.variable, settings.fit_edges.get(region))
        stack = postfit_stack(settings, fit, region, axis, labels, blinded)
        save_plot(draw_stack(stack), stack_numbers(stack) | {"fit": name}, outputs[f"postfit_{region}"])
    pulls = pull_numbers(fit["parameters"])
    save_plot(draw_pulls(pulls, labels), pulls | noted, outputs["pulls"])
    correlations = correlation_numbers(fit["parameters"], np.asarray(fit["covariance"]))
    save_plot(draw_correlations(correlations, labels), correlations | noted, outputs["correlations"])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
