"""Combine's interpolation between the templates and normalizations at ±1σ, and its treatment of
negative bins (arXiv:2404.06614, sec. 2.3; python/ShapeTools.py of Combine).
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi_convert.datacards.card import SHAPES, Card, Entry, Uncertainty
from wollemi_convert.datacards.templates import Template
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.interpolation import FLOOR, combine_mark

# Deviation from 1 of the product of the factors at ±1σ, which is 1 if an effect is symmetric.
ASYMMETRIC = 0.01
SAME_YIELD = 1e-3  # Combine drops factors closer to 1 on both sides

Json = dict[str, Any]


def asymmetric_factors(workspace: Mapping[str, Any]) -> int:
    """Number of normalizations for which HistFactory and Combine interpolate visibly differently,
    because their factors at ±1σ are far from inverse.
    """
    factors = [
        modifier["data"]
        for channel in workspace["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
        if modifier["type"] == "normsys"
    ]
    return sum(abs(float(item["lo"] * item["hi"]) - 1) > ASYMMETRIC for item in factors)


def normalization(low: float, high: float, sigmas: float) -> float:
    """Factor of an asymmetric log-normal uncertainty.

    Args:
        low: Factor at -1σ.
        high: Factor at +1σ.
        sigmas: Value of the parameter, in standard deviations.

    Returns:
        Factor: ``high**sigmas`` above 1/2, ``low**-sigmas`` below -1/2, smooth in between.
    """
    upper, lower = math.log(high), -math.log(low)
    if abs(sigmas) >= 0.5:
        return math.exp(sigmas * (upper if sigmas > 0 else lower))
    twice = 2 * sigmas
    weight = 0.125 * twice * (twice**2 * (3 * twice**2 - 10) + 15)
    return math.exp(sigmas * ((upper + lower) / 2 + weight * (upper - lower) / 2))


def shape(nominal: Floats, low: Floats, high: Floats, sigmas: float) -> Floats:
    """Fractions of events in the bins.

    Args:
        nominal: Nominal fractions of events, shape (bins,).
        low: Fractions at -1σ, shape (bins,).
        high: Fractions at +1σ, shape (bins,).
        sigmas: Value of the parameter, in standard deviations.

    Returns:
        Fractions of events: a polynomial of sixth degree within ±1σ, straight lines outside; shape
        (bins,).
    """
    up, down = high - nominal, low - nominal
    square = sigmas**2
    even = abs(sigmas) if abs(sigmas) > 1 else square * (3 * square**2 - 10 * square + 15) / 8
    return np.asarray(nominal + 0.5 * ((up - down) * sigmas + (up + down) * even), np.float64)


def exact_shape(item: Uncertainty, entry: Entry, template: Template) -> list[Json]:
    """Modifiers for the shape and the normalization of a systematic, scaled separately."""
    scale, (low, high) = item.size(entry), template.shifted(item, entry)
    total = template.events.sum()
    sides = {
        f"{side}_data": (
            template.events + scale * (events * (total / events.sum()) - template.events)
        )
        for side, events in (("lo", low), ("hi", high))
    }
    modifiers: list[Json] = []
    if not all(np.allclose(events, template.events, rtol=1e-12) for events in sides.values()):
        data = {side: events.tolist() for side, events in sides.items()}
        modifiers.append({"name": item.name, "type": "histosys", "data": data})
    factors = {side: float(events.sum() / total) for side, events in (("lo", low), ("hi", high))}
    if any(abs(factor - 1) >= SAME_YIELD for factor in factors.values()):
        rounded = {side: round(factor**scale, 6) for side, factor in factors.items()}
        modifiers.append({"name": item.name, "type": "normsys", "data": rounded})
    return modifiers


def limit_bins(card: Card, entry: Entry, template: Template, sample: Json, most: int) -> None:
    """Add the modifier that requests Combine's interpolation, with the limits of the bins."""
    binned, statistics = template.binned, card.statistics_in(entry[0])
    scales = {
        item.name: item.size(entry)
        for item in card.uncertainties
        if item.kind in SHAPES and item.name in template.shifts
    }
    region = min([1.0, *scales.values()])
    limits: Json = {}
    if binned and statistics is not None:
        limits |= {"floor": FLOOR * per_histogram(card, entry), "bin_floor": FLOOR}
    elif binned:
        total = float(template.events.sum())
        limits |= {"floor": FLOOR * total, "total": total}
        if scales and template.events.size < most:  # FastVerticalInterpHistPdf2::setActiveBins
            _raise_nominal(sample, FLOOR * total)
    limits["regions"] = {name: region / scale for name, scale in scales.items() if region != scale}
    sample["modifiers"].append(combine_mark(**limits))


def per_histogram(card: Card, entry: Entry) -> float:
    """Scale factor from a histogram's events to a sample's: a sideband scales the sample."""
    sidebands = [i.events for i in card.uncertainties if i.kind == "gmN" and entry in i.effects]
    return 1 / max(sidebands[0], 1.0) if sidebands else 1.0


def _raise_nominal(sample: Json, floor: float) -> None:
    """Raise nominal bins to the floor and shift the varied templates by the same amounts."""
    before = np.array(sample["data"])
    change = np.maximum(before, floor) - before
    sample["data"] = (before + change).tolist()
    for modifier in sample["modifiers"]:
        if modifier["type"] == "histosys":
            for side, events in modifier["data"].items():
                modifier["data"][side] = (np.array(events) + change).tolist()
