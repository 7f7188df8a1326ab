"""Toys of some values of a parameter, for confidence intervals of Feldman and Cousins."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.results.confidence_intervals import BeltPart, IntervalBatch
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.inference.confidence_intervals import belt_part
from wollemi_likelihood.workspaces import Workspace, read_workspaces

if TYPE_CHECKING:
    from wollemi.analysis.models.toys import Intervals

LOGGER = logging.getLogger("wollemi")

SECTIONS = ("intervals", "asimov")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"batch": "values that were tested, with their toys"},
    options={"part": Option("number of the batch", int, default=0)},
    sections=SECTIONS,
)


def check_parameters(settings: Intervals, workspaces: Sequence[Workspace]) -> None:
    """Check that each parameter belongs to at least one model.

    Raises:
        WollemiError: A parameter is in none of the models.
    """
    known = {name for workspace in workspaces for name in workspace.likelihood.index}
    for name in settings.parameters:
        if name not in known:
            problem = f"no model has a parameter '{name}'{did_you_mean(name, known)}"
            remedy = "take one of those in fit.json; model.prune_below may have dropped it"
            raise WollemiError("intervals.parameters", problem, remedy)


def batch_of_values(
    workspaces: Sequence[Workspace], settings: Intervals, mine: range
) -> IntervalBatch:
    """Test the values of one job. The values of all parameters and models are numbered; each job
    takes consecutive ones.

    Args:
        workspaces: Models of all signals.
        settings: Section `intervals` of the analysis.
        mine: Numbers of the values.
    """
    belts: dict[str, dict[str, BeltPart]] = {}
    left_out: dict[str, dict[str, str]] = {}
    for number, (workspace, name) in enumerate(tested(workspaces, settings)):
        first = number * settings.points
        places = [place for place in range(settings.points) if first + place in mine]
        if not places:
            continue
        asked = (settings.points, settings.toys, settings.seed)
        bounds, between = settings.bounds.get(name), settings.ranges.get(name)
        try:
            part = belt_part(workspace, name, places, *asked, bounds=bounds, between=between)
            belts.setdefault(workspace.signal, {})[name] = BeltPart.of(part)
        except WollemiError as error:
            reason = f"{error.where}: {error.problem}"
            LOGGER.warning("%s: no interval of %s: %s", workspace.signal, name, reason)
            left_out.setdefault(workspace.signal, {})[name] = reason
    batch = IntervalBatch(measurement=workspaces[0].measurement, belts=belts)
    return batch.noting(left_out=left_out) if left_out else batch


def tested(workspaces: Sequence[Workspace], settings: Intervals) -> list[tuple[Workspace, str]]:
    """All models with each parameter to test."""
    return [
        (workspace, name)
        for workspace in workspaces
        for name in settings.parameters or workspace.likelihood.pois
    ]


@with_model(write_absence)
def main(job: Job) -> None:
    """Test the values of one batch."""
    settings = job.settings.intervals
    workspaces = read_workspaces(job.inputs("workspaces"), job.settings.asimov)
    check_parameters(settings, workspaces)
    number = len(tested(workspaces, settings)) * settings.points
    batch = batch_of_values(workspaces, settings, job.numbers(number, settings.jobs))
    job.write_json("batch", batch.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
