"""The account of events: every event that was read is in a counted line."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Line = dict[str, Any]  # cut, events, sum_of_weights, sum_of_weights_squared


def cutflow_line(cut: str, weights: NDArray[np.float64], flags: Flags | None = None) -> Line:
    """Count events.

    Args:
        cut: what they passed.
        weights: (events,).
        flags: which events pass (events,); none: all.
    """
    passing = weights if flags is None else weights[flags]
    return {
        "cut": cut,
        "events": int(passing.size),
        "sum_of_weights": float(np.sum(passing)),
        "sum_of_weights_squared": float(np.sum(passing * passing)),
    }


def cumulative_flags(terms: Sequence[Flags]) -> list[Flags]:
    """Which events pass the first term, the first two, and so on."""
    return list(np.logical_and.accumulate(np.asarray(terms), axis=0)) if terms else []


def add_lines(parts: Iterable[Sequence[Line]]) -> list[Line]:
    """Add the cutflows of parts, line by line; their cuts are the same."""
    total: list[Line] = []
    for lines in parts:
        if not total:
            total = [dict(line) for line in lines]
            continue
        for line, more in zip(total, lines, strict=True):
            for key in ("events", "sum_of_weights", "sum_of_weights_squared"):
                line[key] += more[key]
    return total


def merge_region_counts(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add the region counts of batches or parts, in their order."""
    regions = {name: add_lines(part["regions"][name] for part in parts) for name in parts[0]["regions"]}
    return {"regions": regions, "in_a_region": sum(part["in_a_region"] for part in parts)}


def merge_cutflows(skims: Sequence[Mapping[str, Any]], fills: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The cutflow of a dataset from those of its parts, in their order.

    Args:
        skims: what `skim_events` counted in each part.
        fills: what `fill_histograms` counted in each part.
    """
    return {
        "dataset": skims[0]["dataset"],
        "preview": skims[0]["preview"],
        "files": [file for part in skims for file in part["files"]],
        "skim": add_lines(part["skim"] for part in skims),
        "regions": merge_region_counts(fills)["regions"],
        "account": _account(skims, fills),
    }


def _account(skims: Sequence[Mapping[str, Any]], fills: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Categories that share no event and together hold each event that was read."""
    read = sum(part["skim"][0]["events"] for part in skims)
    kept = sum(part["skim"][-1]["events"] for part in skims)
    selected = sum(part["in_a_region"] for part in fills)
    return {"read": read, "rejected_by_skim": read - kept, "in_a_region": selected, "in_no_region": kept - selected}
