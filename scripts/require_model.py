"""Fail where no model could be built: the last step of a run that is no preview."""

import logging
import sys

from wollemi.job.absent_model import require_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("name",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, or what says why there are none"},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Refuse what is no model."""
    require_model(job.inputs("workspaces"))
    LOGGER.info("%s: %d models", job.settings.selected["name"], len(job.inputs("workspaces")))


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
