"""Plot the corrections that the run measures: efficiencies, scale factors, fake rates, pile-up
weights.
"""

import sys

from wollemi.base.json_files import read_json
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.correction_maps import draw_map, map_numbers
from wollemi.plots.luminosity_label import era_beam_text
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.results.correction_maps import file_marks, measured_maps
from wollemi.results.marks import data_label

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "shown_corrections", "signal_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "maps": "measured corrections, each named <correction>.json",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots: correction_<correction>",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Draw one plot per correction."""
    settings, outputs = job.settings, plot_outputs(job)
    for path in job.inputs("maps"):
        name, content = path.stem, read_json(path)
        shown, marks = settings.shown_corrections[name], file_marks(content)
        known = settings.center_of_mass_tev, settings.luminosity_ifb
        beam = era_beam_text(*known, shown.get("era"))
        labels = PlotLabels(settings.plots.experiment, beam, marks)
        of_data = data_label(settings.plots.data_label, marks)
        numbers = map_numbers(name, shown, measured_maps(content), of_data)
        noted = {"marks": list(marks), "beam": beam}
        save_plot(draw_map(numbers, labels), numbers | noted, outputs[f"correction_{name}"])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
