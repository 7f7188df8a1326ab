"""Upper limits on the signal: observed, expected with their bands, and the curve of CLs."""

import logging
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wollemi.analysis.models.analysis import Sample
from wollemi.analysis.models.datasets import Dataset
from wollemi.base.errors import WollemiError
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.limit_floor import WORDS, below_floor, edges_below, fewest_signal_events
from wollemi.results.marks import BLINDED
from wollemi.statistics.likelihood import Likelihood
from wollemi.statistics.limits import Limit, upper_limit
from wollemi.statistics.workspaces import Workspace, read_workspaces

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("limits", "samples", "datasets")
MEDIAN = 2  # place of the median among the expected limits at -2, -1, 0, +1, +2σ
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"limits": "limits"},
    sections=SECTIONS,
)


def signal_cross_section(sample: Sample, datasets: Mapping[str, Dataset], fraction: float | None) -> float | None:
    """Cross section in pb that a signal strength of 1 stands for; None if the analysis does not ask for it.

    Args:
        sample: the signal sample.
        datasets: all datasets.
        fraction: share of the cross section that is quoted, such as one of two lepton flavors.
    """
    if fraction is None:
        return None
    parts = [datasets[name] for name in sample.datasets]
    return fraction * math.fsum((part.cross_section_pb or 0.0) * part.scale_factor for part in parts)


def signal_events(likelihood: Likelihood, signal: str) -> float:
    """Events of the signal in all fitted regions at a signal strength of 1, before the fit.

    Args:
        likelihood: the model.
        signal: name of the signal sample.
    """
    nominal = np.array([parameter.nominal for parameter in likelihood.parameters])
    nominal[likelihood.index[likelihood.poi]] = 1.0
    return float(likelihood.expected_by_sample(nominal)[likelihood.samples.index(signal)].sum())


def describe_limit(
    limit: Limit, point: float | None, cross_section_pb: float | None, events: float, blinded: bool = False
) -> dict[str, Any]:
    """A limit as it stands in the product.

    The asymptotic formulae do not know how low a limit can be at all: `asymptotic_too_low` says so of the observed and the median
    one, `below_floor` names each of the six that is lower, if any is.

    Args:
        limit: on the signal strength.
        point: value on the axis of the limit plot.
        cross_section_pb: cross section of a signal strength of 1.
        events: signal events at a signal strength of 1.
        blinded: the observed limit is that of Asimov data in the blinded bins, and left out.
    """
    observed = None if blinded else limit.observed
    below = edges_below(observed, limit.expected, events, limit.level)
    noted = {
        "below_floor": below or None,
        "observed_outside_3_sigma": None if blinded else limit.outside,
        "poi_bound_raised_to": limit.raised_to,
    }
    scaled = None if cross_section_pb is None else [value * cross_section_pb for value in limit.expected]
    return {
        "point": point,
        "signal_events": events,
        "asymptotic_too_low": {
            "observed": "observed" in below,
            "expected": "expected" in below,
        },
        "observed": observed,
        "expected": list(limit.expected),
        "curve": {
            "poi": list(map(float, limit.curve.poi)),
            "observed": None if blinded else list(map(float, limit.curve.observed)),
            "expected": [list(map(float, row)) for row in limit.curve.expected],
        },
        "cross_section_pb": cross_section_pb,
        "observed_pb": None if cross_section_pb is None or observed is None else observed * cross_section_pb,
        "expected_pb": scaled,
    } | {key: value for key, value in noted.items() if value is not None}


def excluded_up_to(points: Sequence[float], strengths: Sequence[float]) -> tuple[float, int] | None:
    """Where the limit on the signal strength rises through 1, linear in its logarithm between points.

    Args:
        points: increasing values on the axis of the limit plot.
        strengths: limits on the signal strength there.

    Returns:
        The last crossing and the place of the point behind it; None if there is none between the points.
    """
    logarithms = [math.log(strength) for strength in strengths]
    for index in range(len(points) - 1, 0, -1):
        low, high = logarithms[index - 1], logarithms[index]
        if low <= 0 < high:
            return points[index - 1] + (points[index] - points[index - 1]) * low / (low - high), index
    return None


def exclusion(limits: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Observed and expected exclusion on the axis of the limit plot; None without points.

    Args:
        limits: signal → limit as in the product.

    Returns:
        `observed` and `expected`; one that rests on a limit below the floor, which is none, is None and named in `not_quoted`.
    """
    placed = sorted((item for item in limits.values() if item["point"] is not None), key=lambda item: float(item["point"]))
    points = [item["point"] for item in placed]
    strengths = {"observed": [item["observed"] for item in placed], "expected": [item["expected"][MEDIAN] for item in placed]}
    found = {key: None if None in values else excluded_up_to(points, values) for key, values in strengths.items()}
    doubtful = [
        key for key, end in found.items() if end and any(key in below_floor(item) for item in placed[end[1] - 1 : end[1] + 1])
    ]
    ends = {key: end[0] if end and key not in doubtful else None for key, end in found.items()}
    return ends | ({"not_quoted": doubtful} if doubtful else {})


def limits_of(job: Job, workspaces: Sequence[Workspace]) -> tuple[dict[str, Any], dict[str, str]]:
    """Limits of all signals, and why others have none: one that fails does not take the others with it.

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
    head = {"measurement": workspaces[0].measurement, "level": job.settings.limits.level}
    limits, left_out = limits_of(job, workspaces)
    found = {"test_statistic": "qtilde", "method": "asymptotic", "limits": limits, "exclusion": exclusion(limits)}
    job.write_json("limits", head | found | ({"left_out": left_out} if left_out else {}))


def _limit(job: Job, workspace: Workspace) -> dict[str, Any]:
    settings, samples = job.settings.limits, job.settings.samples
    limit = upper_limit(workspace.likelihood, settings.level)
    observed = BLINDED if workspace.blinded else f"{limit.observed:.4g}"
    LOGGER.info("%s: observed %s, expected %.4g", workspace.signal, observed, limit.expected[MEDIAN])
    cross_section = signal_cross_section(samples[workspace.signal], job.settings.datasets, settings.cross_section_fraction)
    events = signal_events(workspace.likelihood, workspace.signal)
    point = (settings.points or {}).get(workspace.signal)
    described = describe_limit(limit, point, cross_section, events, workspace.blinded)
    _warn(workspace.signal, limit, described)
    return described


def _warn(signal: str, limit: Limit, described: Mapping[str, Any]) -> None:
    """Say what a reader of the limits must know."""
    if limit.raised_to is not None:
        LOGGER.warning("%s: a limit is beyond the bounds of %s: searched up to %g", signal, limit.poi, limit.raised_to)
    below = below_floor(described)
    if below:
        fewest, which = fewest_signal_events(limit.level), ", ".join(WORDS[name] for name in below)
        LOGGER.warning(
            "%s: below %.1f signal events, which no CLs limit can be: %s; see docs/statistics.md", signal, fewest, which
        )
    if "observed_outside_3_sigma" in described:
        LOGGER.warning(
            "%s: THE OBSERVED LIMIT IS %s ±3σ OF THE EXPECTED ONE", signal, described["observed_outside_3_sigma"].upper()
        )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
