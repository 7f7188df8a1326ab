"""MC statistics in a channel of the model: the bins with parameters, and their constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi_likelihood.base.arrays import Flags

if TYPE_CHECKING:
    from wollemi.analysis.models.model import Model

KIND = "staterror"


def with_mc_statistics(samples: Sequence[Mapping[str, Any]], model: Model) -> list[dict[str, Any]]:
    """The samples of a channel, without parameters in bins whose relative uncertainty is below the
    threshold, and with the requested constraint.

    Args:
        samples: Samples of one channel, with a `staterror` that they share.
        model: Model with `mc_statistics_threshold` and `mc_statistics_constraint`.
    """
    threshold = model.mc_statistics_threshold
    if threshold is None and model.mc_statistics_constraint is None:
        return [dict(sample) for sample in samples]
    counted = [sample for sample in samples if _errors(sample)]
    kept = uncertain_bins(counted, threshold or 0.0) if counted else np.zeros(0, bool)
    return [_with_bins(sample, kept, model.mc_statistics_constraint) for sample in samples]


def uncertain_bins(samples: Sequence[Mapping[str, Any]], threshold: float) -> Flags:
    """Bins whose sum has a relative statistical uncertainty above a threshold (bins,), as
    HistFactory's `RelErrorThreshold`.

    Args:
        samples: Samples whose statistics count.
        threshold: Relative uncertainty.
    """
    events = np.sum([sample["data"] for sample in samples], axis=0)
    errors = np.sqrt(np.sum(np.square([_errors(sample) for sample in samples]), axis=0))
    return np.asarray(errors > threshold * np.maximum(events, 0.0))


def _errors(sample: Mapping[str, Any]) -> list[float]:
    """Statistical uncertainties (bins,); empty if they do not count."""
    return [error for item in sample["modifiers"] if item["type"] == KIND for error in item["data"]]


def _with_bins(sample: Mapping[str, Any], kept: Flags, constraint: str | None) -> dict[str, Any]:
    """A sample with MC statistics in some bins only: pyhf fixes factors without uncertainty."""
    modifiers = []
    for item in sample["modifiers"]:
        if item["type"] != KIND:
            modifiers.append(item)
            continue
        data = np.where(kept, item["data"], 0.0)
        if not data.any():
            continue
        made = {**item, "data": data.tolist()}
        if constraint == "poisson":
            made |= {"name": f"{item['name']}_{sample['name']}", "type": "shapesys"}
        modifiers.append(made)
    return {**sample, "modifiers": modifiers}
