"""Both sides of a systematic made of one shift, and smoothed: what enters the model of what was
filled.

The symmetrizations and their order with smoothing are those of TRExFitter (`HistoTools`).
"""

import numpy as np

from wollemi.analysis.models.systematics import Symmetrization, Systematic
from wollemi.base.arrays import Floats
from wollemi.histograms.histogram import Histogram
from wollemi.model.smoothing import smoothed


def is_treated(systematic: Systematic) -> bool:
    """Whether templates enter the model otherwise than they were filled."""
    return any(getattr(systematic, key, None) for key in ("smoothing", "symmetrization"))


def treated(
    systematic: Systematic, nominal: Histogram, up: Floats, down: Floats | None
) -> tuple[Floats, Floats | None]:
    """Varied templates (bins,) smoothed and symmetrized, as its settings say.

    A side is smoothed before the other is made its mirror image; where one shift is made of two,
    it is smoothed afterwards.

    Args:
        systematic: its settings.
        nominal: the nominal template.
        up: at +1σ (bins,).
        down: at -1σ (bins,); None for the mirror image.

    Returns:
        Both sides; None for the mirror image.
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
    """The shift (bins,) at +1σ; at -1σ is its opposite.

    Args:
        chosen: how it is made of both sides.
        up: shift at +1σ (bins,).
        down: shift at -1σ (bins,).
    """
    if chosen == "two_sided":
        return (up - down) / 2
    if chosen == "absolute_mean":
        return (np.abs(up) + np.abs(down)) / 2
    if chosen == "maximum":
        return np.where(np.abs(up) < np.abs(down), down, up)
    return up if np.sum(np.abs(up)) >= np.sum(np.abs(down)) else -down
