"""Plot fits of toys: their pulls, and the bias at each true value."""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.plots.toy_fits import draw_toys, toy_numbers
from wollemi.results.marks import measurement_marks
from wollemi.results.toy_fits import ToyFits

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "signal_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "toy_fits": "fits of toys",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots: toys_<signal>, or toys_<parameter of interest>",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw one plot for each signal among the outputs."""
    settings, content = job.settings, ToyFits.read(job.input("toy_fits"))
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))
    for name, paths in plot_outputs(job).items():
        numbers = toy_numbers(content, name.removeprefix("toys_"), settings.plots)
        noted = {"measurement": content.measurement, "marks": list(labels.marks)}
        save_plot(draw_toys(numbers, labels), numbers | noted, paths)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
