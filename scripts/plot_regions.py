"""Plot each variable of each region before the fit: stacked backgrounds, signals as lines, data,
ratio; variables of two axes as colors; shapes of simulated samples at unit area; and efficiencies
of cuts.
"""

import sys

from wollemi.analysis.plain.plot_eras import era_plots
from wollemi.analysis.plain.region_groups import group_places, region_groups
from wollemi.histograms.blinding import require_disjoint
from wollemi.histograms.unrolling import read_datasets
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.binning import in_plot_bins
from wollemi.plots.cut_efficiencies import draw_cut_efficiency, efficiency_numbers
from wollemi.plots.eras import era_stack
from wollemi.plots.planes import draw_plane, plane_numbers
from wollemi.plots.prefit_stack import make_stack, plotted
from wollemi.plots.shapes import draw_shapes, shape_numbers
from wollemi.plots.stack import sample_colors, stack_numbers
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
    "keeps_negative_bins",
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
        "pdf": "plots, <region>_<variable> for each variable of each region and group of regions, "
        "era_<era>_<region>_<variable>, plane_<region>_<variable>, shapes_<region>_<variable> and "
        "efficiency_<region>_<variable>",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Draw every plot."""
    settings = job.settings
    filled = read_datasets(job.inputs("histograms"), settings.variables)
    require_disjoint(filled, settings.samples)
    histograms = in_plot_bins(filled, settings.regions, settings.plots.edges or {})
    colors, outputs = sample_colors(settings.samples, settings.plots), plot_outputs(job)
    groups = group_places(settings.declared, region_groups(settings.declared))
    for region, variable in (*plotted(settings.regions), *groups):
        stack = make_stack(settings, histograms, region, variable)
        save_plot(draw_stack(stack), stack_numbers(stack), outputs[f"{region}_{variable}"])
        if paths := outputs.get(f"plane_{region}_{variable}"):
            plane = plane_numbers(stack)
            save_plot(draw_plane(plane), plane, paths)
        if paths := outputs.get(f"shapes_{region}_{variable}"):
            shapes = shape_numbers(settings, histograms, region, variable)
            save_plot(draw_shapes(shapes, colors), shapes, paths)
        if paths := outputs.get(f"efficiency_{region}_{variable}"):
            found = efficiency_numbers(settings, histograms, region, variable)
            save_plot(draw_cut_efficiency(found, colors), found, paths)
    for plot in era_plots(settings.declared):
        stack = era_stack(settings, histograms, plot)
        save_plot(draw_stack(stack), stack_numbers(stack), outputs[plot.name])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
