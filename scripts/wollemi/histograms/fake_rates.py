"""Measure the rates of tight among loose nonprompt leptons: data minus prompt simulation."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi.analysis.plain.measured_maps import PROMPT_SIDES
from wollemi.histograms.correction_map import cell_texts
from wollemi.histograms.efficiencies import (
    Counts,
    Efficiencies,
    at_the_ends,
    counted,
    efficiencies_of,
)
from wollemi.histograms.efficiency_intervals import efficiency
from wollemi.histograms.histogram import Histogram, notes
from wollemi.histograms.scale_factors import subtracted
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, listed

LOGGER = logging.getLogger("wollemi")
_SHOWN = 5


def fake_rates(
    where: str, measured: Mapping[str, Any], data: Histogram, prompt: Histogram
) -> Efficiencies:
    """Measure fake rates in the cells of a map, with variations of the subtraction.

    Data of a preview are partial, while simulation is scaled to all of them: nothing is subtracted.

    Args:
        where: Name of the measurement for errors and the log.
        measured: Settings of the measurement.
        data: Σw and Σw² of data in each cell, first failing, then passing.
        prompt: Σw and Σw² of simulated prompt leptons, in the same form.

    Raises:
        WollemiError: A cell is empty after the subtraction, or all of it passes. A preview uses the
            rate of all cells there.
    """
    preview = bool(notes(prompt).get("preview"))
    if preview:
        LOGGER.warning("%s: this preview subtracts no prompt simulation", where)
    found = efficiencies_of(
        where, measured, without_prompt(data, prompt, 0.0 if preview else 1.0), "data"
    )
    uncertainty = measured.get("prompt_uncertainty")
    if not uncertainty:
        return found
    varied = {
        side: found.values["nominal"]
        if preview
        else _varied(where, measured, without_prompt(data, prompt, factor), factor)
        for side, factor in zip(PROMPT_SIDES, (1 + uncertainty, 1 - uncertainty), strict=True)
    }
    return Efficiencies({**found.values, **varied}, found.overall, found.outside)


def without_prompt(data: Histogram, prompt: Histogram, factor: float) -> Counts:
    """Subtract simulation from data, with the variance.

    Args:
        data: Failing and passing cells of data.
        prompt: Failing and passing cells of simulation.
        factor: Factor on the simulation.
    """
    of_data, of_prompt = counted({}, data), counted({}, prompt)
    factors = np.array([factor])
    return Counts(
        failed=subtracted(of_data.failed, [of_prompt.failed], factors),
        passed=subtracted(of_data.passed, [of_prompt.passed], factors),
        outside=of_data.outside,
        subtracts=True,
        preview=bool(notes(prompt).get("preview")),
    )


def _varied(where: str, measured: Mapping[str, Any], left: Counts, factor: float) -> Floats:
    """Rates with another factor on the simulation, shape (cells,)."""
    rates = at_the_ends(efficiency(left.passed, left.failed), left.passed, left.failed)
    bad = np.flatnonzero(~((rates >= 0) & (rates < 1)))
    if bad.size:
        texts = listed(cell_texts(measured, bad.tolist()), _SHOWN)
        raise WollemiError(
            where,
            f"{bad.size} of {rates.size} bins have no fake rate with {factor:g} times the prompt "
            f"simulation subtracted:{texts}",
            "join bins, or choose a region with fewer prompt leptons",
        )
    return rates
