"""Local p-value of each signal along the axis of the limit plot, and the global one of the largest
excess, by toys and by upcrossings.
"""

import logging
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.discovery import Discovery, GlobalPValue, ScannedSignal, Upcrossings
from wollemi.results.discovery_text import discovery_lines
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.discovery_scan import (
    counted_upcrossings,
    global_p_values,
    scan_toys,
)
from wollemi_likelihood.limits import significance
from wollemi_likelihood.workspaces import Workspace, read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("discovery", "limit_points")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"discovery": "local and global p-values"},
    sections=SECTIONS,
)


def along_axis(
    workspaces: Sequence[Workspace], points: Mapping[str, float]
) -> dict[str, Workspace]:
    """Sort signals with a position along the axis.

    Raises:
        WollemiError: Fewer than two signals have a position.
    """
    placed = [item for item in workspaces if item.signal in points]
    if len(placed) < 2:
        problem = "fewer than two signals have a place in limits.points"
        raise WollemiError("discovery", problem, "give the places of the signals on the axis")
    ordered = sorted(placed, key=lambda item: points[item.signal])
    return {item.signal: item for item in ordered}


def scanned(workspace: Workspace, point: float) -> ScannedSignal:
    """Compute the excess for a signal, without data if bins are blinded."""
    found = significance(workspace.likelihood)
    hidden = workspace.blinded
    return ScannedSignal(
        point=point,
        q0=None if hidden else found.observed**2,
        p_value=None if hidden else found.observed_p_value,
        significance=None if hidden else found.observed,
        expected=found.expected,
    )


@with_model(write_absence)
def main(job: Job) -> None:
    """Scan all signals."""
    asked, points = job.settings.discovery, job.settings.limit_points
    models = along_axis(read_workspaces(job.inputs("workspaces")), points)
    first = next(iter(models.values()))
    signals = {name: scanned(item, points[name]) for name, item in models.items()}
    likelihoods = [item.likelihood for item in models.values()]
    toys, failed = scan_toys(likelihoods, asked.seed, range(asked.toys))
    values = [item.q0 for item in signals.values() if item.q0 is not None]
    observed = None if first.blinded else np.array(values)
    crossings = counted_upcrossings(toys, observed)
    p_values = {} if observed is None else global_p_values(observed, toys, crossings)
    product = Discovery(
        measurement=first.measurement,
        signals=signals,
        largest=None if observed is None else [*signals][int(observed.argmax())],
        global_p_values={way: GlobalPValue.of(found) for way, found in p_values.items()},
        upcrossings=Upcrossings.of(crossings),
        toys=tuple(toys.max(axis=1).tolist()),
        seed=asked.seed,
        failed=failed,
    )
    for line in discovery_lines(product):
        LOGGER.info("%s", line)
    job.write_json("discovery", product.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
