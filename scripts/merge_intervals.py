"""Confidence intervals of Feldman and Cousins, from the values that all batches have tested."""

import logging
import sys

from wollemi.inference.merged_intervals import merged_intervals
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.confidence_interval_text import interval_lines
from wollemi.results.confidence_intervals import IntervalBatch

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("intervals",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"batches": "values that the batches have tested, in order"},
    outputs={"intervals": "confidence intervals"},
    sections=SECTIONS,
)


@with_model(write_absence)
def main(job: Job) -> None:
    """Merge the batches."""
    settings = job.settings.intervals
    batches = [IntervalBatch.read(path) for path in job.inputs("batches")]
    found = merged_intervals(batches, settings.seed, settings.toys)
    for line in interval_lines(found.brief):
        LOGGER.info("%s", line)
    job.write_json("intervals", found.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
