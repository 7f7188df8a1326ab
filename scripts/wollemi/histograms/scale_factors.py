"""Efficiencies of data divided by those of simulation, and counting with sidebands."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wollemi.histograms.correction_map import cell_texts
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, listed

_SHOWN = 5


def sideband_factors(window: Sequence[float], sidebands: Sequence[Sequence[float]]) -> Floats:
    """Factors on the events of both sidebands (2,) that give the background in the window.

    A background that is linear in the mass has in each range its density at the center times the
    width; that at the center of the window is on the line through the other two.

    Args:
        window: lower and upper end.
        sidebands: those of the two sidebands.
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
    """Σw of the window without background, and its variance (2, cells).

    Args:
        window: Σw and Σw² in the window (2, cells).
        sidebands: the same in each sideband.
        factors: on their Σw (2,).
    """
    made = window.copy()
    for counted, factor in zip(sidebands, factors, strict=True):
        made[0] -= factor * counted[0]
        made[1] += factor**2 * counted[1]
    return made


def scale_factors(
    where: str,
    measured: Mapping[str, Any],
    data: Mapping[str, Floats],
    simulated: Mapping[str, Floats],
) -> dict[str, Floats]:
    """`nominal`, `up` and `down` of the ratio of two efficiencies in each cell (cells,).

    Relative errors of the efficiencies are added in quadrature, the upper one of the data to the
    lower one of the simulation.

    Args:
        where: the measurement, for errors.
        measured: its settings.
        data: `nominal`, `up` and `down` of the efficiency of the data (cells,).
        simulated: the same of simulation.

    Raises:
        WollemiError: nothing passes in a cell of the simulation.
    """
    empty = np.flatnonzero(simulated["nominal"] == 0)
    if empty.size:
        raise WollemiError(
            where,
            f"in {empty.size} bins of the simulation nothing passes, so that there is no ratio: "
            f"{listed(cell_texts(measured, empty.tolist()), _SHOWN)}",
            "join bins, or leave them out",
        )
    ratio = data["nominal"] / simulated["nominal"]
    errors = {}
    for side, other in (("up", "down"), ("down", "up")):
        # Of the ratio itself, as the efficiency of the data may be 0.
        of_data = (data[side] - data["nominal"]) / simulated["nominal"]
        of_simulation = ratio * (simulated[other] / simulated["nominal"] - 1)
        errors[side] = np.hypot(of_data, of_simulation)
    return {
        "nominal": ratio,
        "up": ratio + errors["up"],
        "down": np.maximum(ratio - errors["down"], 0.0),
    }
