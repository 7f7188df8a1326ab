"""Default bounds of the signal strength."""

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

HIGHEST = 10.0
# Fraction of the background of a bin that a negative signal may take away: the rest is left to the
# systematic uncertainties.
LARGEST_PART = 0.5


def default_bounds(
    workspace: Mapping[str, Any],
    signals: Collection[str],
    others: Collection[str] = (),
    part: float = LARGEST_PART,
) -> tuple[float, float]:
    """The range of the strength of signals.

    A strength that cannot be negative ends at 0 in half of all experiments without a signal: its
    estimate is biased, has no error there, and nothing can be ranked. It may be negative as long as
    every bin still expects events, since the likelihood consists of Poisson counts. Limits do not
    change: their statistic compares with 0 (eq. 16 of arXiv:1007.1727).

    Args:
        workspace: Workspace of pyhf.
        signals: Names of the signal samples that it scales.
        others: Signal samples with separate strengths, which are not background.
        part: Fraction of the background of a bin that these signals may take away.

    Returns:
        Range, with two significant digits at its lower end, rounded towards 0.
    """
    lowest = _lowest(workspace, signals, others, part)
    return max(_towards_zero(lowest), -HIGHEST) + 0.0, HIGHEST


def _lowest(
    workspace: Mapping[str, Any], signals: Collection[str], others: Collection[str], part: float
) -> float:
    """The most negative strength that leaves each bin enough of its nominal background; minus
    infinity without signal.
    """
    lowest = -math.inf
    for channel in workspace["channels"]:
        templates = {
            sample["name"]: np.asarray(sample["data"], np.float64) for sample in channel["samples"]
        }
        own = [templates.pop(name) for name in signals if name in templates]
        rest = [events for name, events in templates.items() if name not in others]
        events = np.sum(own, axis=0) if own else np.zeros(1)
        background = np.sum(rest, axis=0)
        filled = events > 0
        if filled.any():
            lowest = max(lowest, float((-part * background[filled] / events[filled]).max()))
    return lowest


def _towards_zero(value: float) -> float:
    if value == 0 or math.isinf(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(-value)) - 1)
    return float(f"{math.ceil(value / unit) * unit:.2g}")


def with_bounds(
    workspace: Mapping[str, Any], bounds: Mapping[str, tuple[float, float]]
) -> dict[str, Any]:
    """A workspace whose parameters have these bounds, in all measurements.

    Args:
        workspace: Workspace of pyhf.
        bounds: Parameter → lower and upper bound.
    """
    return {
        **workspace,
        "measurements": [_bounded(item, bounds) for item in workspace["measurements"]],
    }


def _bounded(
    measurement: Mapping[str, Any], bounds: Mapping[str, tuple[float, float]]
) -> dict[str, Any]:
    config = measurement["config"]
    parameters = [
        item | {"bounds": [list(bounds[item["name"]])]} if item["name"] in bounds else item
        for item in config["parameters"]
    ]
    return {**measurement, "config": {**config, "parameters": parameters}}


def poi_bounds(workspace: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Parameter of interest of each measurement of a workspace → its bounds, if given."""
    configs = [item["config"] for item in workspace["measurements"]]
    return {
        item["name"]: (item["bounds"][0][0], item["bounds"][0][1])
        for config in configs
        for item in config["parameters"]
        if item["name"] == config["poi"] and "bounds" in item
    }
