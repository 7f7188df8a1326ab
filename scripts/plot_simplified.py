"""Plot the limits of the simplified and of the full likelihood, one row per signal, and their
ratios.
"""

import sys

from wollemi.base.json_files import read_json
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.results.marks import measurement_marks
from wollemi_publish.simplified.plot import closure_numbers, draw_closure

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "signal_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "closure": "limits of both likelihoods",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "the plot, named closure_plot",
        "png": "the same as a picture",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Draw the plot."""
    settings, content = job.settings, read_json(job.input("closure"))
    marks = measurement_marks(content["measurement"])
    labels = PlotLabels(
        settings.plots.experiment,
        beam_text(settings.center_of_mass_tev, settings.luminosity_ifb),
        marks,
    )
    numbers = closure_numbers(content, settings.plots)
    noted = {"measurement": content["measurement"], "marks": list(marks), "beam": labels.beam}
    save_plot(draw_closure(numbers, labels), numbers | noted, plot_outputs(job)["closure_plot"])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
