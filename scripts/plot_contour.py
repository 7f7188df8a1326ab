"""Plot the excluded region of a grid of signals on two axes: the contour where the limit on the
signal strength is 1.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from wollemi.job.absent_model import with_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.plots.absent_model import draw_absence
from wollemi.plots.contour import draw_contour
from wollemi.plots.contour_lines import grid_numbers
from wollemi.plots.luminosity_label import beam_text
from wollemi.plots.overlays import contour_axes, overlay_numbers
from wollemi.plots.style import PlotLabels, plot_outputs, save_plot
from wollemi.results.imported import Imported
from wollemi.results.limits import Limits
from wollemi.results.marks import measurement_marks

SECTIONS = (
    "center_of_mass_tev",
    "luminosity_ifb",
    "workspace",
    "contour",
    "signal_labels",
    "overlays",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "limits": "upper limits",
        "imported": "what the published model is, or nothing",
        "overlays": "the file of each curve of others, if there are any",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "pdf": "the plot, named contour",
        "png": "the same as a picture",
        "json": "every number drawn",
    },
    sections=SECTIONS,
)


def signal_grid(job: Job) -> tuple[Mapping[str, Sequence[Any]], Sequence[str], str]:
    """Two values per signal, their labels and their source: the section `contour`, or the patches
    of a published model.
    """
    contour = job.settings.contour
    if contour and contour.points and contour.axes:
        return contour.points, contour.axes, "contour.points"
    imported = Imported.read(job.input("imported"))
    patches = job.settings.workspace and job.settings.workspace.patches
    axes = (patches and patches.axes) or imported.axes
    values = {name: item.values for name, item in imported.signals.items()}
    return values, axes, "workspace.patches.points"


@with_model(draw_absence)
def main(job: Job) -> None:
    """Draw the contour."""
    settings, content = job.settings, Limits.read(job.input("limits"))
    values, axes, where = signal_grid(job)
    beam = beam_text(settings.center_of_mass_tev, settings.luminosity_ifb)
    labels = PlotLabels(settings.plots.experiment, beam, measurement_marks(content.measurement))
    method = settings.contour.interpolation if settings.contour else None
    numbers = grid_numbers(content, values, axes, method, where)
    if job.inputs("overlays"):
        shown = contour_axes(numbers, content.level)
        numbers |= overlay_numbers(settings.overlays, job.inputs("overlays"), shown)
    noted = {
        "level": content.level,
        "measurement": content.measurement,
        "marks": list(labels.marks),
        "beam": beam,
    }
    figure = draw_contour(numbers, content.level, labels)
    save_plot(figure, numbers | noted, plot_outputs(job)["contour"])


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
