"""How Combine interpolates between the templates and normalizations at ±1σ (arXiv:2404.06614,
sec. 2.3).
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi.base.arrays import Floats

# Of the product of the factors at ±1σ, which is 1 for a log-normal uncertainty.
ASYMMETRIC = 0.01


def asymmetric_factors(workspace: Mapping[str, Any]) -> int:
    """Number of normalizations whose factors at ±1σ are so far from inverse that HistFactory and
    Combine interpolate visibly otherwise between them.
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
        low: factor at -1σ.
        high: factor at +1σ.
        sigmas: value of the parameter.

    Returns:
        ``high**sigmas`` above 1/2, ``low**-sigmas`` below -1/2, smooth in between.
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
        nominal: fractions, shape (bins,).
        low: at -1σ, shape (bins,).
        high: at +1σ, shape (bins,).
        sigmas: value of the parameter.

    Returns:
        The fractions: a polynomial of sixth degree within ±1σ, straight lines outside; shape
        (bins,).
    """
    up, down = high - nominal, low - nominal
    square = sigmas**2
    even = abs(sigmas) if abs(sigmas) > 1 else square * (3 * square**2 - 10 * square + 15) / 8
    return np.asarray(nominal + 0.5 * ((up - down) * sigmas + (up + down) * even), np.float64)
