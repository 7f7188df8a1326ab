"""Plot the upper limits: against the points of several signals, or for one signal CLs against the
signal strength.
"""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.limits import make_plot
from wollemi.plots.overlays import limit_axes, overlay_numbers
from wollemi.plots.style import plot_outputs, save_plot
from wollemi.results.limits import Limits

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "signal_labels", "overlays")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "limits": "upper limits",
        "overlays": "the file of each curve of others, if there are any",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "the plot, named limits",
        "png": "the same as a picture",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw the plot of the limits."""
    settings, limits = job.settings, Limits.read(job.input("limits"))
    overlays = None
    if job.inputs("overlays"):
        axes = limit_axes(limits, settings.plots)
        overlays = overlay_numbers(settings.overlays, job.inputs("overlays"), axes)
    figure, numbers = make_plot(limits, settings, overlays)
    save_plot(figure, numbers, plot_outputs(job)["limits"])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
