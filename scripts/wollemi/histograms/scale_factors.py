"""Ratios of efficiencies in data and simulation, and sideband subtraction."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wollemi.histograms.correction_map import cell_texts
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, counted, listed

_SHOWN = 5


def sideband_factors(window: Sequence[float], sidebands: Sequence[Sequence[float]]) -> Floats:
    """Factors on the events of both sidebands, shape (2,), that give the background in the window.

    For a background linear in the mass, the events of a range are the density at its center times
    its width; the density at the center of the window follows from a line through the sidebands.

    Args:
        window: Lower and upper end of the window.
        sidebands: Lower and upper ends of the two sidebands.
    """
    centers, widths = (np.array([f(*ends) for ends in sidebands]) for f in (_center, _width))
    lower, upper = centers
    shares = np.array([upper - _center(*window), _center(*window) - lower]) / (upper - lower)
    factors: Floats = shares * _width(*window) / widths
    return factors


def _center(low: float, high: float) -> float:
    return (low + high) / 2


def _width(low: float, high: float) -> float:
    return high - low


def subtracted(window: Floats, sidebands: Sequence[Floats], factors: Floats) -> Floats:
    """Σw in the window after background subtraction, and its variance, shape (2, cells).

    Args:
        window: Σw and Σw² in the window, shape (2, cells).
        sidebands: Σw and Σw² in each sideband, shape (2, cells) each.
        factors: Factors on Σw of the sidebands, shape (2,).
    """
    made = window.copy()
    for side, factor in zip(sidebands, factors, strict=True):
        made[0] -= factor * side[0]
        made[1] += factor**2 * side[1]
    return made


def scale_factors(
    where: str,
    measured: Mapping[str, Any],
    data: Mapping[str, Floats],
    simulated: Mapping[str, Floats],
) -> dict[str, Floats]:
    """Ratio of two efficiencies in each cell, shape (cells,): `nominal`, `up` and `down`.

    Relative errors of the efficiencies are added in quadrature, the upper error of data to the
    lower error of simulation.

    Args:
        where: Name of the measurement for errors.
        measured: Settings of the measurement.
        data: Efficiency of data, `nominal`, `up` and `down`, shape (cells,) each.
        simulated: Efficiency of simulation in the same form.

    Raises:
        WollemiError: A cell of the simulation lacks passing events.
    """
    empty = np.flatnonzero(simulated["nominal"] == 0)
    if empty.size:
        raise WollemiError(
            where,
            f"in {counted(empty.size, 'bin')} of simulation nothing passes, which gives no ratio: "
            f"{listed(cell_texts(measured, empty.tolist()), _SHOWN)}",
            "join bins, or leave them out",
        )
    ratio = data["nominal"] / simulated["nominal"]
    errors = {}
    for side, other in (("up", "down"), ("down", "up")):
        # Absolute error of the ratio, because the efficiency of data may be 0.
        of_data = (data[side] - data["nominal"]) / simulated["nominal"]
        of_simulation = ratio * (simulated[other] / simulated["nominal"] - 1)
        errors[side] = np.hypot(of_data, of_simulation)
    return {
        "nominal": ratio,
        "up": ratio + errors["up"],
        "down": np.maximum(ratio - errors["down"], 0.0),
    }
