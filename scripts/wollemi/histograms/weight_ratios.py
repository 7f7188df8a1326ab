"""Whether the factors of a variation are factors around 1, or whole weights by mistake."""

from collections.abc import Mapping

import numpy as np

from wollemi.analysis.models.systematics import WeightVariation
from wollemi.base.arrays import Floats
from wollemi.base.errors import WollemiError
from wollemi.histograms.histogram import Histogram
from wollemi.histograms.varied import variations_of

FAR = 4.0  # no factor of a variation changes most weights this much
LEAST_BINS = 5  # needed to judge


def check_ratios(
    histograms: Mapping[str, Histogram], variations: Mapping[str, WeightVariation], dataset: str
) -> None:
    """Are varied weights as large as nominal ones, as expected for a factor around 1?

    The ratio in each bin is that of √Σw², in which negative weights do not cancel; the median bin
    decides.

    Args:
        histograms: of all regions and variables, each under all variations.
        variations: systematics of the kind `weight`.
        dataset: for the error.

    Raises:
        WollemiError: a factor is far from 1: it is a whole weight.
    """
    sums: dict[str, list[Floats]] = {}
    for histogram in histograms.values():
        for variation, found in zip(
            variations_of(histogram), histogram.variances(flow=True), strict=True
        ):
            sums.setdefault(variation, []).append(np.ravel(found))  # of one axis or several
    for name, item in variations.items():
        for side in (side for side in ("up", "down") if getattr(item, side) != "symmetrize"):
            ratio = _median_ratio(sums.get(f"{name}_{side}", []), sums.get("nominal", []))
            if not 1 / FAR <= ratio <= FAR:
                problem = (
                    f"'{getattr(item, side)}' makes the weights {ratio:.3g} times as large: a "
                    "whole weight, not a factor on it"
                )
                remedy = (
                    f"divide systematics.{name}.{side} by the nominal weight, which it multiplies"
                )
                raise WollemiError(f"dataset {dataset}, variation {name}_{side}", problem, remedy)


def _median_ratio(varied: list[Floats], nominal: list[Floats]) -> float:
    """Median ratio of √Σw² of bins that both have filled; 1 for too few.

    Args:
        varied: sums of squared weights (bins,) of each histogram.
        nominal: the same without a variation.
    """
    if not varied:
        return 1.0
    above, below = np.concatenate(varied), np.concatenate(nominal)
    filled = (above > 0) & (below > 0)
    if filled.sum() < LEAST_BINS:
        return 1.0
    return float(np.sqrt(np.median(above[filled] / below[filled])))
