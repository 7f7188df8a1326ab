"""Oddities in the templates of a systematic, reported with bin edges."""

import numpy as np
from numpy.typing import NDArray

from wollemi.base.arrays import Floats
from wollemi.histograms.bin_names import bin_ranges
from wollemi.histograms.histogram import Axis

HUGE = 1.0  # relative change of a bin at 1σ from which it is reported
SEEN = 1e-3  # relative change of a bin that is invisible in a plot


def template_flaws(axis: Axis, nominal: Floats, up: Floats, down: Floats | None) -> list[str]:
    """What to look at before the systematic enters a model; empty if nothing.

    Args:
        axis: the bins.
        nominal: (bins,).
        up: (bins,) at +1σ, as it was filled.
        down: (bins,) at -1σ; None if it is mirrored.
    """
    sides = {"+1σ": up} if down is None else {"+1σ": up, "-1σ": down}
    found = {
        f"is {what} at {side} in": flags
        for side, varied in sides.items()
        for what, flags in {
            "filled where the nominal template is empty": (varied > 0) & (nominal <= 0),
            "empty where the nominal template is filled": (varied == 0) & (nominal > 0),
            "more than doubled": (nominal > 0) & (varied > (1 + HUGE) * nominal),
        }.items()
    }
    if down is not None:
        found["has both sides on the same side of nominal in"] = same_side(nominal, up, down)
    texts = [f"{text} {bin_ranges(axis, flags)}" for text, flags in found.items() if flags.any()]
    identical = down is not None and not np.array_equal(up, nominal) and np.array_equal(up, down)
    return ["has the same template at +1σ and -1σ"] if identical else texts


def same_side(nominal: Floats, up: Floats, down: Floats) -> NDArray[np.bool_]:
    """Bins that both sides raise, or both lower, by an amount that can be seen (bins,)."""
    shifts = np.array([up - nominal, down - nominal])
    seen = np.abs(shifts) > SEEN * np.abs(nominal)
    return np.asarray((np.sign(shifts[0]) == np.sign(shifts[1])) & seen.all(axis=0))
