"""Profile likelihood scans of one parameter, or of two, observed and expected, for each signal."""

import logging
import sys
from collections.abc import Mapping, Sequence

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.marks import BLINDED
from wollemi.results.scans import Scan, Scans
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.inference.profile_scans import scan_workspace
from wollemi_likelihood.workspaces import Workspace, read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("scans", "asimov")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"scans": "profile likelihood scans"},
    sections=SECTIONS,
)


def check_parameters(job: Job, workspaces: Sequence[Workspace]) -> None:
    """Check that each scanned parameter belongs to at least one model.

    Raises:
        WollemiError: A parameter is in none of the models.
    """
    known = {name for workspace in workspaces for name in workspace.likelihood.index}
    for scan, item in job.settings.scans.items():
        for name in item.parameters:
            if name not in known:
                problem = f"no model has a parameter '{name}'{did_you_mean(name, known)}"
                remedy = "scan one of those in fit.json; model.prune_below may have dropped it"
                raise WollemiError(f"scans.{scan}", problem, remedy)


def scans_of(job: Job, workspace: Workspace) -> tuple[dict[str, Scan], dict[str, str]]:
    """Make the scans of a signal, with reasons for the missing ones: a scan that fails does not
    affect the others.
    """
    found, left_out = {}, {}
    for name, item in job.settings.scans.items():
        try:
            scan = scan_workspace(workspace, item.parameters, item.ranges, item.points)
        except WollemiError as error:
            left_out[name] = f"{error.where}: {error.problem}"
            LOGGER.warning("%s: no scan %s: %s", workspace.signal, name, left_out[name])
            continue
        found[name] = Scan.of(scan)
        log_scan(f"{workspace.signal}: {name}", found[name])
    return found, left_out


def log_scan(name: str, scan: Scan) -> None:
    """Log the result of a scan."""
    for kind, profile in scan.profiles.items():
        texts = [f"{value:.4g}" for value in profile.estimates]
        LOGGER.info("%s: best fit %s (%s)", name, ", ".join(texts), kind)
        if profile.failed:
            points = len(profile.rise)
            LOGGER.warning("%s: %d of %d points have no fit", name, profile.failed, points)
    if scan.observed is None:
        LOGGER.info("%s: observed %s", name, BLINDED)


@with_model(write_absence)
def main(job: Job) -> None:
    """Make the scans of all signals."""
    workspaces = read_workspaces(job.inputs("workspaces"), job.settings.asimov)
    check_parameters(job, workspaces)
    made = {workspace.signal: scans_of(job, workspace) for workspace in workspaces}
    left_out: Mapping[str, Mapping[str, str]] = {
        signal: reasons for signal, (_, reasons) in made.items() if reasons
    }
    for name in job.settings.scans:
        if not any(name in found for found, _ in made.values()):
            reason = next(iter(left_out.values()))[name]
            raise WollemiError(f"scans.{name}", reason, "correct this scan, or leave it out")
    scans = Scans(
        measurement=workspaces[0].measurement,
        scans={signal: found for signal, (found, _) in made.items()},
        **({"left_out": left_out} if left_out else {}),
    )
    job.write_json("scans", scans.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
