"""Plot expected limits and significances at other luminosities: for each signal that the plots
show, and of all signals against their points.
"""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.extrapolation import draw_extrapolation, point_numbers, signal_numbers
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.results.extrapolation import Extrapolation
from wollemi.results.marks import measurement_marks

SECTIONS = ("center_of_mass_tev", "signal_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"extrapolation": "expected limits and significances at other luminosities"},
    outputs={
        "pdf": "plots: extrapolation_<signal>, and extrapolation of signals with points",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw one plot for each signal among the outputs, and the plot of all signals."""
    settings, content = job.settings, Extrapolation.read(job.input("extrapolation"))
    # The luminosity is on an axis of the plot.
    beam = beam_text(settings.center_of_mass_tev, None)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))
    for name, paths in plot_outputs(job).items():
        signal = name.removeprefix("extrapolation").removeprefix("_")
        numbers = (
            signal_numbers(content, signal, settings.plots)
            if signal
            else point_numbers(content, settings.plots)
        )
        noted = {"measurement": content.measurement, "marks": list(labels.marks), "beam": beam}
        save_plot(draw_extrapolation(numbers, labels), numbers | noted, paths)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
