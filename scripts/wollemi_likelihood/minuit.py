"""MIGRAD and MINOS of iminuit for the same objective: fallback, cross-check, asymmetric errors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wollemi_likelihood.newton import Minimum
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import AsymmetricError

if TYPE_CHECKING:
    from iminuit import Minuit

# iminuit stops at an EDM of 0.002 x tolerance, in -2 ln L.
TOLERANCE = 1e-6
# Replaces an infinite -2 ln L, which MIGRAD cannot handle.
HUGE = 1e15
# Fraction of the range within which MIGRAD, which approaches a bound, counts as at the bound.
AT_BOUND = 1e-6


def migrad(
    objective: Objective, start: np.ndarray, movable: np.ndarray, steps: np.ndarray
) -> Minimum:
    """Find a minimum with MIGRAD.

    Args:
        objective: Objective of the likelihood with data.
        start: Starting point, shape (P,).
        movable: Whether each parameter may change, shape (P,).
        steps: First steps, about a standard deviation each, shape (P,).

    Returns:
        Minimum, converged or not.
    """
    minuit = minuit_of(objective, start, movable, steps)
    minuit.migrad(ncall=100_000)
    quality = minuit.fmin
    message = "converged"
    if not minuit.valid:
        message = "call limit reached" if quality.has_reached_call_limit else "EDM above its goal"
    values = _snap(np.array(minuit.values), movable, objective.likelihood.bounds)
    distance = float(quality.edm) / 2
    return Minimum(objective(values), bool(minuit.valid), int(minuit.nfcn), distance, message)


def minos_errors(
    objective: Objective,
    values: np.ndarray,
    movable: np.ndarray,
    errors: np.ndarray,
    names: Sequence[str],
) -> dict[str, AsymmetricError]:
    """Follow -2 ln L up to 1 above its minimum with all other parameters refitted.

    Args:
        objective: Objective of the likelihood with data.
        values: Parameters at the minimum, shape (P,).
        movable: Whether each parameter may change, shape (P,).
        errors: Standard deviations of the parameters, shape (P,).
        names: Names of the parameters that get errors.

    Returns:
        Errors by name.
    """
    minuit = minuit_of(objective, values, movable, errors)
    minuit.migrad()
    minuit.minos(*names)
    found = {name: minuit.merrors[name] for name in names}  # codespell:ignore merrors
    return {
        name: AsymmetricError(
            float(error.lower) if error.lower_valid and not error.at_lower_limit else None,
            float(error.upper) if error.upper_valid and not error.at_upper_limit else None,
        )
        for name, error in found.items()
    }


def minuit_of(
    objective: Objective, start: np.ndarray, movable: np.ndarray, steps: np.ndarray
) -> "Minuit":
    """Set up iminuit with -2 ln L, its gradient and the parameters' bounds."""
    # Importing iminuit takes time, and most fits do not need it.
    from iminuit import Minuit

    def minus_two_log_likelihood(values: np.ndarray) -> float:
        return min(2 * objective(values).objective, HUGE)

    def gradient(values: np.ndarray) -> np.ndarray:
        return 2 * objective(values).gradient

    names = [parameter.name for parameter in objective.likelihood.parameters]
    minuit = Minuit(minus_two_log_likelihood, start, grad=gradient, name=names)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.tol = TOLERANCE
    minuit.limits = list(objective.likelihood.bounds.T)
    minuit.errors = np.where(steps > 0, steps, 0.1)
    minuit.fixed = ~movable
    return minuit


def _snap(values: np.ndarray, movable: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    lower, upper = bounds
    margin = AT_BOUND * (upper - lower)
    values = np.where(movable & (values < lower + margin), lower, values)
    return np.where(movable & (values > upper - margin), upper, values)
