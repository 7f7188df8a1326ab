"""Readable names of bins from their edges."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wollemi.histograms.histogram import Axis, bin_edges, categories_of, unit_of


def bin_ranges(axis: Axis, chosen: NDArray[np.bool_]) -> str:
    """Join ranges of neighboring bins, `400–510, 2250–2750 GeV`; or list categories.

    Args:
        axis: Axis of the bins.
        chosen: Flags of the chosen bins, shape (bins,).
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
