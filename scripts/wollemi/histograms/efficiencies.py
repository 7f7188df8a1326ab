"""Efficiencies from sums of weights, with their statistical uncertainties."""

import itertools
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from wollemi.base.arrays import Floats
from wollemi.base.errors import WollemiError, listed
from wollemi.histograms.correction_map import axis_edges
from wollemi.histograms.histogram import Histogram, notes

LOGGER = logging.getLogger("wollemi")
_SHOWN = 5


@dataclass(frozen=True)
class Efficiencies:
    """Efficiencies in cells.

    Attributes:
        values: `nominal`, `up`, `down` → value in each cell (cells,).
        overall: that of all cells together.
        outside: share of the sum of weights outside of the bins.
    """

    values: Mapping[str, Floats]
    overall: float
    outside: float


def efficiency(passed: Floats, failed: Floats) -> Floats:
    """Σw of what passes, divided by Σw of all: (cells,); NaN where there is nothing.

    Args:
        passed: Σw and Σw² of what passes (2, cells).
        failed: those of what fails (2, cells).
    """
    total = passed[0] + failed[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, passed[0] / total, np.nan)


def effective_number(passed: Floats, failed: Floats) -> Floats:
    """Number of events without weights whose efficiency has the same variance (cells,).

    Passing and failing ones are independent, so that the variance of ε is ((1 - ε)² Σw²(pass) + ε²
    Σw²(fail)) / (Σw)²; that of n events is ε (1 - ε) / n. Where ε is 0 or 1 both vanish: there it
    is (Σw)² / Σw². Of events without weights it is their number.

    Args:
        passed: Σw and Σw² of what passes (2, cells).
        failed: those of what fails (2, cells).
    """
    found, total = efficiency(passed, failed), passed[0] + failed[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (1 - found) ** 2 * passed[1] + found**2 * failed[1]
        inner = found * (1 - found) * total**2 / variance
        return np.where((found > 0) & (found < 1), inner, total**2 / (passed[1] + failed[1]))


def wilson_interval(found: Floats, number: Floats, z: float = 1.0) -> tuple[Floats, Floats]:
    """Lower and upper end of the score interval of efficiencies, each (cells,).

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; recommended by L. Brown, T. Cai and A.
    DasGupta, Stat. Sci. 16 (2001) 101, as its coverage is close to the level on average. It holds
    for effective numbers of events, is never empty at 0 or 1, and stays within both.

    Args:
        found: efficiencies (cells,).
        number: effective numbers of events (cells,).
        z: number of standard deviations.
    """
    scale = 1 + z**2 / number
    center = (found + z**2 / (2 * number)) / scale
    half = z / scale * np.sqrt(found * (1 - found) / number + z**2 / (4 * number**2))
    # Rounding could leave the efficiency itself outside by a last bit.
    return np.clip(center - half, 0, found), np.clip(center + half, found, 1)


def measured_efficiencies(
    where: str, measured: Mapping[str, Any], cells: Histogram
) -> Efficiencies:
    """Efficiencies in the cells of a map.

    Args:
        where: the measurement, for errors.
        measured: its settings.
        cells: Σw and Σw² of what fails in each cell, and behind them of what passes.

    Raises:
        WollemiError: there is nothing in a cell, or its weights are negative. A preview takes the
            efficiency of all cells there.
    """
    view = cells.view()
    sums = np.stack([view["value"], view["variance"]]).astype(np.float64)
    failed, passed = np.split(sums, 2, axis=1)
    found = efficiency(passed, failed)
    together = [side.sum(axis=1, keepdims=True) for side in (passed, failed)]
    (overall,) = efficiency(*together)
    bad = np.flatnonzero(~((found >= 0) & (found <= 1)))
    if bad.size and not (notes(cells).get("preview") and 0 <= overall <= 1):
        raise WollemiError(
            where,
            f"{bad.size} of {found.size} bins have no efficiency, as there is nothing in them or "
            f"its weights are negative: {listed(cell_texts(measured, bad), _SHOWN)}",
            "join bins, or leave them out",
        )
    if bad.size:
        LOGGER.warning("%s: %d bins of this preview have that of all", where, bad.size)
        passed, failed = passed.copy(), failed.copy()
        passed[:, bad], failed[:, bad] = together
        found = efficiency(passed, failed)
    down, up = wilson_interval(found, effective_number(passed, failed))
    flow = cells.view(flow=True)["value"]
    total = float(flow.sum())
    outside = 1 - float(sums[0].sum()) / total if total else 0.0
    return Efficiencies({"nominal": found, "up": up, "down": down}, float(overall), outside)


def cell_texts(measured: Mapping[str, Any], cells: Floats) -> list[str]:
    """Cells in words, such as `pt 20 to 30, eta 0 to 1.5`.

    Args:
        measured: the settings of the measurement.
        cells: their numbers (n,).
    """
    bins = [
        [f"{name} {low:g} to {high:g}" for low, high in itertools.pairwise(edges)]
        for name, edges in axis_edges(measured).items()
    ]
    texts = [", ".join(parts) for parts in itertools.product(*bins)]
    return [texts[cell] for cell in cells]
