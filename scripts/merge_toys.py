"""Bias, pulls, coverage and linearity, from the fits of all batches of toys."""

import logging
import sys
from collections.abc import Sequence

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.toy_fit_text import toy_lines
from wollemi.results.toy_fits import Line, ThrownFits, ToyBatch, ToyFits, ToyStudy, ToySummary
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.inference import toy_summaries
from wollemi_likelihood.inference.toy_summaries import line_through, toy_summary

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("toy_fits",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"batches": "fits of the batches, in order"},
    outputs={"toy_fits": "fits of all toys"},
    sections=SECTIONS,
)


def merged_toys(batches: Sequence[ToyBatch], seed: int) -> ToyFits:
    """Merge the fits of the toys of all batches.

    Args:
        batches: Batches, in order.
        seed: Seed of the random numbers.

    Raises:
        WollemiError: Fewer than two toys have a fit.
    """
    studies = {}
    for signal, poi in batches[0].pois.items():
        fits = [joined(parts) for parts in zip(*(b.fits[signal] for b in batches), strict=True)]
        for item in fits:
            if len(item.estimates) < 2:
                problem = f"{signal}: of {counted(item.failed, 'toy')} fewer than two have a fit"
                raise WollemiError(
                    "toy_fits", problem, "look at fit.json for degenerate parameters"
                )
        summaries = [toy_summary(item) for item in fits]
        line = line_through(summaries)
        studies[signal] = ToyStudy(
            poi=poi,
            summaries=tuple(map(ToySummary.of, summaries)),
            line=Line.of(line) if line else None,
            fits=tuple(map(ThrownFits.of, fits)),
        )
    return ToyFits(measurement=batches[0].measurement, seed=seed, studies=studies)


def joined(parts: Sequence[ThrownFits]) -> toy_summaries.ThrownFits:
    """Join the fits of the toys of one true value from all batches."""
    return toy_summaries.ThrownFits(
        injected=parts[0].injected,
        estimates=tuple(value for part in parts for value in part.estimates),
        errors=tuple(value for part in parts for value in part.errors),
        rises=tuple(value for part in parts for value in part.rises),
        failed=sum(part.failed for part in parts),
        without_error=sum(part.without_error for part in parts),
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
