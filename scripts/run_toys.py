"""A batch of toys of each model, fitted: random data thrown at the best fit, or at chosen signal
strengths.
"""

import sys

from wollemi.inference.toy_fits import describe_toy_batch
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi_likelihood.workspaces import read_workspaces

SECTIONS = ("toy_fits",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"batch": "fits of the batch"},
    options={"part": Option("number of the batch", int, default=0)},
    sections=SECTIONS,
)


@with_model(write_absence)
def main(job: Job) -> None:
    """Throw and fit the toys of one batch."""
    workspaces = read_workspaces(job.inputs("workspaces"))
    batch = describe_toy_batch(workspaces, job.settings.toy_fits, job.option("part"))
    job.write_json("batch", batch.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
