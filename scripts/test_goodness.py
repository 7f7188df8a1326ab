"""A batch of toys of the goodness of fit: random data drawn from the fitted model, with the test
statistics of the toys and of the data.
"""

import logging
import sys

from wollemi.inference.toy_goodness import batch_numbers, describe_batch
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi_likelihood.workspaces import read_workspaces

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


@with_model(write_absence)
def main(job: Job) -> None:
    """Throw the toys of one batch."""
    settings, workspaces = job.settings.goodness, read_workspaces(job.inputs("workspaces"))
    numbers = batch_numbers(settings.toys, settings.jobs, job.option("part"))
    batch = describe_batch(workspaces, settings.seed, numbers)
    LOGGER.info("%s: %d toys, %d without a fit", batch.fit, len(numbers), batch.failed)
    job.write_json("batch", batch.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
