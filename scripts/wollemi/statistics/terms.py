"""The auxiliary measurements of a likelihood, and the largest value that it can take."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wollemi.statistics.parameters import ParameterSet

# In a bin without events, -ln L = expectation would keep falling below an expectation of 0. There
# the minimizer sees a steep parabola, on which a minimum at the wall lies a little below 0.
BARRIER_WIDTH = 1e-11
SMALLEST_BELOW_ZERO = -1e-9
# Smaller ones count as 0: the kernels replace factors of 0 by tiny ones.
SMALLEST_EXPECTATION = 1e-100


@dataclass(frozen=True)
class Constraints:
    """Auxiliary measurements: a place in the parameter vector and in the auxiliary data for each.

    Attributes:
        size: number of parameters.
        normal_parameter: shape (number of normal constraints,).
        normal_auxiliary: shape as above.
        normal_width: standard deviations, shape as above.
        poisson_parameter: shape (number of Poisson constraints,).
        poisson_auxiliary: shape as above.
        poisson_rate: expected auxiliary counts at parameter 1, shape as above.
    """

    size: int
    normal_parameter: np.ndarray
    normal_auxiliary: np.ndarray
    normal_width: np.ndarray
    poisson_parameter: np.ndarray
    poisson_auxiliary: np.ndarray
    poisson_rate: np.ndarray


def constraints_of(sets: Sequence[ParameterSet]) -> Constraints:
    """Collect the constraints; auxiliary data follow the order of the parameters."""
    kinds = [s.constraint for s in sets for _ in s.inits]
    normal = np.array([kind == "normal" for kind in kinds], dtype=bool)
    poisson = np.array([kind == "poisson" for kind in kinds], dtype=bool)
    place = np.cumsum(normal | poisson) - 1
    return Constraints(
        len(kinds),
        np.flatnonzero(normal),
        place[normal],
        np.array([sigma for s in sets for sigma in s.sigmas], dtype=float),
        np.flatnonzero(poisson),
        place[poisson],
        np.array([factor for s in sets for factor in s.factors], dtype=float),
    )


def saturated_logpdf(
    constraints: Constraints, observed: np.ndarray, auxiliary: np.ndarray
) -> float:
    """The largest value ln L can take: each expectation equals its observation.

    Args:
        constraints: the auxiliary measurements.
        observed: events of each bin, shape (B,).
        auxiliary: auxiliary observations.

    Returns:
        The natural logarithm, with factorials continued by the gamma function as in pyhf.
    """
    counts = np.concatenate([observed, auxiliary[constraints.poisson_auxiliary]])
    poisson = math.fsum(n * math.log(n) - n - math.lgamma(n + 1) for n in counts.tolist() if n > 0)
    normal = np.log(constraints.normal_width * math.sqrt(2 * math.pi)).sum()
    return float(poisson - normal)
