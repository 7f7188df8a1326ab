"""Bin edges for a fit, chosen by the statistics of the background and optionally by the signal."""

import math
from collections.abc import Callable

import numpy as np

from wollemi.model.template_flaws import Sums
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

# Sums of the same bins in another order differ by rounding.
ROUNDING = 1e-9
Enough = Callable[[slice], bool]


def joined_from_above(edges: Floats, is_enough: Enough) -> Floats:
    """Join bins downwards from the last one, since spectra fall, until each joined bin is enough;
    the remaining bins are joined to the lowest.

    Args:
        edges: Edges of the bins, shape (bins + 1,).
        is_enough: Whether a range of bins is enough.

    Returns:
        Edges of the joined bins.

    Raises:
        WollemiError: All bins together are not enough.
    """
    chosen, stop = [len(edges) - 1], len(edges) - 1
    for first in range(len(edges) - 2, -1, -1):
        if is_enough(slice(first, stop)):
            chosen.append(first)
            stop = first
    if len(chosen) == 1:
        problem = "not even all bins together have enough events"
        raise WollemiError("bins", problem, "ask for less, or simulate more events")
    chosen[-1] = 0
    return edges[chosen[::-1]]


def by_background(background: Sums, fewest: float, largest_error: float) -> Enough:
    """Require enough expected background events with a small enough simulation uncertainty.

    Args:
        background: Sum of all backgrounds.
        fewest: Smallest number of expected events.
        largest_error: Largest statistical error of the simulation, relative to the events.
    """

    def is_enough(bins: slice) -> bool:
        events = float(background.values[bins].sum())
        error = math.sqrt(float(background.variances[bins].sum()))
        return events >= fewest * (1 - ROUNDING) and error <= largest_error * events

    return is_enough


def transformation_d(
    background: Sums, signal: Sums, shares: tuple[float, float], largest_error: float
) -> Enough:
    """ATLAS's transformation D (arXiv:1409.6212, TRExFitter's `TransfoD`): a bin is enough if
    z_b n_b / N_b + z_s n_s / N_s reaches 1, so that there are at most z_b + z_s bins, finer where
    there is signal.

    Args:
        background: Sum of all backgrounds.
        signal: Sums of the signal.
        shares: Parameters z_b and z_s.
        largest_error: Largest relative statistical error of the simulated background.

    Raises:
        WollemiError: The background or the signal is empty.
    """
    known = by_background(background, 0.0, largest_error)
    totals = [float(item.values.sum()) for item in (background, signal)]
    if min(totals) <= 0:
        problem = (
            f"has no {'signal' if totals[0] > 0 else 'background'}, which it would be shared by"
        )
        raise WollemiError("bins", problem, "name another signal, or leave out --transformation-d")

    def is_enough(bins: slice) -> bool:
        parts = [float(item.values[bins].sum()) for item in (background, signal)]
        z = sum(
            share * part / total for share, part, total in zip(shares, parts, totals, strict=True)
        )
        return parts[0] > 0 and z >= 1 - ROUNDING and known(bins)

    return is_enough


def counted(sums: Sums, edges: Floats, chosen: Floats) -> Sums:
    """Sums in joined bins.

    Args:
        sums: Sums in all bins.
        edges: Edges of all bins, shape (bins + 1,).
        chosen: Edges of the joined bins, shape (joined bins + 1,).
    """
    starts = np.searchsorted(edges, chosen)[:-1]
    return Sums(np.add.reduceat(sums.values, starts), np.add.reduceat(sums.variances, starts))


def counting_significance(background: Floats, signal: Floats) -> float | None:
    """Expected significance of a signal from counts alone, without systematics: the root of
    Σ 2 ((s + b) ln(1 + s / b) - s) (arXiv:1007.1727, eq. 97).

    Args:
        background: Expected events, shape (bins,).
        signal: Expected events, shape (bins,).

    Returns:
        Significance in standard deviations; None if a bin has signal but no background.
    """
    used = signal > 0
    if np.any(background[used] <= 0):
        return None
    s, b = signal[used], background[used]
    return math.sqrt(float(np.sum(2 * ((s + b) * np.log1p(s / b) - s))))
