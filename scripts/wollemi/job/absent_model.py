"""Where no model can be built: its products contain the reason, and the plots, the cutflow and the
page are still made.
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
LARGEST = 10_000  # bytes: no model is that small, and large ones need not be read twice


def find_absence(paths: Iterable[Path]) -> WollemiError | None:
    """Why there is no model, if one of some products says so; other files are not read.

    Args:
        paths: JSON products, and other files.
    """
    small = (path for path in paths if path.suffix == ".json" and path.stat().st_size < LARGEST)
    return next((error for path in small if (error := absence(read_json(path)))), None)


def require_model(paths: Iterable[Path]) -> None:
    """Refuse products that state that there is no model.

    Raises:
        WollemiError: why there is none.
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
    """Decorates the work of a program that needs a model; without one its outputs contain the
    reason.

    Args:
        otherwise: writes the outputs without a model.
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
