"""Efficiencies from sums of weights, with their statistical uncertainties."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wollemi.base.arrays import Floats
from wollemi.base.errors import WollemiError, listed
from wollemi.histograms.correction_map import cell_texts
from wollemi.histograms.histogram import Histogram, notes
from wollemi.histograms.scale_factors import sideband_factors, subtracted

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


def variance(found: Floats, passed: Floats, failed: Floats) -> Floats:
    """Variance of efficiencies (cells,): ((1 - ε)² σ²(pass) + ε² σ²(fail)) / (Σw)².

    What passes and what fails are independent.

    Args:
        found: efficiencies (cells,).
        passed: Σw of what passes and its variance, which is Σw² where nothing is subtracted (2,
            cells).
        failed: those of what fails (2, cells).
    """
    total = passed[0] + failed[0]
    of_sums: Floats = (1 - found) ** 2 * passed[1] + found**2 * failed[1]
    made: Floats = of_sums / total**2
    return made


def effective_number(found: Floats, passed: Floats, failed: Floats) -> Floats:
    """Number of events without weights whose efficiency has the same variance (cells,).

    That of n events is ε (1 - ε) / n. Where ε is 0 or 1 it vanishes: there the number is (Σw)² /
    Σw². Of events without weights it is their number.

    Args:
        found: efficiencies (cells,).
        passed: Σw of what passes and its variance (2, cells).
        failed: those of what fails (2, cells).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = found * (1 - found) / variance(found, passed, failed)
        ends = (passed[0] + failed[0]) ** 2 / (passed[1] + failed[1])
        return np.where((found > 0) & (found < 1), inner, ends)


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
    where: str, measured: Mapping[str, Any], cells: Histogram, what: str = "simulation"
) -> Efficiencies:
    """Efficiencies in the cells of a map.

    Where sidebands are subtracted, the interval holds that of Wilson and ±1σ, as nothing may be
    left that fails.

    Args:
        where: the measurement, for errors.
        measured: its settings.
        cells: Σw and Σw² of what fails in each cell, behind them of what passes, and behind these
            the same of each sideband.
        what: data or simulation, for errors.

    Raises:
        WollemiError: there is nothing in a cell, or its weights are negative. A preview takes the
            efficiency of all cells there.
    """
    failed, passed = _counted(measured, cells)
    together = [side.sum(axis=1, keepdims=True) for side in (passed, failed)]
    (overall,) = efficiency(*together)
    found, subtracts = efficiency(passed, failed), bool(_sidebands(measured))
    if subtracts:
        found = _at_the_ends(found, passed, failed)
    bad = np.flatnonzero(~((found >= 0) & (found <= 1)))
    if bad.size and not (notes(cells).get("preview") and 0 <= overall <= 1):
        texts = listed(cell_texts(measured, bad.tolist()), _SHOWN)
        raise WollemiError(
            where,
            f"{bad.size} of {found.size} bins of {what} have no efficiency, as there is nothing in "
            f"them or its weights are negative: {texts}",
            "join bins, or leave them out",
        )
    if bad.size:
        LOGGER.warning("%s: %d bins of this preview have that of all", where, bad.size)
        found[bad] = overall
        passed[:, bad], failed[:, bad] = together
    down, up = wilson_interval(found, effective_number(found, passed, failed))
    if subtracts:
        error = np.sqrt(variance(found, passed, failed))
        down, up = (np.minimum(down, found - error), np.maximum(up, found + error))
        down, up = (np.clip(end, 0, 1) for end in (down, up))
    flow = cells.view(flow=True)["value"]
    total = float(flow.sum())
    outside = 1 - float(cells.view()["value"].sum()) / total if total else 0.0
    return Efficiencies({"nominal": found, "up": up, "down": down}, float(overall), outside)


def _sidebands(measured: Mapping[str, Any]) -> Sequence[Sequence[float]]:
    return (measured.get("mass") or {}).get("sidebands") or ()


def _counted(measured: Mapping[str, Any], cells: Histogram) -> list[Floats]:
    """Σw and variance of what fails and of what passes (2, cells), without background."""
    view, sidebands = cells.view(), _sidebands(measured)
    sums = np.stack([view["value"], view["variance"]]).astype(np.float64)
    ranges = np.split(sums, 1 + len(sidebands), axis=1)
    if sidebands:
        factors = sideband_factors(measured["mass"]["window"], sidebands)
        ranges = [subtracted(ranges[0], ranges[1:], factors)]
    return [side.copy() for side in np.split(ranges[0], 2, axis=1)]


def _at_the_ends(found: Floats, passed: Floats, failed: Floats) -> Floats:
    """Efficiencies at 0 or 1 where the subtraction has left less than nothing, within 3σ."""
    none_fails = (found > 1) & (failed[0] ** 2 < 9 * failed[1])
    none_passes = (found < 0) & (passed[0] ** 2 < 9 * passed[1])
    return np.where(none_fails, 1.0, np.where(none_passes, 0.0, found))
