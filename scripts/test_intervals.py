"""Toys of some values of a parameter, for confidence intervals of Feldman and Cousins."""

import sys

from wollemi.inference.confidence_intervals import check_parameters, describe_batch
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi_likelihood.workspaces import read_workspaces

SECTIONS = ("intervals", "asimov")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"batch": "values that were tested, with their toys"},
    options={"part": Option("number of the batch", int, default=0)},
    sections=SECTIONS,
)


@with_model(write_absence)
def main(job: Job) -> None:
    """Test the values of one batch."""
    settings = job.settings.intervals
    workspaces = read_workspaces(job.inputs("workspaces"), job.settings.asimov)
    check_parameters(settings, workspaces)
    batch = describe_batch(workspaces, settings, job.option("part"))
    job.write_json("batch", batch.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
