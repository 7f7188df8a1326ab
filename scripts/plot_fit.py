"""Plot the main fit: each region after the fit, fitted or not, pulls of the parameters, their
correlations.
"""

import sys

from wollemi.histograms.unrolling import read_unrolled
from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.parameters import FIT_PLOTS
from wollemi.plots.postfit_stack import fit_bins, fit_labels, fit_stacks
from wollemi.plots.region_pulls import (
    column_numbers,
    draw_region_pulls,
    pulls_stack,
    region_columns,
)
from wollemi.plots.signal_to_background import draw_ordered, ordered_numbers
from wollemi.plots.stack import stack_numbers
from wollemi.plots.stack_drawing import draw_stack
from wollemi.plots.style import plot_outputs, save_plot
from wollemi.results.fit import Fits
from wollemi.results.predictions import Predictions

SECTIONS = (
    "center_of_mass_tev",
    "luminosity_ifb",
    "workspace",
    "samples",
    "regions",
    "variables",
    "fit_edges",
    "plots",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "fit": "the fits",
        "predictions": "the fit in regions and variables that were not fitted, and in groups of "
        "regions, if there are any",
        "histograms": "histograms of the data: they know the bins; none of a published model",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots: postfit_<region> of each region, postfit_<region>_<variable> of each other "
        "variable, the same of groups of regions, region_pulls of several regions, "
        "signal_to_background_<signal>, pulls, correlations",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw every plot of the main fit."""
    settings, content = job.settings, Fits.read(job.input("fit"))
    name, fit = content.main
    histograms = [read_unrolled(path, settings.variables) for path in job.inputs("histograms")]
    labels = fit_labels(settings, content)
    noted = {"fit": name, "measurement": content.measurement, "marks": list(labels.marks)}
    outputs = plot_outputs(job)
    bins = fit_bins(settings, fit, histograms)
    predictions = Predictions.read(job.input("predictions")) if job.inputs("predictions") else None
    for plot, stack in fit_stacks(settings, fit, predictions, bins, labels):
        save_plot(draw_stack(stack), stack_numbers(stack) | {"fit": name}, outputs[plot])
    if "region_pulls" in outputs:
        columns = region_columns(settings, fit, predictions, bins)
        figure = draw_region_pulls(pulls_stack(settings, columns, labels), columns)
        save_plot(figure, column_numbers(columns) | noted, outputs["region_pulls"])
    hidden = {region: flags for region, (_, flags) in bins.items()}
    for signal in settings.plots.signal_to_background or ():
        own = content.fits.get(signal, fit)
        numbers = ordered_numbers(own, signal, hidden, settings.plots, list(labels.marks)) | noted
        save_plot(draw_ordered(numbers, labels), numbers, outputs[f"signal_to_background_{signal}"])
    for plot, (numbers_of, draw) in FIT_PLOTS.items():
        if plot in outputs:
            numbers = numbers_of(fit, settings.plots)
            save_plot(draw(numbers, labels), numbers | noted, outputs[plot])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
