"""Plot the scans: −2Δ ln L against one parameter, contours of two, for each signal that the plots
show.
"""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.scans import draw_scan, scan_numbers
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.results.marks import measurement_marks
from wollemi.results.scans import Scans

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "scans", "signal_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "scans": "profile likelihood scans",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots: scan_<scan>_<signal>",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw one plot for each scan and signal among the outputs."""
    settings, content = job.settings, Scans.read(job.input("scans"))
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))
    names = {
        f"scan_{scan}_{signal}": (scan, signal)
        for signal in content.scans
        for scan in settings.scans
    }
    for name, paths in plot_outputs(job).items():
        scan, signal = names[name]
        numbers = scan_numbers(content, scan, signal, settings.plots)
        noted = {"measurement": content.measurement, "marks": list(labels.marks)}
        save_plot(draw_scan(numbers, labels), numbers | noted, paths)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
