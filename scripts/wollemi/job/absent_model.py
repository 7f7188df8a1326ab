"""Products of an analysis without a model: they contain the reason, and the plots, the cutflow and
the page are still made.
"""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from wollemi.base.absence import absence, absent_model
from wollemi.base.json_files import read_json, render_json
from wollemi.job.job import Job
from wollemi_likelihood.base.errors import WollemiError

LOGGER = logging.getLogger("wollemi")
Work = Callable[[Job], None]
LARGEST = 10_000  # bytes; products with the reason are smaller, and large ones are not read twice


def find_absence(paths: Iterable[Path]) -> WollemiError | None:
    """The reason why the model is missing, if one of the products contains it.

    Args:
        paths: Products; only JSON files are read.
    """
    small = (path for path in paths if path.suffix == ".json" and path.stat().st_size < LARGEST)
    return next((error for path in small if (error := absence(read_json(path)))), None)


def require_model(paths: Iterable[Path]) -> None:
    """Raise an error if a product states that the model is missing.

    Raises:
        WollemiError: The reason why the model is missing.
    """
    error = find_absence(paths)
    if error:
        raise WollemiError(error.where, f"there is no model: {error.problem}", error.remedy)


def write_absence(job: Job, error: WollemiError) -> None:
    """Write the reason in place of every JSON output."""
    for name in job.program.outputs:
        for path in job.outputs(name):
            path.write_text(render_json(absent_model(error)), encoding="utf-8")


def with_model(otherwise: Callable[[Job, WollemiError], None]) -> Callable[[Work], Work]:
    """Decorate the work of a program that needs a model; without a model its outputs contain the
    reason.

    Args:
        otherwise: Function that writes the outputs without a model.
    """

    def decorated(work: Work) -> Work:
        def run(job: Job) -> None:
            error = find_absence(job.sources)
            if error is None:
                work(job)
                return
            LOGGER.warning("skipped, there is no model: %s: %s", error.where, error.problem)
            otherwise(job, error)

        return run

    return decorated
