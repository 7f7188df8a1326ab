"""Goodness of fit: the p-value of each test statistic, from the toys of all batches."""

import logging
import sys

from wollemi.inference.merged_toys import merged_batches
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.toy_goodness import STATISTICS, GoodnessBatch
from wollemi.results.toy_goodness_text import outcome_text

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("goodness",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"batches": "test statistics of the batches, in order"},
    outputs={"goodness": "goodness of fit"},
    sections=SECTIONS,
)


@with_model(write_absence)
def main(job: Job) -> None:
    """Merge the batches."""
    batches = [GoodnessBatch.read(path) for path in job.inputs("batches")]
    goodness = merged_batches(batches, job.settings.goodness.seed)
    for name, title in STATISTICS.items():
        LOGGER.info("%s: %s: %s", goodness.fit, title, outcome_text(goodness, name))
    if goodness.failed:
        LOGGER.warning("%s: %d toys have no fit", goodness.fit, goodness.failed)
    job.write_json("goodness", goodness.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
