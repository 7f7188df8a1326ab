"""Smoothing of a varied template relative to the nominal one, and symmetrization, by published
methods.

A template from simulated events fluctuates, and so does its ratio to the nominal template if their
events differ; the fit would take these fluctuations for a shape. Each method here smooths this
ratio and keeps the yield of the varied template. Symmetrizations and their order relative to
smoothing follow TRExFitter (`HistoTools`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wollemi.histograms.histogram import Histogram
from wollemi_likelihood.base.arrays import Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.smoothing import MaxVariation, Smoothing
    from wollemi.analysis.models.systematics import Symmetrization, Systematic

FEWEST = 3  # fewest bins that a curve can be drawn through
ITERATIONS = 3  # of LOWESS, against outliers (Cleveland 1979)
# TRExFitter: smaller slopes are zero, and bins with a smaller difference are equal.
SLOPE, SAME = 1e-7, 1e-5
OFFSET = 100.0  # added to relative shifts, since running medians take negative values for noise
MOST_PASSES = 4


def is_treated(systematic: Systematic) -> bool:
    """Whether templates are smoothed or symmetrized before they enter the model."""
    return any(getattr(systematic, key, None) for key in ("smoothing", "symmetrization"))


def treated(
    systematic: Systematic, nominal: Histogram, up: Floats, down: Floats | None
) -> tuple[Floats, Floats | None]:
    """Smooth and symmetrize varied templates (bins,), as configured.

    A side is smoothed before it is mirrored; a shift that combines both sides is smoothed
    afterwards.

    Args:
        systematic: Settings of the systematic.
        nominal: Nominal template.
        up: Template at +1σ, shape (bins,).
        down: Template at -1σ, shape (bins,); None for the mirror image.

    Returns:
        Templates at +1σ and -1σ; None for the mirror image.
    """
    # A factor on the yield has neither.
    smoothing = getattr(systematic, "smoothing", None)
    chosen = getattr(systematic, "symmetrization", None)
    values = nominal.values()
    if chosen and chosen != "one_sided" and down is not None:
        up, down = values + symmetric_shift(chosen, up - values, down - values), None
    if smoothing is not None:
        up = smoothed(smoothing, values, nominal.variances(), up)
        down = None if down is None else smoothed(smoothing, values, nominal.variances(), down)
    if chosen == "one_sided" and down is not None:
        return values + symmetric_shift(chosen, up - values, down - values), None
    return up, down


def symmetric_shift(chosen: Symmetrization, up: Floats, down: Floats) -> Floats:
    """The shift (bins,) at +1σ; the shift at -1σ is its opposite.

    Args:
        chosen: Method that combines both sides.
        up: Shift at +1σ, shape (bins,).
        down: Shift at -1σ, shape (bins,).
    """
    if chosen == "two_sided":
        return (up - down) / 2
    if chosen == "absolute_mean":
        return (np.abs(up) + np.abs(down)) / 2
    if chosen == "maximum":
        return np.where(np.abs(up) < np.abs(down), down, up)
    return up if np.sum(np.abs(up)) >= np.sum(np.abs(down)) else -down


def smoothed(smoothing: Smoothing, nominal: Floats, variances: Floats, varied: Floats) -> Floats:
    """A varied template (bins,) without its fluctuations; bins without nominal events are empty.

    Args:
        smoothing: Smoothing method.
        nominal: Nominal template, shape (bins,).
        variances: Sums of squared weights of the nominal template, shape (bins,).
        varied: Template to smooth, shape (bins,).
    """
    filled = nominal > 0
    total = float(np.sum(varied))
    if total <= 0 or np.sum(filled) < (2 if smoothing.method == "max_variation" else FEWEST):
        return varied
    made = np.zeros_like(varied)
    if smoothing.method == "max_variation":
        made = _max_variation(smoothing, np.maximum(nominal, 0.0), variances, varied)
    elif smoothing.method == "lowess":
        weights = _events(nominal[filled], variances[filled])
        ratios = varied[filled] / nominal[filled]
        made[filled] = lowess(ratios, weights, smoothing.span) * nominal[filled]
    else:
        made[filled] = running_medians(varied[filled] / nominal[filled]) * nominal[filled]
    scale = float(np.sum(made))
    return made * (total / scale) if scale > 0 else varied


def _events(nominal: Floats, variances: Floats) -> Floats:
    """Effective events (bins,), inversely proportional to the variance of a ratio; unknown ones are
    set to the largest of all bins.
    """
    known = variances > 0
    events = np.divide(nominal**2, variances, out=np.zeros_like(nominal), where=known)
    return np.where(known, events, np.max(events) or 1.0)


def running_medians(values: Floats) -> Floats:
    """Values (bins,) smoothed by 353QH, twice (J. Friedman, CERN School of Computing 1974, p. 292).

    Running medians of three, five and three values, parabolas through flat parts, running means;
    the residuals are smoothed in the same way and added. Same as ROOT's `TH1::Smooth`, with its
    rules for the ends: non-negative values stay so.
    """
    first = _medians_353qh(values)
    made = first + _medians_353qh(values - first)
    return made if np.min(values) < 0 else np.maximum(made, 0.0)


def _medians_353qh(values: Floats) -> Floats:
    z = values.copy()
    z[1:-1] = _medians(values, 3)
    z[0] = np.median([z[1], values[0], 3 * z[1] - 2 * z[2]])
    z[-1] = np.median([z[-2], values[-1], 3 * z[-2] - 2 * z[-3]])
    y = z.copy()
    z[2:-2] = _medians(y, 5)
    z[1], z[-2] = np.median(y[:3]), np.median(y[-3:])
    z[1:-1] = _medians(z.copy(), 3)
    y = z.copy()
    for i in range(2, z.size - 2):
        left, right = z[i - 2] - z[i], z[i + 2] - z[i]
        if z[i - 1] == z[i] == z[i + 1] and left * right > 0:
            near = -1 if abs(right) > abs(left) else 1
            y[i] = -0.5 * z[i - 2 * near] + z[i] / 0.75 + z[i + 2 * near] / 6
            y[i + near] = 0.5 * (z[i + 2 * near] - z[i - 2 * near]) + z[i]
    z[1:-1] = 0.25 * y[:-2] + 0.5 * y[1:-1] + 0.25 * y[2:]
    z[0], z[-1] = y[0], y[-1]
    return z


def _medians(values: Floats, width: int) -> Floats:
    """Medians of neighbors (bins - width + 1,)."""
    if values.size < width:
        return np.empty(0)
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(values, width), axis=1))


def lowess(values: Floats, weights: Floats, span: float) -> Floats:
    """Values (bins,) smoothed by lines that are fitted locally and robustly.

    LOWESS (W. S. Cleveland, J. Am. Stat. Assoc. 74 (1979) 829): at each bin a line through the
    nearest bins, with tricube weights of their distance in bins, and three times again with
    bisquare weights of their residuals. Statistics enter as prior weights (Cleveland and Devlin,
    83 (1988) 596); with equal weights it equals R's `lowess`.

    Args:
        values: Values, shape (bins,).
        weights: Inverse variances up to a factor, shape (bins,).
        span: Fraction of the bins that a line is fitted to.
    """
    bins = values.size
    neighbors = min(bins, max(2, int(span * bins + 1e-7)))
    robust, made = np.ones(bins), values
    for _ in range(ITERATIONS + 1):
        made = np.array(
            [_local_line(values, weights * robust, place, neighbors) for place in range(bins)]
        )
        residuals = np.abs(values - made) * np.sqrt(weights)
        largest = 6 * float(np.median(residuals))
        if largest <= 1e-7 * float(np.mean(residuals)):
            break
        relative = np.minimum(residuals / largest, 1.0)
        robust = np.where(relative <= 0.999, (1 - relative**2) ** 2, 0.0)
        robust[relative <= 0.001] = 1.0
    return made


def _local_line(values: Floats, weights: Floats, place: int, neighbors: int) -> float:
    """Value at a bin of the line through its neighbors; its own value if all weights are zero."""
    x = np.arange(values.size) - place
    first = min(max((2 * place - neighbors + 1) // 2, 0), values.size - neighbors)
    farthest = max(place - first, first + neighbors - 1 - place)
    distances = np.abs(x) / farthest
    w = np.where(distances <= 0.999, (1 - np.minimum(distances, 1) ** 3) ** 3, 0.0) * weights
    total = np.sum(w)
    if not total > 0:
        return float(values[place])
    w = w / total
    mean = np.sum(w * x)
    spread = np.sum(w * (x - mean) ** 2)
    if np.sqrt(spread) > 1e-3 * (values.size - 1):
        w = w * (1 - mean / spread * (x - mean))
    return float(np.sum(w * values))


def _max_variation(
    smoothing: MaxVariation, nominal: Floats, variances: Floats, varied: Floats
) -> Floats:
    """MAXVARIATION, the default of TRExFitter (`Smooth_maxVariations`).

    Neighbors are joined until the nominal events of each group are known to the tolerance, which is
    halved until the slope of the ratio changes no more often than allowed; then running medians
    smooth the steps between groups. The yield is not preserved here.
    """
    tolerance, made = smoothing.tolerance, varied
    while True:
        starts = _groups(nominal, variances, made, tolerance)
        ratios = _over(np.add.reduceat(made, starts), np.add.reduceat(nominal, starts))
        in_bins = np.repeat(ratios, np.diff([*starts, nominal.size]))
        made = in_bins * nominal
        if slope_changes(ratios) <= smoothing.slope_changes:
            break
        tolerance /= 2
    filled = (made != 0) & (nominal > 0)
    # Bins of a group stay equal to the last bit: medians look for flat parts.
    shifts = np.where(nominal > 0, in_bins - 1, 0.0) + OFFSET
    first, last = np.flatnonzero(filled)[[0, -1]]
    passes = 2 * min(_shortest_step(in_bins[filled]), MOST_PASSES)
    if passes < last - first:
        for _ in range(passes):
            shifts[first : last + 1] = running_medians(shifts[first : last + 1])
    return np.maximum((shifts - OFFSET) * nominal + nominal, 0.0)


def _over(values: Floats, nominal: Floats) -> Floats:
    """Ratio (bins,), 0 where nominal is empty."""
    return np.divide(values, nominal, out=np.zeros_like(nominal), where=nominal > 0)


def _groups(nominal: Floats, variances: Floats, varied: Floats, tolerance: float) -> list[int]:
    """First bin of each group whose nominal events are known to a tolerance."""
    ends: list[int] = []
    events = variance = total = 0.0
    last = nominal.size - 1
    for place in range(nominal.size):
        events, variance = events + nominal[place], variance + variances[place]
        total += varied[place]
        seen = events > 0 and variance > 0 and total != 0
        error = np.sqrt(variance) / events if seen else np.inf
        if error > tolerance and place < last:
            continue
        if error < tolerance or not ends:
            ends.append(place + 1)
        else:
            ends[-1] = place + 1
        events = variance = 0.0
    return [0, *ends[:-1]]


def slope_changes(ratios: Floats) -> int:
    """Sign changes of the slope, as TRExFitter counts them: consecutive ones count twice."""
    count, used, previous = 0, 0, 0.0
    rises = changed = False
    for ratio in ratios[ratios != 0]:
        if abs(ratio - previous) >= SLOPE:
            used += 1
            changes = used > 2 and (ratio > previous) != rises
            count += changes * (1 + changed)
            changed, rises = changes, bool(ratio > previous)
        previous = ratio
    return count


def _shortest_step(ratios: Floats) -> int:
    """Fewest neighbors with the same ratio."""
    ends = np.flatnonzero(np.abs(np.diff(ratios)) >= SAME)
    return int(np.min(np.diff([-1, *ends, ratios.size - 1])))
