"""Placeholder plots for analyses without a model."""

import textwrap

from wollemi.base.absence import absent_model
from wollemi.job.job import Job
from wollemi.plots.style import plot_outputs, save_plot, single_panel
from wollemi_likelihood.base.errors import WollemiError


def draw_absence(job: Job, error: WollemiError) -> None:
    """Write the reason in place of every plot of a program.

    Args:
        job: Job with the outputs `pdf`, `png` and `json`.
        error: Reason why the model is missing.
    """
    text = textwrap.fill(f"{error.where}: {error.problem}".replace("$", r"\$"), 60)
    for paths in plot_outputs(job).values():
        figure, ax = single_panel()
        ax.set_axis_off()
        ax.text(
            0.5,
            0.5,
            f"NO MODEL, nothing was fitted\n\n{text}",
            ha="center",
            va="center",
            fontsize=18,
        )
        save_plot(figure, absent_model(error), paths)
