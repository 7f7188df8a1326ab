"""Maximum-likelihood fit of each workspace to the data, and of the backgrounds alone."""

import sys

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.fit import BACKGROUND_ONLY, FitResult, marked_fits
from wollemi.results.fit_messages import log_fit, log_remarks
from wollemi_likelihood.inference.fit_report import fit_workspace
from wollemi_likelihood.workspaces import read_workspaces

SECTIONS = ("model",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"fit": "fit results"},
    sections=SECTIONS,
)


@with_model(write_absence)
def main(job: Job) -> None:
    """Fit all workspaces."""
    workspaces = read_workspaces(job.inputs("workspaces"))
    reports = {workspace.signal: fit_workspace(workspace) for workspace in workspaces}
    reports[BACKGROUND_ONLY] = fit_workspace(workspaces[0], background_only=True)
    fits = {name: FitResult.of(report) for name, report in reports.items()}
    found = marked_fits(workspaces[0].measurement, fits)
    job.write_json("fit", found.plain())
    for name, item in fits.items():
        log_fit(name, item, bool(workspaces[0].blinded))
    log_remarks(*found.main)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
