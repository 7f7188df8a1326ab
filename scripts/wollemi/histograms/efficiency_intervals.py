"""Efficiencies from sums of weights, and their intervals."""

import numpy as np

from wollemi_likelihood.base.arrays import Floats


def efficiency(passed: Floats, failed: Floats) -> Floats:
    """Passing Σw divided by total Σw, shape (cells,); NaN for empty cells.

    Args:
        passed: Passing Σw and Σw², shape (2, cells).
        failed: Failing Σw and Σw², shape (2, cells).
    """
    total = passed[0] + failed[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, passed[0] / total, np.nan)


def variance(found: Floats, passed: Floats, failed: Floats) -> Floats:
    """Variance of efficiencies, shape (cells,): ((1 - ε)² σ²(pass) + ε² σ²(fail)) / (Σw)².

    Passing and failing events are independent.

    Args:
        found: Efficiencies, shape (cells,).
        passed: Passing Σw and its variance, which is Σw² without a subtraction, shape (2, cells).
        failed: Failing Σw and its variance, shape (2, cells).
    """
    total = passed[0] + failed[0]
    of_sums: Floats = (1 - found) ** 2 * passed[1] + found**2 * failed[1]
    made: Floats = of_sums / total**2
    return made


def effective_number(found: Floats, passed: Floats, failed: Floats) -> Floats:
    """Number of unweighted events whose efficiency has the same variance, shape (cells,).

    The variance for n events is ε (1 - ε) / n. It vanishes for ε = 0 or 1, where the number is
    (Σw)² / Σw². For unweighted events the result is their number.

    Args:
        found: Efficiencies, shape (cells,).
        passed: Passing Σw and its variance, shape (2, cells).
        failed: Failing Σw and its variance, shape (2, cells).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = found * (1 - found) / variance(found, passed, failed)
        ends = (passed[0] + failed[0]) ** 2 / (passed[1] + failed[1])
        return np.where((found > 0) & (found < 1), inner, ends)


def wilson_interval(found: Floats, number: Floats, z: float = 1.0) -> tuple[Floats, Floats]:
    """Lower and upper ends of the score interval of efficiencies, shape (cells,) each.

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; recommended by L. Brown, T. Cai and A.
    DasGupta, Stat. Sci. 16 (2001) 101, because its average coverage is close to the level. It
    applies to effective numbers of events, is never empty at 0 or 1, and stays between both.

    Args:
        found: Efficiencies, shape (cells,).
        number: Effective numbers of events, shape (cells,).
        z: Number of standard deviations.
    """
    scale = 1 + z**2 / number
    center = (found + z**2 / (2 * number)) / scale
    half = z / scale * np.sqrt(found * (1 - found) / number + z**2 / (4 * number**2))
    # Rounding could exclude the efficiency itself by a last bit.
    return np.clip(center - half, 0, found), np.clip(center + half, found, 1)
