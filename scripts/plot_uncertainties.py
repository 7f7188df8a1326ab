"""Plot the uncertainty of the parameter of interest by groups of sources, for each signal that the
plots show.
"""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.style import PlotLabels, plot_outputs, sample_label, save_plot
from wollemi.plots.uncertainties import draw_uncertainties, uncertainty_numbers
from wollemi.results.marks import measurement_marks
from wollemi.results.uncertainties import Uncertainties

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "plot_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "uncertainties": "uncertainties by groups of sources",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots: uncertainties_<signal>",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw one plot for each signal among the outputs."""
    settings, content = job.settings, Uncertainties.read(job.input("uncertainties"))
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))
    for name, paths in plot_outputs(job).items():
        signal = name.removeprefix("uncertainties_")
        numbers = uncertainty_numbers(content.uncertainties[signal], settings.plots)
        noted = {"signal": signal, "measurement": content.measurement, "marks": list(labels.marks)}
        noted |= {"label": sample_label(signal, settings.plots)}
        save_plot(draw_uncertainties(numbers, labels), numbers | noted, paths)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
