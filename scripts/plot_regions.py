"""Plot each variable of each region before the fit: stacked backgrounds, signals as lines, data,
ratio.
"""

import sys

from wollemi.histograms.blinding import require_disjoint
from wollemi.histograms.histogram import read_datasets
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.prefit_stack import make_stack, plotted
from wollemi.plots.stack import stack_numbers
from wollemi.plots.stack_drawing import draw_stack
from wollemi.plots.style import plot_outputs, save_plot

SECTIONS = (
    "center_of_mass_tev",
    "luminosity_ifb",
    "datasets",
    "samples",
    "regions",
    "variables",
    "systematics",
    "prune_below",
    "held_parameters",
    "plots",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "histograms": "histograms of the datasets, each named <dataset>.json or <dataset>/members.json",  # noqa: E501
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots, <region>_<variable> for each variable of each region",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Draw every plot."""
    histograms = read_datasets(job.inputs("histograms"))
    require_disjoint(histograms, job.settings.samples)
    outputs = plot_outputs(job)
    for region, variable in plotted(job.settings.regions):
        stack = make_stack(job.settings, histograms, region, variable)
        save_plot(draw_stack(stack), stack_numbers(stack), outputs[f"{region}_{variable}"])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
