"""Entries that a histogram cannot hold because their value is not a number: log(-x), x % 0,
sqrt(-x), 0 / 0.

None (`jet[1].pt` with a single jet) is not an entry and is not counted: the analysis intends it.
Infinity goes to the overflow.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHARE = 0.01  # fraction of a histogram's entries above which the user is warned
# region → variable → entries, not_numbers, sum_of_weights (of the values that are not numbers)
Counts = dict[str, dict[str, dict[str, Any]]]
NO_COUNT = {"entries": 0, "not_numbers": 0, "sum_of_weights": 0.0}


def count_not_numbers(
    values: NDArray[np.float64], present: NDArray[np.bool_], weights: NDArray[np.float64]
) -> dict[str, Any]:
    """Count entries whose value is not a number.

    Args:
        values: Values, shape (entries,).
        present: Flags of entries that have a value at all, shape (entries,).
        weights: Weights, shape (entries,).

    Returns:
        Number of entries that have a value, number of values that are not numbers, and Σw of the
        latter, summed in order.
    """
    bad = np.isnan(values) & present
    total = float(
        np.bincount(np.zeros(np.count_nonzero(bad), int), weights=weights[bad], minlength=1)[0]
    )
    return {
        "entries": int(np.count_nonzero(present)),
        "not_numbers": int(np.count_nonzero(bad)),
        "sum_of_weights": total,
    }


def add_not_numbers(parts: Iterable[Counts]) -> Counts:
    """Add the counts of batches or parts, in order."""
    total: Counts = {}
    for part in parts:
        for region, variables in part.items():
            for variable, more in variables.items():
                known = total.setdefault(region, {}).get(variable, NO_COUNT)
                total[region][variable] = {key: known[key] + more[key] for key in NO_COUNT}
    return total


def found_not_numbers(counts: Counts) -> Counts:
    """The counts without variables whose values are all numbers."""
    kept = {
        region: {name: item for name, item in found.items() if item["not_numbers"]}
        for region, found in counts.items()
    }
    return {region: found for region, found in kept.items() if found}


def describe_losses(counts: Counts, selected: Mapping[str, int]) -> list[str]:
    """Warnings for the user, one line per histogram that lacks more than `SHARE` of its entries.

    Args:
        counts: Counts of a dataset.
        selected: Region → number of events; a part whose values are all numbers lists no entries.
    """
    return [
        f"region {region}, variable {name}: {item['not_numbers']:,} of {total:,} values are "
        "not numbers (log(-1), 0 / 0, x % 0) "
        "and are in no bin; give a value for them, such as where(x > 0, log(x), -10)"
        for region, found in counts.items()
        for name, item in found.items()
        for total in [max(item["entries"], selected.get(region, 0))]
        if item["not_numbers"] > SHARE * total
    ]
