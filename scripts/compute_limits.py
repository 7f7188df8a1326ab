"""Upper limits on the signal: observed, expected with their bands, and the curve of CLs."""

import logging
import sys
from collections.abc import Collection, Sequence

from wollemi.base.errors import WollemiError
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.limit_floor import TRUSTED, WORDS, edges_below, fewest_signal_events
from wollemi.results.limits import MEDIAN, Limits, SignalLimit, exclusion
from wollemi.results.marks import BLINDED
from wollemi.statistics.limit_report import describe_limit, signal_cross_section, signal_events
from wollemi.statistics.limits import Limit, upper_limit
from wollemi.statistics.toys import ToyLimit, toy_limit
from wollemi.statistics.workspaces import Workspace, read_workspaces

LOGGER = logging.getLogger("wollemi")
# The same for all signals: one under another name has the same limit, and limits of neighboring
# signals fluctuate alike.
SEED = 1
SECTIONS = ("limits", "samples", "datasets")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"limits": "limits"},
    sections=SECTIONS,
)


def limits_of(
    job: Job, workspaces: Sequence[Workspace]
) -> tuple[dict[str, SignalLimit], dict[str, str]]:
    """Limits of all signals, and why others have none: one that fails does not take the others with
    it.

    Raises:
        WollemiError: there is no limit on any signal.
    """
    limits, left_out = {}, {}
    for workspace in workspaces:
        try:
            limits[workspace.signal] = _limit(job, workspace)
        except WollemiError as error:
            if workspace is workspaces[-1] and not limits:
                raise
            left_out[workspace.signal] = f"{error.where}: {error.problem}"
            LOGGER.warning("%s: no limit: %s", workspace.signal, left_out[workspace.signal])
    return limits, left_out


@with_model(write_absence)
def main(job: Job) -> None:
    """Compute the limits of all signals."""
    workspaces = read_workspaces(job.inputs("workspaces"))
    limits, left_out = limits_of(job, workspaces)
    found = Limits(
        measurement=workspaces[0].measurement,
        level=job.settings.limits.level,
        test_statistic="qtilde",
        method=method_of(limits.values()),
        limits=limits,
        exclusion=exclusion(limits),
        **({"left_out": left_out} if left_out else {}),
    )
    job.write_json("limits", found.plain())


def method_of(limits: Collection[SignalLimit]) -> str:
    """How limits were found, in a word."""
    from_toys = sum(limit.toys is not None for limit in limits)
    return "toys" if from_toys == len(limits) else "mixed" if from_toys else "asymptotic"


def _limit(job: Job, workspace: Workspace) -> SignalLimit:
    settings, samples = job.settings.limits, job.settings.samples
    limit = upper_limit(workspace.likelihood, settings.level)
    cross_section = signal_cross_section(
        samples[workspace.signal], job.settings.datasets, settings.cross_section_fraction
    )
    events = signal_events(workspace.likelihood, workspace.signal)
    toys = toys_of(workspace, limit, events, settings.toys)
    point = (settings.points or {}).get(workspace.signal)
    described = describe_limit(limit, point, cross_section, events, workspace.blinded, toys)
    observed = BLINDED if described.observed is None else f"{described.observed:.4g}"
    LOGGER.info(
        "%s: observed %s, expected %.4g", workspace.signal, observed, described.expected[MEDIAN]
    )
    _warn(workspace.signal, limit, described)
    return described


def toys_of(
    workspace: Workspace, limit: Limit, events: float, number: int | None
) -> ToyLimit | None:
    """The limits from toys, if they are asked for and an asymptotic one is of too few events."""
    observed = None if workspace.blinded else limit.observed
    few = edges_below(observed, limit.expected, events, limit.level, TRUSTED)
    if number is None or not few:
        return None
    which = ", ".join(WORDS[name] for name in few)
    LOGGER.info("%s: toys, as an asymptotic limit is of few events: %s", workspace.signal, which)
    return toy_limit(workspace.likelihood, limit, number, [SEED])


def _warn(signal: str, limit: Limit, described: SignalLimit) -> None:
    """Say what a reader of the limits must know."""
    if limit.raised_to is not None:
        LOGGER.warning(
            "%s: a limit is beyond the bounds of %s: searched up to %g",
            signal,
            limit.poi,
            limit.raised_to,
        )
    if described.below_floor:
        fewest, which = (
            fewest_signal_events(limit.level),
            ", ".join(WORDS[name] for name in described.below_floor),
        )
        LOGGER.warning(
            "%s: below %.1f signal events, which no CLs limit can be: %s; see docs/statistics.md",
            signal,
            fewest,
            which,
        )
    if described.observed_outside_3_sigma is not None:
        LOGGER.warning(
            "%s: THE OBSERVED LIMIT IS %s ±3σ OF THE EXPECTED ONE",
            signal,
            described.observed_outside_3_sigma.upper(),
        )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
