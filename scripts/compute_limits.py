"""Upper limits on the signal: observed, expected with their bands, and the curve of CLs."""

import logging
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wollemi.command_line import Program
from wollemi.configuration import Sample
from wollemi.dataset_configuration import Dataset
from wollemi.fit_files import BLINDED
from wollemi.inference import Limit, upper_limit
from wollemi.likelihood import Likelihood
from wollemi.program import Job, run_program
from wollemi.workspace_files import Workspace, read_workspaces

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

    No CLs limit can be below -ln(1 - level) signal events (3.0 at 95 %): that is the limit of an experiment without background
    that sees nothing. The asymptotic formulae do not know; where they give less, `asymptotic_too_low` says so.

    Args:
        limit: on the signal strength.
        point: value on the axis of the limit plot.
        cross_section_pb: cross section of a signal strength of 1.
        events: signal events at a signal strength of 1.
        blinded: the observed limit is that of Asimov data in the blinded bins, and left out.
    """
    fewest = -math.log(1 - limit.level)
    observed = None if blinded else limit.observed
    scaled = None if cross_section_pb is None else [value * cross_section_pb for value in limit.expected]
    return {
        "point": point,
        "signal_events": events,
        "asymptotic_too_low": {
            "observed": observed is not None and observed * events < fewest,
            "expected": limit.expected[MEDIAN] * events < fewest,
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
    }


def excluded_up_to(points: Sequence[float], strengths: Sequence[float]) -> float | None:
    """Where the limit on the signal strength rises through 1, linear in its logarithm between points.

    Args:
        points: increasing values on the axis of the limit plot.
        strengths: limits on the signal strength there.

    Returns:
        The last crossing; None if there is none between the points.
    """
    logarithms = [math.log(strength) for strength in strengths]
    for index in range(len(points) - 1, 0, -1):
        low, high = logarithms[index - 1], logarithms[index]
        if low <= 0 < high:
            return points[index - 1] + (points[index] - points[index - 1]) * low / (low - high)
    return None


def exclusion(limits: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    """Observed and expected exclusion on the axis of the limit plot; None without points.

    Args:
        limits: signal → limit as in the product.
    """
    placed = sorted((item for item in limits.values() if item["point"] is not None), key=lambda item: float(item["point"]))
    points = [item["point"] for item in placed]
    blinded = any(item["observed"] is None for item in placed)
    return {
        "observed": None if blinded else excluded_up_to(points, [item["observed"] for item in placed]),
        "expected": excluded_up_to(points, [item["expected"][MEDIAN] for item in placed]),
    }


def main(job: Job) -> None:
    """Compute the limits of all signals."""
    workspaces = read_workspaces(job.inputs("workspaces"))
    settings = job.settings.limits
    limits = {workspace.signal: _limit(job, workspace) for workspace in workspaces}
    head = {"measurement": workspaces[0].measurement, "level": settings.level, "test_statistic": "qtilde", "method": "asymptotic"}
    job.write_json("limits", head | {"limits": limits, "exclusion": exclusion(limits)})


def _limit(job: Job, workspace: Workspace) -> dict[str, Any]:
    settings, samples = job.settings.limits, job.settings.samples
    limit = upper_limit(workspace.likelihood, settings.level)
    observed = BLINDED if workspace.blinded else f"{limit.observed:.4g}"
    LOGGER.info("%s: observed %s, expected %.4g", workspace.signal, observed, limit.expected[MEDIAN])
    cross_section = signal_cross_section(samples[workspace.signal], job.settings.datasets, settings.cross_section_fraction)
    events = signal_events(workspace.likelihood, workspace.signal)
    point = (settings.points or {}).get(workspace.signal)
    described = describe_limit(limit, point, cross_section, events, workspace.blinded)
    if any(described["asymptotic_too_low"].values()):
        LOGGER.warning("%s: fewer signal events than any CLs limit can have: see docs/statistics.md", workspace.signal)
    return described


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
