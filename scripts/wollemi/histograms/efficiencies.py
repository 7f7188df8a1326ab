"""Efficiencies from sums of weights, with their statistical uncertainties."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.plain.measured import cell_count, is_fake_rate
from wollemi.histograms.correction_map import cell_texts
from wollemi.histograms.efficiency_intervals import (
    effective_number,
    efficiency,
    variance,
    wilson_interval,
)
from wollemi.histograms.histogram import Histogram, notes
from wollemi.histograms.scale_factors import sideband_factors, subtracted
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, listed

LOGGER = logging.getLogger("wollemi")
_SHOWN = 5


@dataclass(frozen=True)
class Efficiencies:
    """Efficiencies in the cells of a map.

    Attributes:
        values: Values of `nominal`, `up` and `down` in each cell, shape (cells,).
        overall: Efficiency of all cells combined.
        outside: Fraction of the sum of weights outside the bins.
    """

    values: Mapping[str, Floats]
    overall: float
    outside: float


@dataclass(frozen=True)
class Counts:
    """Passing and failing sums of weights in the cells of a map.

    Attributes:
        failed: Failing Σw and its variance, shape (2, cells).
        passed: Passing Σw and its variance, shape (2, cells).
        outside: Fraction of the sum of weights outside the bins.
        subtracts: Whether backgrounds are subtracted.
        preview: Whether the sums come from the first events only.
    """

    failed: Floats
    passed: Floats
    outside: float
    subtracts: bool = False
    preview: bool = False


def measured_efficiencies(
    where: str, measured: Mapping[str, Any], cells: Histogram, what: str = "simulation"
) -> Efficiencies:
    """Measure the efficiencies in the cells of a map.

    Args:
        where: Name of the measurement for errors.
        measured: Settings of the measurement.
        cells: Σw and Σw² in each cell, first failing, then passing, then the same for each
            sideband.
        what: Source, data or simulation, for errors.

    Raises:
        WollemiError: A cell is empty, or its weights are negative. A preview uses the efficiency of
            all cells there.
    """
    return efficiencies_of(where, measured, counted(measured, cells), what)


def efficiencies_of(
    where: str, measured: Mapping[str, Any], counts: Counts, what: str
) -> Efficiencies:
    """Compute efficiencies from passing and failing sums of weights.

    After a subtraction, the interval contains both the Wilson interval and ±1σ, because all failing
    events may have been subtracted.

    Args:
        where: Name of the measurement for errors.
        measured: Settings of the measurement.
        counts: Failing and passing sums of weights.
        what: Source, data or simulation, for errors.

    Raises:
        WollemiError: A cell is empty, its weights are negative, or a fake rate lacks failing
            events. A preview uses the efficiency of all cells there.
    """
    passed, failed = counts.passed.copy(), counts.failed.copy()
    together = [side.sum(axis=1, keepdims=True) for side in (passed, failed)]
    (overall,) = efficiency(*together)
    found = efficiency(passed, failed)
    if counts.subtracts:
        found = at_the_ends(found, passed, failed)
    bad = np.flatnonzero(~_is_valid(measured, found))
    if bad.size and not (counts.preview and _is_valid(measured, overall)):
        _refuse(where, measured, bad, what)
    if bad.size:
        LOGGER.warning("%s: %d bins of this preview have that of all", where, bad.size)
        found[bad] = overall
        passed[:, bad], failed[:, bad] = together
    down, up = wilson_interval(found, effective_number(found, passed, failed))
    if counts.subtracts:
        error = np.sqrt(variance(found, passed, failed))
        down, up = (np.minimum(down, found - error), np.maximum(up, found + error))
        down, up = (np.clip(end, 0, 1) for end in (down, up))
    return Efficiencies({"nominal": found, "up": up, "down": down}, float(overall), counts.outside)


def _is_valid(measured: Mapping[str, Any], found: Floats) -> NDArray[np.bool_]:
    """Whether values are efficiencies; for fake rates f / (1 - f) must also be finite."""
    valid: NDArray[np.bool_] = (found >= 0) & (found <= 1)
    return valid & (found < 1) if is_fake_rate(measured) else valid


def _refuse(where: str, measured: Mapping[str, Any], bad: NDArray[np.intp], what: str) -> NoReturn:
    texts = listed(cell_texts(measured, bad.tolist()), _SHOWN)
    missing = f"{bad.size} of {cell_count(measured)} bins of {what} have no "
    if is_fake_rate(measured):
        problem = (
            "fake rate, as there is nothing in them without prompt leptons, or all of it passes"
        )
    else:
        problem = "efficiency, as there is nothing in them or its weights are negative"
    raise WollemiError(where, f"{missing}{problem}:{texts}", "join bins, or leave them out")


def _sidebands(measured: Mapping[str, Any]) -> Sequence[Sequence[float]]:
    return (measured.get("mass") or {}).get("sidebands") or ()


def counted(measured: Mapping[str, Any], cells: Histogram) -> Counts:
    """Failing and passing sums in each cell after background subtraction.

    Args:
        measured: Settings of the measurement.
        cells: Σw and Σw² in each cell, first failing, then passing, then the same for each
            sideband.
    """
    view, sidebands = cells.view(), _sidebands(measured)
    sums = np.stack([view["value"], view["variance"]]).astype(np.float64)
    ranges = np.split(sums, 1 + len(sidebands), axis=1)
    if sidebands:
        factors = sideband_factors(measured["mass"]["window"], sidebands)
        ranges = [subtracted(ranges[0], ranges[1:], factors)]
    failed, passed = np.split(ranges[0], 2, axis=1)
    preview = bool(notes(cells).get("preview"))
    return Counts(failed, passed, outside_fraction(cells), bool(sidebands), preview)


def outside_fraction(histogram: Histogram) -> float:
    """Fraction of the sum of weights in under- and overflow."""
    total = float(histogram.view(flow=True)["value"].sum())
    return 1 - float(histogram.view()["value"].sum()) / total if total else 0.0


def at_the_ends(found: Floats, passed: Floats, failed: Floats) -> Floats:
    """Efficiencies, shape (cells,), set to 0 or 1 if a subtraction leaves a negative sum within 3σ.

    Args:
        found: Efficiencies, shape (cells,).
        passed: Passing Σw and its variance, shape (2, cells).
        failed: Failing Σw and its variance, shape (2, cells).
    """
    none_fails = (found > 1) & (failed[0] ** 2 < 9 * failed[1])
    none_passes = (found < 0) & (passed[0] ** 2 < 9 * passed[1])
    return np.where(none_fails, 1.0, np.where(none_passes, 0.0, found))
