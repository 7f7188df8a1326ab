"""Bounds of the signal strength where an analysis gives none."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

HIGHEST = 10.0
# Fraction of the background of a bin that a negative signal may take away: the rest is left to the
# systematic uncertainties.
LARGEST_PART = 0.5


def default_bounds(workspace: Mapping[str, Any], signal: str) -> tuple[float, float]:
    """The range of the strength of a signal.

    A strength that cannot be negative ends at 0 in half of all experiments without a signal: its
    estimate is biased, has no error there, and nothing can be ranked. It may be negative where
    every bin still expects events, as the likelihood is that of Poisson counts. Limits do not
    change: their statistic compares with 0 (eq. 16 of arXiv:1007.1727).

    Args:
        workspace: a pyhf workspace.
        signal: name of the signal sample.

    Returns:
        The range, its lower end with two significant digits, rounded towards 0.
    """
    return max(_towards_zero(_lowest(workspace, signal)), -HIGHEST) + 0.0, HIGHEST


def _lowest(workspace: Mapping[str, Any], signal: str) -> float:
    """The most negative strength that leaves each bin half of its nominal background; minus
    infinity without signal.
    """
    lowest = -math.inf
    for channel in workspace["channels"]:
        templates = {
            sample["name"]: np.asarray(sample["data"], np.float64) for sample in channel["samples"]
        }
        events = templates.pop(signal, np.zeros(1))
        background = np.sum([*templates.values()], axis=0)
        filled = events > 0
        if filled.any():
            lowest = max(lowest, float((-LARGEST_PART * background[filled] / events[filled]).max()))
    return lowest


def _towards_zero(value: float) -> float:
    if value == 0 or math.isinf(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(-value)) - 1)
    return float(f"{math.ceil(value / unit) * unit:.2g}")


def with_bounds(workspace: Mapping[str, Any], bounds: tuple[float, float]) -> dict[str, Any]:
    """A workspace whose parameter of interest has these bounds.

    Args:
        workspace: a pyhf workspace.
        bounds: lower and upper.
    """
    return {
        **workspace,
        "measurements": [_bounded(item, bounds) for item in workspace["measurements"]],
    }


def _bounded(measurement: Mapping[str, Any], bounds: tuple[float, float]) -> dict[str, Any]:
    config = measurement["config"]
    parameters = [
        item | {"bounds": [list(bounds)]} if item["name"] == config["poi"] else item
        for item in config["parameters"]
    ]
    return {**measurement, "config": {**config, "parameters": parameters}}


def poi_bounds(workspace: Mapping[str, Any]) -> tuple[float, float] | None:
    """Bounds of the parameter of interest of a workspace, if given."""
    config = workspace["measurements"][0]["config"]
    found = [
        item["bounds"][0]
        for item in config["parameters"]
        if item["name"] == config["poi"] and "bounds" in item
    ]
    return (found[0][0], found[0][1]) if found else None
