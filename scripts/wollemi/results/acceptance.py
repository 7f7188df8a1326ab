"""Acceptance times efficiency of a signal: the weighted share of its produced events that a region
selects.
"""

from collections.abc import Mapping, Sequence
from math import fsum, sqrt
from typing import Any

Cutflow = Mapping[str, Any]


def acceptance(cutflows: Sequence[Cutflow], region: str) -> tuple[float, float] | None:
    """Share of the produced events of a signal that a region selects, and its statistical error.

    Args:
        cutflows: of the datasets of the signal.
        region: name of the region.

    Returns:
        Both; None if no dataset has the region, or nothing was produced.
    """
    found = [item for item in cutflows if item["regions"].get(region)]
    produced = fsum(item["sum_of_weights"] * item["normalization"] for item in cutflows)
    if not found or not produced:
        return None
    passed = fsum(
        item["regions"][region][-1]["sum_of_weights"] * item["normalization"] for item in found
    )
    variance = fsum(
        _variance(item, item["regions"][region][-1]) * item["normalization"] ** 2 for item in found
    )
    return passed / produced, sqrt(variance) / produced


def _variance(cutflow: Cutflow, line: Mapping[str, Any]) -> float:
    """Variance of the weights that pass, for a fixed number of produced events.

    For weighted events that of the binomial distribution: (1 - 2ε) Σw² of those that pass + ε² Σw²
    of all, with their share ε. For a dataset that enters as histograms the produced events are not
    counted: its variance is that of the histograms.
    """
    passed, squares = line["sum_of_weights"], line["sum_of_weights_squared"]
    if not passed or not cutflow["skim"]:
        return float(squares)
    share = passed / cutflow["sum_of_weights"]
    every = cutflow.get("produced", cutflow["skim"][0])
    return float((1 - 2 * share) * squares + share**2 * every["sum_of_weights_squared"])
