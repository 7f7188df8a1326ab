"""Acceptance times efficiency of a signal: the weighted fraction of its produced events that a
region selects.
"""

from collections.abc import Mapping, Sequence
from math import fsum, sqrt
from typing import Any

Cutflow = Mapping[str, Any]


def acceptance(cutflows: Sequence[Cutflow], region: str) -> tuple[float, float] | None:
    """Fraction of the produced events of a signal that a region selects, and its statistical error.

    Args:
        cutflows: Cutflows of the datasets of the signal.
        region: Name of the region.

    Returns:
        Fraction and error; None if no dataset has the region, or nothing was produced.
    """
    found = [item for item in cutflows if item["regions"].get(region)]
    produced = fsum(
        item["sum_of_weights"] * item["normalization"] for item, *_ in _same_events(cutflows)
    )
    if not found or not produced:
        return None
    passed, variance = [], []
    for parts in _same_events(found):
        lines = [item["regions"][region][-1] for item in parts]
        keys = ("sum_of_weights", "sum_of_weights_squared")
        line = {key: fsum(one[key] for one in lines) for key in keys}
        factor = parts[0]["normalization"]
        passed.append(line["sum_of_weights"] * factor)
        variance.append(_variance(parts[0], line) * factor**2)
    return fsum(passed) / produced, sqrt(fsum(variance)) / produced


def _same_events(cutflows: Sequence[Cutflow]) -> list[list[Cutflow]]:
    """Cutflows in groups of the same events: datasets that select different parts of the same files
    all have the total sum of weights.
    """
    found: dict[tuple[Any, ...], list[Cutflow]] = {}
    for number, item in enumerate(cutflows):
        # A dataset that enters as histograms has no skim, and its files contain no events.
        files = item.get("files", ()) if item["skim"] else ()
        read = tuple((file["path"], file["start"]) for file in files)
        events = read or (number,)
        found.setdefault((item["normalization"], *events), []).append(item)
    return [*found.values()]


def _variance(cutflow: Cutflow, line: Mapping[str, Any]) -> float:
    """Variance of the weights that pass, for a fixed number of produced events.

    For weighted events it follows from the binomial distribution: (1 - 2ε) Σw² of the events that
    pass + ε² Σw² of all events, with ε the fraction that passes. For a dataset that enters as
    histograms produced events are not counted: its variance is taken from the histograms.
    """
    passed, squares = line["sum_of_weights"], line["sum_of_weights_squared"]
    if not passed or not cutflow["skim"]:
        return float(squares)
    share = passed / cutflow["sum_of_weights"]
    every = cutflow.get("produced", cutflow["skim"][0])
    return float((1 - 2 * share) * squares + share**2 * every["sum_of_weights_squared"])
