"""Bias, pulls, coverage and linearity, from the fits of all batches of toys."""

import logging
import sys

from wollemi.inference.merged_toy_fits import merged_toys
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.toy_fit_text import toy_lines
from wollemi.results.toy_fits import ToyBatch

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("toy_fits",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"batches": "fits of the batches, in order"},
    outputs={"toy_fits": "fits of all toys"},
    sections=SECTIONS,
)


@with_model(write_absence)
def main(job: Job) -> None:
    """Merge the batches."""
    batches = [ToyBatch.read(path) for path in job.inputs("batches")]
    found = merged_toys(batches, job.settings.toy_fits.seed)
    for line in toy_lines(found.brief):
        LOGGER.info("%s", line)
    job.write_json("toy_fits", found.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
