"""A batch of toys of the goodness of fit: random data drawn from the fitted model, with the test
statistics of the toys and of the data.
"""

import logging
import sys
from collections.abc import Sequence

import numpy as np

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.results.fit import BACKGROUND_ONLY
from wollemi.results.marks import BLINDED
from wollemi.results.toy_goodness import Chi2Test, GoodnessBatch, Statistics
from wollemi_likelihood.inference.toy_goodness import (
    asymptotic_test,
    fitted,
    statistics_of,
    throw_toys,
)
from wollemi_likelihood.workspaces import Workspace, read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("goodness",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"batch": "test statistics of the batch"},
    options={"part": Option("number of the batch", int, default=0)},
    sections=SECTIONS,
)


def batch_of_toys(workspaces: Sequence[Workspace], seed: int, numbers: range) -> GoodnessBatch:
    """Throw a batch of toys.

    With several signals, the background-only fit is tested, which is also in plots and tables. If
    bins are blinded, observed values are omitted.

    Args:
        workspaces: Models of all signals.
        seed: Seed of the random numbers.
        numbers: Numbers of the toys.

    Raises:
        WollemiError: The fit to the data did not converge.
    """
    workspace, likelihood = workspaces[0], workspaces[0].likelihood
    alone = len(workspaces) == 1
    held = {} if alone else dict.fromkeys(likelihood.pois, 0.0)
    result = fitted(likelihood, held)
    toys, failed = throw_toys(likelihood, result, held, seed, numbers)
    reason = no_observed(workspace)
    test = None if reason else asymptotic_test(likelihood, result)
    batch = GoodnessBatch(
        measurement=workspace.measurement,
        fit=workspace.signal if alone else BACKGROUND_ONLY,
        observed=None
        if reason
        else Statistics.of(statistics_of(likelihood, likelihood.data, result)),
        asymptotic=Chi2Test.of(test) if test else None,
        toys=tuple(map(Statistics.of, toys)),
        failed=failed,
    )
    return batch.noting(no_observed=reason) if reason else batch


def no_observed(workspace: Workspace) -> str | None:
    """Reason why toys, which are counts, cannot be compared with the data; None if they can."""
    events = workspace.likelihood.observations
    if workspace.blinded:
        return BLINDED
    return None if np.all(events == np.round(events)) else "the data are no counts"


@with_model(write_absence)
def main(job: Job) -> None:
    """Throw the toys of one batch."""
    settings, workspaces = job.settings.goodness, read_workspaces(job.inputs("workspaces"))
    numbers = job.numbers(settings.toys, settings.jobs)
    batch = batch_of_toys(workspaces, settings.seed, numbers)
    LOGGER.info("%s: %d toys, %d without a fit", batch.fit, len(numbers), batch.failed)
    job.write_json("batch", batch.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
