"""Compare the likelihood of each workspace with pyhf's at five points, and validate it by pyhf's
schema; a model that interpolates as Combine does is compared with plain arithmetic.
"""

import logging
import sys
from pathlib import Path

import pyhf

from wollemi.base.json_files import read_json
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.model_check import ModelCheck, Point
from wollemi_likelihood.interpolation import AS_COMBINE, workspace_interpolation
from wollemi_likelihood.pyhf_comparison import RELATIVE, compare_with_pyhf
from wollemi_likelihood.workspaces import read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("name",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"check": "-2 ln L of both at each point"},
    sections=SECTIONS,
)


def check_workspaces(paths: list[Path]) -> ModelCheck:
    """Compare each workspace and describe the comparison for the product.

    Args:
        paths: Paths of the workspaces.

    Raises:
        WollemiError: A workspace differs.
    """
    workspaces = read_workspaces(paths)
    checks = {}
    for path, workspace in zip(paths, workspaces, strict=True):
        content = read_json(path)
        found = compare_with_pyhf(str(path), content, workspace.likelihood)
        largest = max((abs(point.ours - point.pyhf) for point in found), default=0.0)
        plainly = workspace_interpolation(content) == AS_COMBINE
        LOGGER.info(
            "%s: -2 ln L differs from %s by at most %.0e at %d points",
            workspace.signal,
            "plain arithmetic" if plainly else "pyhf",
            largest,
            len(found),
        )
        checks[workspace.signal] = tuple(
            Point(minus_two_log_likelihood=point.ours, plain_arithmetic=point.pyhf)
            if plainly
            else Point(minus_two_log_likelihood=point.ours, pyhf=point.pyhf)
            for point in found
        )
    return ModelCheck(
        measurement=workspaces[0].measurement,
        pyhf=pyhf.__version__,
        relative_tolerance=RELATIVE,
        checks=checks,
    )


@with_model(write_absence)
def main(job: Job) -> None:
    """Compare all workspaces."""
    job.write_json("check", check_workspaces(job.inputs("workspaces")).plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
