"""Readable names of bins: their edges, not their numbers."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wollemi.histograms.histogram import Axis, bin_edges, unit_of


def bin_ranges(axis: Axis, chosen: NDArray[np.bool_]) -> str:
    """Ranges of bins, with neighbors joined: `400–510, 2250–2750 GeV`.

    Args:
        axis: the bins.
        chosen: which of them (bins,).
    """
    ends = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(int)))
    edges = bin_edges(axis)
    ranges = [
        f"{edges[first]:g}–{edges[last]:g}" for first, last in list(pairwise(ends.tolist()))[::2]
    ]
    return f"{', '.join(ranges)} {unit_of(axis)}".strip()
