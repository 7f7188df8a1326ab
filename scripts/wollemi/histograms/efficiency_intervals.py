"""Efficiencies of sums of weights, and intervals for them."""

import numpy as np

from wollemi_likelihood.base.arrays import Floats


def efficiency(passed: Floats, failed: Floats) -> Floats:
    """Σw of what passes, divided by Σw of all: (cells,); NaN where there is nothing.

    Args:
        passed: Σw and Σw² of what passes (2, cells).
        failed: those of what fails (2, cells).
    """
    total = passed[0] + failed[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, passed[0] / total, np.nan)


def variance(found: Floats, passed: Floats, failed: Floats) -> Floats:
    """Variance of efficiencies (cells,): ((1 - ε)² σ²(pass) + ε² σ²(fail)) / (Σw)².

    What passes and what fails are independent.

    Args:
        found: efficiencies (cells,).
        passed: Σw of what passes and its variance, which is Σw² where nothing is subtracted (2,
            cells).
        failed: those of what fails (2, cells).
    """
    total = passed[0] + failed[0]
    of_sums: Floats = (1 - found) ** 2 * passed[1] + found**2 * failed[1]
    made: Floats = of_sums / total**2
    return made


def effective_number(found: Floats, passed: Floats, failed: Floats) -> Floats:
    """Number of events without weights whose efficiency has the same variance (cells,).

    That of n events is ε (1 - ε) / n. Where ε is 0 or 1 it vanishes: there the number is (Σw)² /
    Σw². Of events without weights it is their number.

    Args:
        found: efficiencies (cells,).
        passed: Σw of what passes and its variance (2, cells).
        failed: those of what fails (2, cells).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = found * (1 - found) / variance(found, passed, failed)
        ends = (passed[0] + failed[0]) ** 2 / (passed[1] + failed[1])
        return np.where((found > 0) & (found < 1), inner, ends)


def wilson_interval(found: Floats, number: Floats, z: float = 1.0) -> tuple[Floats, Floats]:
    """Lower and upper end of the score interval of efficiencies, each (cells,).

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; recommended by L. Brown, T. Cai and A.
    DasGupta, Stat. Sci. 16 (2001) 101, as its coverage is close to the level on average. It holds
    for effective numbers of events, is never empty at 0 or 1, and stays within both.

    Args:
        found: efficiencies (cells,).
        number: effective numbers of events (cells,).
        z: number of standard deviations.
    """
    scale = 1 + z**2 / number
    center = (found + z**2 / (2 * number)) / scale
    half = z / scale * np.sqrt(found * (1 - found) / number + z**2 / (4 * number**2))
    # Rounding could leave the efficiency itself outside by a last bit.
    return np.clip(center - half, 0, found), np.clip(center + half, found, 1)
