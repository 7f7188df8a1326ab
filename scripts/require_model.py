"""Fail where no model could be built, its templates have flaws, or a fit has no minimum: the last
step of a run, unless it is a preview.
"""

import logging
import sys

from wollemi.job.absent_model import require_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.fit import Fits, require_minima
from wollemi.results.lint import TemplateLint, count_text
from wollemi_likelihood.base.errors import WollemiError, counted

LOGGER = logging.getLogger("wollemi")
SHOWN = 10  # number of flaws in the message
SECTIONS = ("name",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "workspaces": "pyhf workspaces, or what says why there are none",
        "lint": "flaws of the templates, or nothing",
        "fit": "the fits, or nothing",
    },
    sections=SECTIONS,
)


def require_templates(lint: TemplateLint) -> None:
    """Refuse flaws at the level that the analysis chooses.

    Raises:
        WollemiError: The templates have such flaws.
    """
    found = lint.failing
    if found:
        listing = "".join(f"\n  - {item.text}" for item in found[:SHOWN])
        more = f"\n  - {len(found) - SHOWN} more in lint.json" if len(found) > SHOWN else ""
        problem = f"{count_text(found)} in the templates{listing}{more}"
        remedy = f"{found[0].remedy}; or explain it under lint.accepted"
        raise WollemiError("lint_templates", problem, remedy)


def main(job: Job) -> None:
    """Refuse invalid models."""
    require_model(job.inputs("workspaces"))
    for path in job.inputs("lint"):
        require_templates(TemplateLint.read(path))
    for path in job.inputs("fit"):
        require_minima(Fits.read(path))
    models = counted(len(job.inputs("workspaces")), "model")
    LOGGER.info("%s: %s", job.settings.name, models)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
