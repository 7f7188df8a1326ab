"""Maximum-likelihood fit of each workspace to the data, and of the backgrounds alone."""

import logging
import sys

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.fit import BACKGROUND_ONLY, FitResult, Fits, goodness_text, is_bad
from wollemi.results.parameter_text import value_text
from wollemi.statistics.fit_report import fit_workspace
from wollemi.statistics.workspaces import read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("model",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"fit": "fit results"},
    sections=SECTIONS,
)


def _tell_goodness(name: str, fit: FitResult) -> None:
    if is_bad(fit):
        LOGGER.warning("%s: THE MODEL DOES NOT DESCRIBE THE DATA: goodness of fit %s", name, goodness_text(fit))
    elif fit.goodness_of_fit is not None:
        LOGGER.info("%s: goodness of fit %s", name, goodness_text(fit))


@with_model(write_absence)
def main(job: Job) -> None:
    """Fit all workspaces."""
    workspaces = read_workspaces(job.inputs("workspaces"))
    fits = {workspace.signal: fit_workspace(workspace) for workspace in workspaces}
    fits[BACKGROUND_ONLY] = fit_workspace(workspaces[0], background_only=True)
    job.write_json("fit", Fits(measurement=workspaces[0].measurement, fits=fits).plain())
    data = "Asimov data in blinded bins: " if workspaces[0].blinded else ""
    for name, item in fits.items():
        _tell_goodness(name, item)
        LOGGER.info("%s: %s%s = %s", name, data, item.poi, "0 (fixed)" if item.strength.fixed else value_text(item.strength))


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
