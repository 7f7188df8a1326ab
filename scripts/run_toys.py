"""A batch of toys of each model, fitted: random data thrown at the best fit, or at chosen signal
strengths.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.results.toy_fits import ThrownFits, ToyBatch
from wollemi_likelihood.inference.toy_fits import fit_toys, truths
from wollemi_likelihood.workspaces import Workspace, measured, read_workspaces

if TYPE_CHECKING:
    from wollemi.analysis.models.toys import ToyFits

SECTIONS = ("toy_fits",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"batch": "fits of the batch"},
    options={"part": Option("number of the batch", int, default=0)},
    sections=SECTIONS,
)


def fitted_batch(workspaces: Sequence[Workspace], settings: ToyFits, numbers: range) -> ToyBatch:
    """Fit a batch of toys.

    Args:
        workspaces: Models of all signals.
        settings: Section `toy_fits` of the analysis.
        numbers: Numbers of the toys.

    Raises:
        WollemiError: A value is outside the bounds of a model, or the fit to the data failed.
    """
    models = {item.signal: item.likelihood for item in measured(workspaces)}
    fits = {
        signal: tuple(
            ThrownFits.of(fit_toys(likelihood, truth, [settings.seed, place], numbers))
            for place, truth in enumerate(truths(likelihood, settings.injected))
        )
        for signal, likelihood in models.items()
    }
    pois = {signal: likelihood.poi for signal, likelihood in models.items()}
    return ToyBatch(measurement=workspaces[0].measurement, pois=pois, fits=fits)


@with_model(write_absence)
def main(job: Job) -> None:
    """Throw and fit the toys of one batch."""
    workspaces = read_workspaces(job.inputs("workspaces"))
    settings = job.settings.toy_fits
    numbers = job.numbers(settings.toys, settings.jobs)
    batch = fitted_batch(workspaces, settings, numbers)
    job.write_json("batch", batch.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
