"""Plot the impacts of parameters: of the one signal, or of those that the plots show."""

import sys

from wollemi.absent_model import with_model
from wollemi.absent_plots import draw_absence
from wollemi.beam import beam_text
from wollemi.command_line import Program
from wollemi.drawing import PlotLabels, plot_outputs, save_plot
from wollemi.fit_files import measurement_marks
from wollemi.json_files import read_json
from wollemi.program import Job, run_program
from wollemi.ranking_plots import draw_ranking, ranking_numbers

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "plots")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"ranking": "impacts", "fit": "the fits", "luminosity": "luminosity of certified blocks, or nothing"},
    outputs={"pdf": "plots: ranking_<signal>", "png": "the same as pictures", "json": "every number drawn"},
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw one plot for each signal that an output is named after."""
    settings, content, fits = job.settings, read_json(job.input("ranking")), read_json(job.input("fit"))["fits"]
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content["measurement"]))
    for name, paths in plot_outputs(job).items():
        signal = name.removeprefix("ranking_")
        ranking = content["rankings"][signal]
        numbers = ranking_numbers(ranking, fits[signal]["parameters"])
        noted = {"signal": signal, "measurement": content["measurement"], "marks": list(labels.marks)}
        save_plot(draw_ranking(numbers, labels), numbers | noted, paths)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
