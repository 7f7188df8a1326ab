"""Plot the goodness of fit: test statistics of the toys and of the data."""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.plots.toy_goodness import draw_goodness, goodness_numbers
from wollemi.results.marks import measurement_marks
from wollemi.results.toy_goodness import Goodness

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "signal_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "goodness": "goodness of fit",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "the plot, named goodness",
        "png": "the same as a picture",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw the plot of the goodness of fit."""
    settings, content = job.settings, Goodness.read(job.input("goodness"))
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))
    numbers = goodness_numbers(content)
    noted = {"measurement": content.measurement, "marks": list(labels.marks)}
    save_plot(draw_goodness(numbers, labels), numbers | noted, plot_outputs(job)["goodness"])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
