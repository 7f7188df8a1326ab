"""Goodness of fit: the p-value of each test statistic, from the toys of all batches."""

import logging
import sys
from collections.abc import Sequence

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.toy_goodness import STATISTICS, Goodness, GoodnessBatch, ToyTest
from wollemi.results.toy_goodness_text import outcome_text
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.toy_p_values import toy_test

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("goodness",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"batches": "test statistics of the batches, in order"},
    outputs={"goodness": "goodness of fit"},
    sections=SECTIONS,
)


def merged_batches(batches: Sequence[GoodnessBatch], seed: int) -> Goodness:
    """Merge the toys of all batches into a goodness of fit.

    Args:
        batches: Batches, in order.
        seed: Seed of the random numbers.

    Raises:
        WollemiError: None of the toys has a fit.
    """
    first, toys = batches[0], [toy for batch in batches for toy in batch.toys]
    if not toys:
        problem = "no toy has a fit"
        raise WollemiError("goodness", problem, "look at fit.json: the model may be degenerate")
    values = {name: tuple(getattr(toy, name) for toy in toys) for name in STATISTICS}
    tests = {
        name: ToyTest.of(toy_test(getattr(first.observed, name), values[name]))
        for name in STATISTICS
        if first.observed is not None
    }
    goodness = Goodness(
        measurement=first.measurement,
        fit=first.fit,
        seed=seed,
        tests=tests or None,
        asymptotic=first.asymptotic,
        toys=values,
        failed=sum(batch.failed for batch in batches),
    )
    return goodness.noting(no_observed=first.no_observed) if first.no_observed else goodness


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
