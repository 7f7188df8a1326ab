"""The turn-on of a trigger: an error function with a plateau, fitted to efficiencies.

ε(x) = a/2 (1 + erf((x - x₀) / (√2 σ))), with a Gaussian resolution σ and a threshold x₀ at half of
the plateau a. Bins enter with the binomial likelihood (PDG, Statistics, binomial distribution), so
that 0 of n and n of n are exact. Errors come from the profile likelihood: the distances at which
-2 ln L is 1 above its minimum, with the other two parameters refitted.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from scipy.special import ndtr, xlog1py, xlogy

from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.results import AsymmetricError

PARAMETERS = ("plateau", "threshold", "width")
# iminuit stops at an EDM of 0.002 x tolerance, in -2 ln L.
_TOLERANCE = 1e-3
_SMALLEST = 1e-12  # lower bound of an efficiency and its complement in the logarithm


@dataclass(frozen=True)
class TurnOnFit:
    """A fitted turn-on.

    Attributes:
        values: Plateau, threshold and width.
        errors: Errors from the profile likelihood; None if it does not rise by 1, such as at a
            plateau of 1.
        covariance: Covariance from the parabola at the minimum, shape (3, 3).
        chi2: Pearson's χ².
        bins: Number of bins in χ².
        converged: Whether the minimum was found.
    """

    values: Floats
    errors: tuple[AsymmetricError, ...]
    covariance: Floats
    chi2: float
    bins: int
    converged: bool


def turn_on(x: Floats, plateau: float, threshold: float, width: float) -> Floats:
    """Efficiency at each x."""
    # (1 + erf(z / √2)) / 2 without a difference of nearly equal numbers.
    found: Floats = plateau * ndtr((x - threshold) / width)
    return found


def minus_two_log_likelihood(x: Floats, passed: Floats, total: Floats, *values: float) -> float:
    """-2 ln L of binomial counts, minus its value at the efficiencies passed / total.

    Args:
        x: Position of each bin, shape (bins,).
        passed: Number of entries that pass, shape (bins,).
        total: Number of entries, shape (bins,).
        values: Plateau, threshold and width.
    """
    found = np.clip(turn_on(x, *values), _SMALLEST, 1 - _SMALLEST)
    failed = total - passed
    observed = np.divide(passed, total, out=np.zeros_like(passed), where=total > 0)
    best = xlogy(passed, observed) + xlog1py(failed, -observed)
    return float(-2 * np.sum(passed * np.log(found) + failed * np.log1p(-found) - best))


def fit_turn_on(x: Floats, passed: Floats, total: Floats) -> TurnOnFit | None:
    """Fit a turn-on to counts in bins.

    Args:
        x: Position of each bin, such as the mean of its entries, shape (bins,).
        passed: Number of entries that pass, shape (bins,); effective numbers for weights.
        total: Number of entries, shape (bins,).

    Returns:
        The fit; None if nothing can be fitted: fewer than three bins with entries, or all or no
        entries pass.
    """
    used = total > 0
    x, passed, total = x[used], passed[used], total[used]
    if x.size < 3 or passed.sum() <= 0 or (total - passed).sum() <= 0:
        return None
    minuit = _minuit(x, passed, total)
    minuit.migrad(ncall=20_000)
    if not minuit.valid:
        minuit.simplex().migrad(ncall=20_000)
    valid = bool(minuit.valid)
    if valid:
        minuit.hesse()
    covariance = minuit.covariance
    values = np.array(minuit.values, np.float64)
    errors = _minos(minuit) if valid else (AsymmetricError(None, None),) * 3
    expected = turn_on(x, *values)
    # Bins with an expected variance of 1 or less carry no information in a χ².
    measured = total * expected * (1 - expected) > 1
    pull = (passed - total * expected)[measured] ** 2 / (total * expected * (1 - expected))[
        measured
    ]
    matrix = np.full((3, 3), np.nan) if covariance is None else np.array(covariance)
    return TurnOnFit(values, errors, matrix, float(pull.sum()), int(measured.sum()), valid)


def _minuit(x: Floats, passed: Floats, total: Floats) -> Any:
    from iminuit import Minuit

    def objective(plateau: float, threshold: float, width: float) -> float:
        return minus_two_log_likelihood(x, passed, total, plateau, threshold, width)

    minuit = Minuit(objective, **_start(x, passed, total))
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.tol = _TOLERANCE
    span = float(x[-1] - x[0])
    minuit.limits["plateau"] = (0.0, 1.0)
    minuit.limits["threshold"] = (float(x[0]) - 10 * span, float(x[-1]) + 10 * span)
    minuit.limits["width"] = (1e-4 * span, 10 * span)
    return minuit


def _start(x: Floats, passed: Floats, total: Floats) -> dict[str, float]:
    """Plateau from the last quarter of the bins, threshold where half of it is first exceeded."""
    last = max(1, x.size // 4)
    plateau = min(max(passed[-last:].sum() / total[-last:].sum(), 0.05), 0.98)
    above = np.flatnonzero(passed >= plateau / 2 * total)
    place = int(above[0]) if above.size else x.size // 2
    width = max(float(x[-1] - x[0]) / 20, 1e-3)
    return {"plateau": float(plateau), "threshold": float(x[place]), "width": width}


def _minos(minuit: Any) -> tuple[AsymmetricError, ...]:
    """Distances at which -2 ln L is 1 above its minimum; None beyond a bound."""
    minuit.minos()
    found = [minuit.merrors[name] for name in PARAMETERS]  # codespell:ignore merrors
    return tuple(
        AsymmetricError(
            _end(error.lower, error.lower_valid and not error.at_lower_limit),
            _end(error.upper, error.upper_valid and not error.at_upper_limit),
        )
        for error in found
    )


def _end(value: float, valid: bool) -> float | None:
    return float(value) if valid and isfinite(value) else None


def turn_on_band(fit: TurnOnFit, x: Floats) -> Floats:
    """Standard deviation of the fitted efficiency at each x, to first order in the parameters."""
    steps = np.sqrt(np.maximum(np.diag(fit.covariance), 0)) * 1e-3
    rows = [
        (turn_on(x, *(fit.values + step)) - turn_on(x, *(fit.values - step))) / (2 * size)
        if size > 0
        else np.zeros_like(x)
        for step, size in zip(np.diag(steps), steps, strict=True)
    ]
    slopes = np.stack(rows)
    found: Floats = np.sqrt(np.maximum(np.einsum("ix,ij,jx->x", slopes, fit.covariance, slopes), 0))
    return found
