"""Plot confidence intervals: the test statistic of the data and its critical values by toys, for
each signal that the plots show.
"""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.confidence_intervals import draw_intervals, interval_numbers
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.results.confidence_intervals import Intervals
from wollemi.results.marks import measurement_marks

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "signal_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "intervals": "confidence intervals",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots: interval_<parameter>_<signal>",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw one plot for each parameter and signal among the outputs."""
    settings, content = job.settings, Intervals.read(job.input("intervals"))
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))
    names = {f"interval_{name}_{signal}": (signal, name) for signal, name in content.pairs}
    for plot, paths in plot_outputs(job).items():
        numbers = interval_numbers(content, *names[plot], settings.plots)
        noted = {"measurement": content.measurement, "marks": list(labels.marks)}
        save_plot(draw_intervals(numbers, labels), numbers | noted, paths)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
