"""Plot the upper limits: against the points of several signals, or for one signal CLs against the
signal strength.
"""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.limits import make_plot
from wollemi.plots.style import plot_outputs, save_plot
from wollemi.results.limits import Limits

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "plots")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"limits": "upper limits", "luminosity": "luminosity of certified blocks, or nothing"},
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
    figure, numbers = make_plot(Limits.read(job.input("limits")), job.settings)
    save_plot(figure, numbers, plot_outputs(job)["limits"])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
