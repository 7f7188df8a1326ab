"""Upper limits on each signal, or on each parameter of interest of signals that are fitted together
with the other ones free: observed, expected with their bands, and the curve of CLs.
"""

import logging
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from wollemi.analysis.models.theory import theory_uncertainty
from wollemi.base.json_files import read_json
from wollemi.inference.limit_report import describe_limit, warnings_of
from wollemi.inference.mass_interpolation import Rules, interpolated
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.cross_sections import signal_cross_section
from wollemi.results.interpolation_text import interpolation_texts
from wollemi.results.limits import Limits, SignalLimit, exclusion, method_of
from wollemi.results.marks import BLINDED
from wollemi.results.toy_limits import FoundLimits, ToyLimits
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.limit_floor import MEDIAN
from wollemi_likelihood.limits import signal_events, upper_limit
from wollemi_likelihood.workspaces import Workspace, measured, read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("limits", "samples", "datasets", "asimov", "interpolation_edges")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "workspaces": "pyhf workspaces, each named <signal>.json",
        "toys": "limits from toys, of each signal if they are asked for",
    },
    outputs={"limits": "limits"},
    sections=SECTIONS,
)


def limits_of(
    job: Job, workspaces: Sequence[Workspace], toys: Mapping[str, ToyLimits]
) -> tuple[dict[str, SignalLimit], dict[str, str]]:
    """Compute limits of all signals, with reasons for the missing ones: a signal that fails does
    not affect the others.

    Args:
        job: Job with the settings.
        workspaces: Workspaces of all signals.
        toys: Signal → limits from toys, if they are requested.

    Raises:
        WollemiError: None of the signals has a limit.
    """
    limits, left_out = {}, {}
    for workspace in workspaces:
        try:
            limits[workspace.signal] = _limit(job, workspace, _found(toys, workspace.signal))
        except WollemiError as error:
            if workspace is workspaces[-1] and not limits:
                raise
            left_out[workspace.signal] = f"{error.where}: {error.problem}"
            LOGGER.warning("%s: no limit: %s", workspace.signal, left_out[workspace.signal])
    return limits, left_out


@with_model(write_absence)
def main(job: Job) -> None:
    """Compute the limits of all signals."""
    workspaces = measured(read_workspaces(job.inputs("workspaces"), job.settings.asimov))
    toys = [ToyLimits.read(path) for path in job.inputs("toys")]
    limits, left_out = limits_of(job, workspaces, {item.signal: item for item in toys})
    asked, between = job.settings.limits.interpolation, None
    if asked:
        contents = {path.stem: read_json(path) for path in job.inputs("workspaces")}
        blinded = workspaces[0].blinded
        axes = job.settings.interpolation_edges
        edges = {name: np.array(values, np.float64) for name, values in axes.items()}
        rules = Rules(edges, asked.step, job.settings.limits.level, blinded, job.settings.asimov)
        between = interpolated(contents, limits, rules)
        for text in interpolation_texts(between):
            LOGGER.info("%s", text)
    found = Limits(
        measurement=workspaces[0].measurement,
        level=job.settings.limits.level,
        test_statistic="qtilde",
        method=method_of(limits.values()),
        limits=limits,
        exclusion=exclusion({**limits, **(between.named if between else {})}),
    )
    scaled = {item.signal: item.samples for item in workspaces if item.likelihood.others}
    pois = {item.likelihood.poi for item in workspaces}
    noted = {
        "poi": "" if len(pois) > 1 or "mu" in pois else pois.pop(),
        "left_out": left_out,
        "scaled": scaled,
        "interpolation": between,
    }
    found = found.noting(**{key: value for key, value in noted.items() if value})
    job.write_json("limits", found.plain())


def _found(toys: Mapping[str, ToyLimits], signal: str) -> FoundLimits | None:
    item = toys.get(signal)
    if item is None:
        return None
    if item.failure:
        raise WollemiError(item.failure.where, item.failure.problem, item.failure.remedy)
    return item.limits


def _limit(job: Job, workspace: Workspace, toys: FoundLimits | None) -> SignalLimit:
    settings, samples = job.settings.limits, job.settings.samples
    limit = upper_limit(workspace.likelihood, settings.level)
    cross_section = signal_cross_section(
        workspace.samples,
        samples,
        job.settings.datasets,
        settings.cross_section_fraction,
    )
    events = signal_events(workspace.likelihood, workspace.samples)
    point = (settings.points or {}).get(workspace.signal)
    described = describe_limit(limit, point, cross_section, events, workspace.blinded, toys)
    observed = BLINDED if described.observed is None else f"{described.observed:.4g}"
    sizes = theory_uncertainty(settings.theory_uncertainty, workspace.signal)
    described = described.noting(theory_uncertainty=sizes) if sizes else described
    LOGGER.info(
        "%s: observed %s, expected %.4g", workspace.signal, observed, described.expected[MEDIAN]
    )
    for text in warnings_of(limit, described):
        LOGGER.warning("%s: %s", workspace.signal, text)
    return described


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
