"""Upper limits on one signal from toys, where it has too few events for the asymptotic formulae."""

import logging
import sys

from wollemi.inference.limit_report import described_curve
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.toy_limits import Failure, FoundLimits, ToyLimits
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.limits import signal_events, upper_limit
from wollemi_likelihood.toys import ToyLimit, toys_of
from wollemi_likelihood.workspaces import Workspace, measured, read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("toy_limits",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspace": "pyhf workspace, named <signal>.json, or of all signals"},
    outputs={"limits": "limits from toys, or that none are needed, named <signal>.json"},
    sections=SECTIONS,
)


def toy_limits(workspace: Workspace, level: float, number: int | None) -> ToyLimits:
    """Compute the limits of a signal from toys, or the reason why they are missing.

    Args:
        workspace: Model of the signal.
        level: Confidence level.
        number: Number of toys per hypothesis.
    """
    limits = failure = None
    try:
        limit = upper_limit(workspace.likelihood, level)
        events = signal_events(workspace.likelihood, workspace.samples)
        toys = toys_of(workspace, limit, events, number)
        limits = None if toys is None else found_limits(toys, workspace.blinded)
    except WollemiError as error:
        LOGGER.warning("%s: no limit: %s: %s", workspace.signal, error.where, error.problem)
        failure = Failure(where=error.where, problem=error.problem, remedy=error.remedy)
    found = ToyLimits(measurement=workspace.measurement, signal=workspace.signal, limits=limits)
    return found.noting(failure=failure) if failure else found


def found_limits(toys: ToyLimit, blinded: bool) -> FoundLimits:
    """Describe limits from toys for the product.

    Args:
        toys: Limits from toys.
        blinded: Whether the observed limit is removed because blinded bins contain Asimov data.
    """
    return FoundLimits(
        observed=None if blinded else toys.observed,
        observed_error=None if blinded else toys.observed_error,
        expected=toys.expected,
        expected_errors=toys.expected_errors,
        curve=described_curve(toys.curve, blinded),
        number=toys.number,
        seed=toys.seed,
    )


def named_workspace(job: Job) -> Workspace:
    """Select the signal of the workspace, or the one of its parameters of interest in the name of
    the output.

    Raises:
        WollemiError: The name of the output does not contain any of them.
    """
    found = {item.signal: item for item in measured(read_workspaces([job.input("workspace")]))}
    (target,) = job.arguments.limits
    if len(found) > 1 and target.stem not in found:
        problem = f"'{target.stem}' is no parameter of interest of the workspace"
        raise WollemiError(str(target), problem, f"name it after one of {', '.join(found)}")
    return found.get(target.stem) or next(iter(found.values()))


@with_model(write_absence)
def main(job: Job) -> None:
    """Throw the toys of one signal."""
    workspace, settings = named_workspace(job), job.settings.toy_limits
    job.write_json("limits", toy_limits(workspace, settings.level, settings.toys).plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
