"""Readable names of bins: their edges, not their numbers."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wollemi.histograms.histogram import Axis, bin_edges, categories_of, unit_of


def bin_ranges(axis: Axis, chosen: NDArray[np.bool_]) -> str:
    """Ranges of bins, with neighbors joined: `400–510, 2250–2750 GeV`; or categories.

    Args:
        axis: the bins.
        chosen: which of them (bins,).
    """
    names = categories_of(axis)
    if names:
        return ", ".join(name for name, one in zip(names, chosen, strict=True) if one)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(int)))
    edges = bin_edges(axis)
    ranges = [
        f"{edges[first]:g}–{edges[last]:g}" for first, last in list(pairwise(ends.tolist()))[::2]
    ]
    return f"{', '.join(ranges)} {unit_of(axis)}".strip()
