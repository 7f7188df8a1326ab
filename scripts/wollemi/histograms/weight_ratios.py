"""Whether the factors of a variation are factors around 1, or whole weights by mistake."""

from collections.abc import Mapping

import numpy as np

from wollemi.analysis.models.systematics import WeightVariation
from wollemi.base.errors import WollemiError
from wollemi.histograms.histogram import Histogram

FAR = 4.0  # no factor of a variation changes most weights this much
LEAST_BINS = 5  # needed to judge


def check_ratios(
    histograms: Mapping[str, Histogram], variations: Mapping[str, WeightVariation], dataset: str
) -> None:
    """Are varied weights as large as nominal ones, as expected for a factor around 1?

    The ratio in each bin is that of √Σw², in which negative weights do not cancel; the median bin
    decides.

    Args:
        histograms: of all regions, variables and variations.
        variations: systematics of the kind `weight`.
        dataset: for the error.

    Raises:
        WollemiError: a factor is far from 1: it is a whole weight.
    """
    for name, item in variations.items():
        for side in (side for side in ("up", "down") if getattr(item, side) != "symmetrize"):
            pairs = [
                tuple(
                    item.variances(flow=True)
                    for item in (histogram, histograms[f"{key.rpartition('/')[0]}/nominal"])
                )
                for key, histogram in histograms.items()
                if key.rpartition("/")[2] == f"{name}_{side}"
            ]
            varied, nominal = (
                np.concatenate([np.stack(pair) for pair in pairs], axis=1)
                if pairs
                else np.zeros((2, 0))
            )
            filled = (varied > 0) & (nominal > 0)
            ratio = (
                float(np.sqrt(np.median(varied[filled] / nominal[filled])))
                if filled.sum() >= LEAST_BINS
                else 1.0
            )
            if not 1 / FAR <= ratio <= FAR:
                problem = (
                    f"'{getattr(item, side)}' makes the weights {ratio:.3g} times as large: a "
                    "whole weight, not a factor on it"
                )
                remedy = (
                    f"divide systematics.{name}.{side} by the nominal weight, which it multiplies"
                )
                raise WollemiError(f"dataset {dataset}, variation {name}_{side}", problem, remedy)
