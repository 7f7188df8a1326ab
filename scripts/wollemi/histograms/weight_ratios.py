"""Check that the factors of a variation are around 1, not full weights by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from wollemi.histograms.histogram import Histogram
from wollemi.histograms.varied import variations_of
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.systematics import WeightVariation

FAR = 4.0  # factors of variations never change most weights this much
LEAST_BINS = 5  # bins needed for a decision
LEAST_EVENTS = 20


class FactorSample:
    """Factors on the first events of a part, for checks of individual events."""

    def __init__(self) -> None:
        self.factors: dict[str, Floats] = {}
        self.room = 500

    def add(self, factors: Mapping[str, Floats]) -> None:
        """Add the next events, while there is room: factors by variation, shape (events,) each."""
        for name, values in factors.items():
            first = values[: self.room]
            self.factors[name] = np.append(self.factors.get(name, np.empty(0)), first)
        self.room -= min(self.room, len(factors["nominal"]))


def check_ratios(
    histograms: Mapping[str, Histogram],
    variations: Mapping[str, WeightVariation],
    dataset: str,
    sample: Mapping[str, Floats],
) -> None:
    """Check that varied weights are as large as nominal ones, as expected for a factor around 1.

    The medians of two ratios decide: √Σw² in each bin, where negative weights do not cancel, and
    the weights of individual events of a sample.

    Args:
        histograms: Histograms of all regions and variables, each under all variations.
        variations: Systematics of the kind `weight`.
        dataset: Name of the dataset for errors.
        sample: Variation → factors of some events, `nominal` → their weights, shape (events,).

    Raises:
        WollemiError: A factor is far from 1, as for a full weight.
    """
    sums: dict[str, list[Floats]] = {}
    for histogram in histograms.values():
        for variation, found in zip(
            variations_of(histogram), histogram.variances(flow=True), strict=True
        ):
            sums.setdefault(variation, []).append(np.ravel(found))  # with one axis or several
    for name, item in variations.items():
        for side in (side for side in ("up", "down") if getattr(item, side) != "symmetrize"):
            variation = f"{name}_{side}"
            flaw = _flaw(
                _median_ratio(sums.get(variation, []), sums.get("nominal", [])),
                sample.get(variation, np.empty(0)),
                sample.get("nominal", np.empty(0)),
            )
            if flaw:
                problem = f"'{getattr(item, side)}' {flaw}: a whole weight, not a factor on it"
                remedy = (
                    f"divide systematics.{name}.{side} by the nominal weight, which it multiplies"
                )
                raise WollemiError(f"dataset {dataset}, variation {variation}", problem, remedy)


def _flaw(in_bins: float, factors: Floats, weights: Floats) -> str | None:
    """Sign of a full weight: its size, or the sign of the nominal weight in each event."""
    used = np.isfinite(factors) & (factors != 0)
    factors, weights = factors[used], weights[used]
    of_events = float(np.median(np.abs(factors))) if factors.size >= LEAST_EVENTS else 1.0
    for ratio in (in_bins, of_events):
        if not 1 / FAR <= ratio <= FAR:
            return f"makes the weights {ratio:.3g} times as large"
    negative = np.count_nonzero(weights < 0)
    if LEAST_BINS <= negative < weights.size and ((factors < 0) == (weights < 0)).all():
        return "is negative in exactly those events whose weight is"
    return None


def _median_ratio(varied: list[Floats], nominal: list[Floats]) -> float:
    """Median ratio of √Σw² in bins that both have filled; 1 with too few bins.

    Args:
        varied: Sums of squared weights of each histogram, shape (bins,) each.
        nominal: Nominal sums of squared weights, shape (bins,) each.
    """
    if not varied:
        return 1.0
    above, below = np.concatenate(varied), np.concatenate(nominal)
    filled = (above > 0) & (below > 0)
    if filled.sum() < LEAST_BINS:
        return 1.0
    return float(np.sqrt(np.median(above[filled] / below[filled])))
