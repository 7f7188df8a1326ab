"""Discovery significance of each signal, observed and expected for a signal strength of 1; of
signals that are fitted together, of each parameter of interest with the other ones free.
"""

import logging
import sys

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.marks import BLINDED
from wollemi.results.significances import Significance, Significances
from wollemi_likelihood.limits import significance
from wollemi_likelihood.workspaces import Workspace, measured, read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("model", "asimov")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"significances": "significances"},
    sections=SECTIONS,
)


def describe_significance(workspace: Workspace) -> Significance:
    """Describe the significance of a signal for the product, without the observed one if bins are
    blinded.

    Args:
        workspace: Model of the signal.
    """
    result = significance(workspace.likelihood)
    observed = BLINDED if workspace.blinded else f"{result.observed:.2f} σ"
    LOGGER.info("%s: observed %s, expected %.2f σ", workspace.signal, observed, result.expected)
    return Significance(
        observed=None if workspace.blinded else result.observed,
        observed_p_value=None if workspace.blinded else result.observed_p_value,
        expected=result.expected,
        expected_p_value=result.expected_p_value,
    )


@with_model(write_absence)
def main(job: Job) -> None:
    """Compute the significances of all signals."""
    workspaces = measured(read_workspaces(job.inputs("workspaces"), job.settings.asimov))
    found = {workspace.signal: describe_significance(workspace) for workspace in workspaces}
    made = Significances(measurement=workspaces[0].measurement, significances=found)
    asimov = job.settings.asimov
    job.write_json("significances", (made.noting(asimov=asimov) if asimov else made).plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
