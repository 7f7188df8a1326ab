"""Build the workspace of a model-independent limit: one signal region as a single bin with events
of any signal, together with the control regions.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from wollemi_likelihood.base.errors import WollemiError

Plain = Mapping[str, Any]
# Names with blanks, which samples and parameters of an analysis never have.
SIGNAL, EVENTS = "any signal", "signal events"
# Maximum number of signal events, as a multiple of the observed or expected events.
WIDEST = 10


def region_workspace(
    workspace: Plain, region: str, left_out: Collection[str], signals: Collection[str]
) -> dict[str, Any]:
    """Build the workspace of HistFitter's discovery fit (arXiv:1410.1280, section 5.3).

    The signal is one event in the region, and nothing elsewhere; its factor, the parameter of
    interest, is the number of signal events.

    Args:
        workspace: Workspace of the pyhf 1.0.0 specification.
        region: Name of the signal region, whose bins are merged.
        left_out: Names of the other signal regions.
        signals: Names of the samples that are not background.

    Raises:
        WollemiError: The background of the region floats in each of its bins.
    """
    channels, observations = [], []
    observed = {item["name"]: item["data"] for item in workspace["observations"]}
    for channel in workspace["channels"]:
        name = channel["name"]
        if name in left_out:
            continue
        samples = [item for item in channel["samples"] if item["name"] not in signals]
        events = observed[name]
        if name == region:
            samples, events = [_in_one_bin(name, item) for item in samples], [math.fsum(events)]
            samples.append(_any_signal())
        channels.append({**channel, "samples": samples})
        observations.append({"name": name, "data": events})
    kinds = {
        modifier["name"]
        for channel in channels
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
    }
    first = workspace["measurements"][0]
    summed = {
        modifier["name"]
        for sample in next(item["samples"] for item in channels if item["name"] == region)
        for modifier in sample["modifiers"]
        if modifier["type"] in ("staterror", "shapesys")
    }
    settings = [
        _of_one_bin(item) if item["name"] in summed else item
        for item in first["config"]["parameters"]
        if item["name"] in kinds
    ]
    content = {
        **workspace,
        "channels": channels,
        "observations": observations,
        "measurements": [{**first, "config": {"poi": EVENTS, "parameters": settings}}],
    }
    most = background_events(content, region) + region_events(content, region)
    return with_bounds(content, 0.0, WIDEST * (1 + most))


def with_bounds(workspace: Plain, lower: float, upper: float) -> dict[str, Any]:
    """Copy of the workspace with other bounds on the number of signal events.

    Args:
        workspace: Workspace from `region_workspace`.
        lower: Lower bound.
        upper: Upper bound.
    """
    (first,) = workspace["measurements"]
    others = [item for item in first["config"]["parameters"] if item["name"] != EVENTS]
    own = {"name": EVENTS, "inits": [1.0], "bounds": [[lower, upper]]}
    config = {**first["config"], "parameters": [*others, own]}
    return {**workspace, "measurements": [{**first, "config": config}]}


def control_workspace(workspace: Plain, region: str) -> dict[str, Any]:
    """Build a workspace whose signal region does not constrain the fit: any number of signal
    events, also below 0, fills it, so that only the control regions are fitted. The data of the
    region have no influence.

    Args:
        workspace: Workspace from `region_workspace`.
        region: Name of the signal region.
    """
    nominal = 1 + background_events(workspace, region)
    observations = [
        {**item, "data": [nominal]} if item["name"] == region else item
        for item in workspace["observations"]
    ]
    widest = WIDEST * nominal
    return with_bounds({**workspace, "observations": observations}, -widest, widest)


def region_events(workspace: Plain, region: str) -> float:
    """Observed events of a region."""
    (events,) = (item["data"] for item in workspace["observations"] if item["name"] == region)
    return math.fsum(events)


def background_events(workspace: Plain, region: str) -> float:
    """Expected events of a region before the fit, without `any signal`."""
    (samples,) = (item["samples"] for item in workspace["channels"] if item["name"] == region)
    return math.fsum(sum(item["data"]) for item in samples if item["name"] != SIGNAL)


def _any_signal() -> dict[str, Any]:
    factor = {"name": EVENTS, "type": "normfactor", "data": None}
    return {"name": SIGNAL, "data": [1.0], "modifiers": [factor]}


def _in_one_bin(region: str, sample: Plain) -> dict[str, Any]:
    """Sum the bins of a sample: exact for systematics, which are linear in the templates;
    statistics of bins are independent.
    """
    modifiers = [_summed(region, sample["name"], modifier) for modifier in sample["modifiers"]]
    return {**sample, "data": [math.fsum(sample["data"])], "modifiers": modifiers}


def _summed(region: str, sample: str, modifier: Plain) -> dict[str, Any]:
    kind, data = modifier["type"], modifier["data"]
    if kind == "shapefactor":
        raise WollemiError(
            f"region_limits, region {region}",
            f"{modifier['name']} frees each bin of {sample}, so that no background is predicted",
            "give the region another role, or predict this background",
        )
    if kind == "histosys":
        return {**modifier, "data": {side: [math.fsum(data[side])] for side in data}}
    if kind in ("staterror", "shapesys"):
        return {**modifier, "data": [_quadratic(data)]}
    return {**modifier}


def _of_one_bin(setting: Plain) -> dict[str, Any]:
    """Settings of the statistical parameter of a single bin, with the widest bounds of the bins."""
    found = {key: value[:1] if isinstance(value, list) else value for key, value in setting.items()}
    if "bounds" in setting:
        lower, upper = zip(*setting["bounds"], strict=True)
        found["bounds"] = [[min(lower), max(upper)]]
    return found


def _quadratic(values: Sequence[float]) -> float:
    return float(np.sqrt(np.sum(np.square(values))))
