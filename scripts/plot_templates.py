"""Plot the templates of systematics: nominal and at ±1σ, before and after smoothing and
symmetrization, for each region and sample.
"""

import sys

from wollemi.histograms.unrolling import read_datasets
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.binning import in_fit_bins
from wollemi.model.templates import Source
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.noted_marks import noted_marks
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.plots.templates import draw_templates, template_numbers

SECTIONS = (
    "center_of_mass_tev",
    "luminosity_ifb",
    "datasets",
    "samples",
    "regions",
    "variables",
    "systematics",
    "fit_edges",
    "prune_below",
    "keeps_negative_bins",
    "plots",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "histograms": "histograms of simulated datasets, each named <dataset>.json or "
        "<dataset>/members.json",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots: templates_<systematic>",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Draw one plot for each systematic among the outputs."""
    settings = job.settings
    filled = read_datasets(job.inputs("histograms"), settings.variables)
    histograms = in_fit_bins(filled, settings.regions, settings.fit_edges)
    marks = noted_marks([item for items in histograms.values() for item in items.values()])
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, marks, simulation=True)
    source = Source(histograms, settings.datasets)
    for name, paths in plot_outputs(job).items():
        numbers = template_numbers(settings, source, name.removeprefix("templates_"))
        noted = {"marks": list(marks), "beam": beam}
        save_plot(draw_templates(numbers, labels), numbers | noted, paths)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
