"""Plot the impacts of parameters: of the only signal, or of the signals that the plots show."""

import sys

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.ranking import draw_ranking, ranking_numbers
from wollemi.plots.style import PlotLabels, plot_outputs, sample_label, save_plot
from wollemi.results.fit import Fits
from wollemi.results.marks import measurement_marks
from wollemi.results.ranking import Ranking

SECTIONS = ("center_of_mass_tev", "luminosity_ifb", "plot_labels")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "ranking": "impacts",
        "fit": "the fits",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "plots: ranking_<signal>",
        "png": "the same as pictures",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw one plot for each signal among the outputs."""
    settings, content, fits = (
        job.settings,
        Ranking.read(job.input("ranking")),
        Fits.read(job.input("fit")).measured,
    )
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))
    for name, paths in plot_outputs(job).items():
        signal = name.removeprefix("ranking_")
        ranking = content.rankings[signal]
        numbers = ranking_numbers(ranking, fits[signal][0].parameters, settings.plots)
        noted = {"signal": signal, "measurement": content.measurement, "marks": list(labels.marks)}
        noted |= {"label": sample_label(signal, settings.plots)}
        save_plot(draw_ranking(numbers, labels), numbers | noted, paths)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
