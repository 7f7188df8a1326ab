"""The name of a measurement, with its marks and interpolation codes, and additions to a workspace
with Combine's interpolation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.histograms.histogram import notes
from wollemi.model.templates import Histograms
from wollemi.results.marks import BLINDED
from wollemi_likelihood.interpolation import (
    COMBINE,
    FLOOR,
    Interpolation,
    combine_mark,
    statistical_ranges,
)

if TYPE_CHECKING:
    from wollemi.analysis.models.model import Model


def measurement_name(analysis: str, histograms: Histograms, blinded: bool) -> str:
    """Name of the measurement, with marks that every later product repeats: [pseudo-data],
    [PREVIEW], [BLINDED].
    """
    noted = [notes(item) for dataset in histograms.values() for item in dataset.values()]
    marks = {"pseudo_data": "[pseudo-data]", "preview": "[PREVIEW]"}
    found = [mark for key, mark in marks.items() if any(item.get(key) for item in noted)]
    return " ".join([analysis, *found, *([f"[{BLINDED}]"] if blinded else [])])


def interpolation(model: Model) -> Interpolation:
    """The interpolation codes of a model, which name its measurement; defaults for Combine's."""
    codes = model.interpolation
    if codes is None or codes == "combine":
        return Interpolation()
    return Interpolation(codes.normsys, codes.histosys)


def as_combine(workspace: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """A workspace with the floors of bins and the ranges of statistical parameters of Combine's
    interpolation, if the model uses it, as in a card with ``autoMCStats 0``.

    Args:
        workspace: Workspace of pyhf.
        model: Model settings.
    """
    if model.interpolation != COMBINE:
        return dict(workspace)
    mark = combine_mark(floor=FLOOR, bin_floor=FLOOR)
    channels = [
        {
            **channel,
            "samples": [
                {**sample, "modifiers": [*sample["modifiers"], mark]}
                for sample in channel["samples"]
            ],
        }
        for channel in workspace["channels"]
    ]
    ranges = [item for channel in channels for item in _statistical_ranges(channel["samples"])]
    measurements = [
        {
            **item,
            "config": {
                **item["config"],
                "parameters": [*item["config"]["parameters"], *ranges],
            },
        }
        for item in workspace["measurements"]
    ]
    return {**workspace, "channels": channels, "measurements": measurements}


def _statistical_ranges(samples: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Settings of the `staterror` of a channel."""
    found: dict[str, list[tuple[list[float], list[float]]]] = {}
    for sample in samples:
        for item in sample["modifiers"]:
            if item["type"] == "staterror":
                found.setdefault(item["name"], []).append((sample["data"], item["data"]))
    return [
        {
            "name": name,
            "bounds": statistical_ranges(
                np.sum([np.maximum(events, FLOOR) for events, _ in members], axis=0),
                np.sqrt(np.sum([np.square(errors) for _, errors in members], axis=0)),
            ),
        }
        for name, members in found.items()
    ]
