"""Plot the scan for an excess: the local p-value of each signal, with lines of σ."""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.discovery import discovery_numbers, draw_discovery
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.results.discovery import Discovery
from wollemi.results.marks import measurement_marks

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "signal_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "discovery": "local and global p-values",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "the plot, named discovery",
        "png": "the same as a picture",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw the plot of the scan."""
    settings, content = job.settings, Discovery.read(job.input("discovery"))
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))
    numbers = discovery_numbers(content, settings.plots)
    noted = {"measurement": content.measurement, "marks": list(labels.marks)}
    save_plot(draw_discovery(numbers, labels), numbers | noted, plot_outputs(job)["discovery"])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
