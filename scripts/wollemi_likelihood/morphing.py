"""Signals between two generated ones: yields by their logarithm, templates by the horizontal
interpolation of cumulative distributions of A. L. Read, Nucl. Instrum. Meth. A 425 (1999) 357.
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
# Share of two normalized templates that is common to both, below which nothing tells the shape
# between them; Gaussians of width σ have it 3.3σ apart.
SMALLEST_OVERLAP = 0.1
# Ratio of yields beyond which a logarithm that is not linear would be missed.
LARGEST_RATIO = 30.0


def _quantiles(levels: Floats, cumulative: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Where a cumulative distribution reaches each level, and where it leaves it: the two ends of
    empty bins.

    Args:
        levels: shape (levels,).
        cumulative: at the edges, from 0 to 1 (edges,).
        edges: of the bins.
    """
    left = -np.interp(-levels, -cumulative[::-1], -edges[::-1])
    return left, np.interp(levels, cumulative, edges)


def _cumulative(values: Floats) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    found: Floats = sums / sums[-1]
    return found


def morphed_shape(low: Floats, high: Floats, edges: Floats, share: float) -> Floats:
    """A normalized template between two: each quantile is interpolated linearly between theirs.
    Events are uniform within a bin. A peak whose position and width are linear in the share is
    reproduced.

    Args:
        low: template at a share of 0 (bins,), not negative, with a positive sum.
        high: template at a share of 1 (bins,).
        edges: of the bins (bins + 1,).
        share: between 0 and 1.
    """
    first, second = _cumulative(low), _cumulative(high)
    levels = np.union1d(first, second)
    ends = zip(_quantiles(levels, first, edges), _quantiles(levels, second, edges), strict=True)
    left, right = ((1 - share) * one + share * other for one, other in ends)
    places = np.column_stack([left, right]).ravel()
    shape: Floats = np.diff(np.interp(edges, places, np.repeat(levels, 2)))
    return shape


def between(low: float, high: float, share: float) -> float:
    """A positive number between two, linear in its logarithm; linear if one of them is 0."""
    if low > 0 and high > 0:
        return math.exp((1 - share) * math.log(low) + share * math.log(high))
    return (1 - share) * low + share * high


def morphed(
    low: Sequence[float] | Floats, high: Sequence[float] | Floats, edges: Floats, share: float
) -> list[float]:
    """A template between two: yield and shape; the shape of the other where one is empty."""
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
    """A signal sample of a region between two, with its systematics: `histosys` as templates,
    `normsys` by the logarithms of their factors, statistical uncertainties by their squares. What
    one of the two has not (pruned, or without effect) is there without effect.

    Args:
        low: of a workspace, at a share of 0, whose names are kept.
        high: the same at a share of 1.
        edges: of the bins.
        share: between 0 and 1.
    """
    first, second = _by_name(low, high), _by_name(high, low)
    modifiers = [
        _modifier((first.get(key), second.get(key)), (low, high), edges, share)
        for key in dict.fromkeys([*first, *second])
    ]
    data = morphed(low["data"], high["data"], edges, share)
    return {"name": low["name"], "data": data, "modifiers": modifiers}


def _by_name(sample: Plain, other: Plain) -> dict[tuple[str, str], Plain]:
    """Modifiers by type and name. In those that the other sample has not, the name of the sample is
    left out: they are its own, such as `xsec_signal_200`.
    """
    shared = {item["name"] for item in other["modifiers"]}
    return {
        (item["type"], name if name in shared else _without(name, sample["name"])): item
        for item in sample["modifiers"]
        for name in [item["name"]]
    }


def _without(name: str, sample: str) -> str:
    """A name without that of a sample: where this stands as a word, if it does."""
    kept, words = re.subn(rf"(^|_){re.escape(sample)}(?=_|$)", "", name)
    return kept if words else name.replace(sample, "")


def _modifier(
    pair: tuple[Plain | None, Plain | None],
    samples: tuple[Plain, Plain],
    edges: Floats,
    share: float,
) -> dict[str, Any]:
    """One modifier between two, of which one may be missing.

    Args:
        pair: the modifiers.
        samples: of each.
        edges: of the bins.
        share: between 0 and 1.
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
    """What a modifier does; of a missing one, that it does nothing."""
    if modifier is not None:
        return modifier["data"]
    if kind == "normsys":
        return {"hi": 1.0, "lo": 1.0}
    if kind == "histosys":
        return {"hi_data": sample["data"], "lo_data": sample["data"]}
    return [0.0] * len(sample["data"])


def _signal(channel: Plain, signal: str) -> dict[str, Any]:
    """The signal sample of a region; an empty one if it has none there."""
    empty = {
        "name": signal,
        "data": [0.0] * len(channel["samples"][0]["data"]),
        "modifiers": [],
    }
    return next((item for item in channel["samples"] if item["name"] == signal), empty)


def interpolated_workspace(
    low: Plain, high: Plain, signals: tuple[str, str], edges: Mapping[str, Floats], share: float
) -> dict[str, Any]:
    """The model of a signal between two generated ones; all but the signal is that of the first.

    Args:
        low: pyhf workspace at a share of 0.
        high: the same at a share of 1.
        signals: their signal samples; the first names the new one.
        edges: region → edges of its bins; a region that is missing has bins of equal width.
        share: between 0 and 1.
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
    """Check that two signals are close enough for anything between them.

    Raises:
        WollemiError: a template is negative, their yields are far apart, or their templates have
            hardly a bin in common.
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
