"""Interpolate signals between two generated ones: yields by their logarithm, templates by
cumulative distributions (A. L. Read, Nucl. Instrum. Meth. A 425 (1999) 357).
"""

import copy
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

Plain = Mapping[str, Any]
# Minimum overlap of two normalized templates for an interpolation of their shape; Gaussians of
# width σ have this overlap 3.3σ apart.
SMALLEST_OVERLAP = 0.1
# Ratio of yields above which a nonlinear logarithm would be missed.
LARGEST_RATIO = 30.0


def _quantiles(levels: Floats, cumulative: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Positions where a cumulative distribution reaches and leaves each level: the two ends of
    empty bins.

    Args:
        levels: Levels between 0 and 1, shape (levels,).
        cumulative: Cumulative distribution at the edges, from 0 to 1, shape (edges,).
        edges: Bin edges, shape (edges,).
    """
    left = -np.interp(-levels, -cumulative[::-1], -edges[::-1])
    return left, np.interp(levels, cumulative, edges)


def _cumulative(values: Floats) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    found: Floats = sums / sums[-1]
    return found


def morphed_shape(low: Floats, high: Floats, edges: Floats, share: float) -> Floats:
    """Interpolate between two normalized templates, linearly in each quantile. Events are uniform
    within a bin. A peak whose position and width are linear in the share is reproduced.

    Args:
        low: Template at a share of 0, not negative, with a positive sum, shape (bins,).
        high: Template at a share of 1, shape (bins,).
        edges: Bin edges, shape (bins + 1,).
        share: Position between the templates, from 0 to 1.
    """
    first, second = _cumulative(low), _cumulative(high)
    levels = np.union1d(first, second)
    ends = zip(_quantiles(levels, first, edges), _quantiles(levels, second, edges), strict=True)
    left, right = ((1 - share) * one + share * other for one, other in ends)
    places = np.column_stack([left, right]).ravel()
    shape: Floats = np.diff(np.interp(edges, places, np.repeat(levels, 2)))
    return shape


def between(low: float, high: float, share: float) -> float:
    """Interpolate between positive numbers, linearly in the logarithm; linearly if one is 0."""
    if low > 0 and high > 0:
        return math.exp((1 - share) * math.log(low) + share * math.log(high))
    return (1 - share) * low + share * high


def morphed(
    low: Sequence[float] | Floats, high: Sequence[float] | Floats, edges: Floats, share: float
) -> list[float]:
    """Interpolate a template's yield and shape; an empty one takes the shape of the other."""
    first, second = np.array(low, np.float64), np.array(high, np.float64)
    total = between(float(first.sum()), float(second.sum()), share)
    if not total > 0:
        return [0.0] * len(first)
    if not first.any() or not second.any():
        shape = (first + second) / (first + second).sum()
    else:
        shape = morphed_shape(first, second, edges, share)
    found: list[float] = (total * shape).tolist()
    return found


def interpolated_sample(low: Plain, high: Plain, edges: Floats, share: float) -> dict[str, Any]:
    """Interpolate a signal sample of a region with its systematics: `histosys` as templates,
    `normsys` by the logarithms of their factors, statistical uncertainties by their squares. A
    modifier missing in one sample (pruned, or without effect) counts as one without effect.

    Args:
        low: Sample of a workspace at a share of 0; its names are kept.
        high: Sample of a workspace at a share of 1.
        edges: Bin edges, shape (bins + 1,).
        share: Position between the samples, from 0 to 1.
    """
    first, second = _by_name(low, high), _by_name(high, low)
    modifiers = [
        _modifier((first.get(key), second.get(key)), (low, high), edges, share)
        for key in dict.fromkeys([*first, *second])
    ]
    data = morphed(low["data"], high["data"], edges, share)
    return {"name": low["name"], "data": data, "modifiers": modifiers}


def _by_name(sample: Plain, other: Plain) -> dict[tuple[str, str], Plain]:
    """Modifiers by type and name. The sample's name is removed from names that the other sample
    lacks, such as `xsec_signal_200`.
    """
    shared = {item["name"] for item in other["modifiers"]}
    return {
        (item["type"], name if name in shared else _without(name, sample["name"])): item
        for item in sample["modifiers"]
        for name in [item["name"]]
    }


def _without(name: str, sample: str) -> str:
    """Remove the name of a sample, where it occurs as a word if it does."""
    kept, words = re.subn(rf"(^|_){re.escape(sample)}(?=_|$)", "", name)
    return kept if words else name.replace(sample, "")


def _modifier(
    pair: tuple[Plain | None, Plain | None],
    samples: tuple[Plain, Plain],
    edges: Floats,
    share: float,
) -> dict[str, Any]:
    """Interpolate between two modifiers, one of which may be missing.

    Args:
        pair: Modifiers of the two samples.
        samples: Samples of the modifiers.
        edges: Bin edges, shape (bins + 1,).
        share: Position between the samples, from 0 to 1.
    """
    known: Plain = pair[0] or pair[1] or {}
    low, high = (_data(item, known["type"], own) for item, own in zip(pair, samples, strict=True))
    if known["type"] == "normsys":
        data: Any = {side: between(low[side], high[side], share) for side in ("hi", "lo")}
    elif known["type"] == "histosys":
        sides = ("hi_data", "lo_data")
        data = {side: morphed(low[side], high[side], edges, share) for side in sides}
    elif known["type"] in ("staterror", "shapesys"):
        squares = morphed(np.square(low), np.square(high), edges, share)
        data = np.sqrt(squares).tolist()
    else:
        data = known["data"]
    return {**known, "data": data}


def _data(modifier: Plain | None, kind: str, sample: Plain) -> Any:
    """Data of a modifier; for a missing one, data without effect."""
    if modifier is not None:
        return modifier["data"]
    if kind == "normsys":
        return {"hi": 1.0, "lo": 1.0}
    if kind == "histosys":
        return {"hi_data": sample["data"], "lo_data": sample["data"]}
    return [0.0] * len(sample["data"])


def _signal(channel: Plain, signal: str) -> dict[str, Any]:
    """Signal sample of a region, or an empty one."""
    empty = {
        "name": signal,
        "data": [0.0] * len(channel["samples"][0]["data"]),
        "modifiers": [],
    }
    return next((item for item in channel["samples"] if item["name"] == signal), empty)


def interpolated_workspace(
    low: Plain, high: Plain, signals: tuple[str, str], edges: Mapping[str, Floats], share: float
) -> dict[str, Any]:
    """Build the model of a signal between two generated ones; all else is copied from the first.

    Args:
        low: Workspace of pyhf at a share of 0.
        high: Workspace of pyhf at a share of 1.
        signals: Signal samples of the two; the first one names the new sample.
        edges: Region → bin edges; missing regions have bins of equal width.
        share: Position between the signals, from 0 to 1.
    """
    made = copy.deepcopy(dict(low))
    others = {channel["name"]: channel for channel in high["channels"]}
    for channel in made["channels"]:
        name, samples = channel["name"], channel["samples"]
        first, second = _signal(channel, signals[0]), _signal(others[name], signals[1])
        own = edges.get(name, np.arange(len(first["data"]) + 1.0))
        new = interpolated_sample(first, second, own, share)
        kept = [new if item["name"] == signals[0] else item for item in samples]
        missing = new not in kept and any(new["data"])
        channel["samples"] = [*kept, *([new] if missing else [])]
    return made


def require_neighbors(low: Plain, high: Plain, signals: tuple[str, str]) -> None:
    """Check that two signals are close enough for an interpolation.

    Raises:
        WollemiError: A template is negative, the yields are far apart, or the templates hardly
            overlap.
    """
    where = " and ".join(signals)
    remedy = "generate a signal between them"
    regions = [channel["name"] for channel in low["channels"]]
    joined = []
    for content, name in zip((low, high), signals, strict=True):
        found = {item["name"]: _signal(item, name)["data"] for item in content["channels"]}
        joined.append(np.concatenate([found[region] for region in regions]))
    if min(map(np.min, joined)) < 0:
        raise WollemiError(where, "have negative bins", "set model.floor_negative_bins: true")
    yields = [float(values.sum()) for values in joined]
    if not min(yields) > 0 or max(yields) > LARGEST_RATIO * min(yields):
        problem = f"are too far apart: {yields[0]:.3g} and {yields[1]:.3g} events"
        raise WollemiError(where, problem, remedy)
    overlap = float(np.minimum(*(values / values.sum() for values in joined)).sum())
    if overlap < SMALLEST_OVERLAP:
        problem = f"are too far apart: {100 * overlap:.1f} % of their templates overlap"
        raise WollemiError(where, problem, remedy)
