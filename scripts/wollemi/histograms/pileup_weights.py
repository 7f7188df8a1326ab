"""Weights that give a quantity of simulated events the same distribution as in data."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi.histograms.correction_map import cell_texts
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, listed

LOGGER = logging.getLogger("wollemi")
_SHOWN = 5


def pileup_weights(
    where: str,
    measured: Mapping[str, Any],
    data: Mapping[str, Floats],
    simulated: Floats,
    preview: bool = False,
) -> dict[str, Floats]:
    """Ratio of data and simulation, each normalized to 1, by variation, shape (bins,).

    Bins without simulation have a weight of 0: the mean weight of simulated events is 1 minus the
    fraction of data in these bins.

    Args:
        where: Name of the measurement for errors and the log.
        measured: Settings of the measurement.
        data: Variation → distribution of data, shape (bins,).
        simulated: Σw of the simulation, shape (bins,).
        preview: Whether to treat a negative Σw, possible with few events, as 0.

    Raises:
        WollemiError: A bin of simulation is negative, or all bins of data or of simulation are
            empty.
    """
    if not preview:
        _refuse_negative(where, measured, simulated)
    kept = np.maximum(simulated, 0.0)
    _require_events(where, {"simulation": kept, **{f"data ({key})": data[key] for key in data}})
    empty = np.flatnonzero(kept == 0)
    if empty.size:
        texts = listed(cell_texts(measured, empty.tolist()), _SHOWN)
        message = "%s: %d of %d bins have no simulation, so that their weight is 0:%s"
        LOGGER.info(message, where, empty.size, kept.size, texts)
    made = {}
    for key, counts in data.items():
        shares = counts / counts.sum()
        made[key] = np.divide(shares, kept / kept.sum(), out=np.zeros(kept.size), where=kept > 0)
        _tell_lost(where, key, float(shares[empty].sum()))
    return made


def _refuse_negative(where: str, measured: Mapping[str, Any], simulated: Floats) -> None:
    negative = np.flatnonzero(simulated < 0)
    if negative.size:
        raise WollemiError(
            where,
            f"{negative.size} of {simulated.size} bins of simulation have a negative sum of "
            f"weights:{listed(cell_texts(measured, negative.tolist()), _SHOWN)}",
            "join bins",
        )


def _tell_lost(where: str, variation: str, lost: float) -> None:
    if lost > 0:
        LOGGER.warning(
            "%s: %.2g %% of the data (%s) are in bins without simulation, which no weight brings "
            "back: the mean weight is %.6g",
            where,
            100 * lost,
            variation,
            1 - lost,
        )


def _require_events(where: str, contents: Mapping[str, Floats]) -> None:
    for what, counts in contents.items():
        if not counts.sum() > 0:
            raise WollemiError(
                where, f"the bins of {what} are empty", "correct `axes` or `selection`"
            )
