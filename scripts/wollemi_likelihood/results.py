"""What a fit returns, and the covariance from the second derivatives at its minimum."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.kernels.descent import AT_BOUND, FREE, UNDETERMINED
from wollemi_likelihood.newton import Minimum, Point
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.terms import saturated_logpdf

# Smallest eigenvalue of the second derivatives, scaled to a diagonal of 1, that can be inverted.
SMALLEST_EIGENVALUE = 1e-12
# Component of a parameter in a vector of norm 1 along which the likelihood is flat.
IN_NULL_SPACE = 1e-3


@dataclass(frozen=True)
class FitStatus:
    """How a fit ended.

    Attributes:
        minimizer: ``newton`` or ``iminuit``.
        converged: whether a minimum was found.
        iterations: Newton steps, or evaluations of the likelihood by iminuit.
        distance: estimated vertical distance to the minimum (EDM), in -ln L.
        gradient_norm: largest derivative of -ln L by a parameter free to move, in units of the
            inverse of the parameter's standard deviation.
        message: how the search ended.
        at_bounds: parameters that ended at a bound.
        undetermined: parameters without influence on the likelihood, left where they started.
    """

    minimizer: str
    converged: bool
    iterations: int
    distance: float
    gradient_norm: float
    message: str
    at_bounds: tuple[str, ...]
    undetermined: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """A maximum-likelihood fit with P parameters.

    Attributes:
        names: parameter names, fixed ones included.
        fixed: names of the parameters that were held.
        values: estimates, shape (P,).
        errors: standard deviations from the second derivatives; 0 for fixed parameters and for
            those at a bound, shape (P,).
        covariance: of the parameters that are inside their bounds, the others being held; shape (P,
            P).
        minus_two_log_likelihood: -2 ln L at the estimates.
        deviance: -2 ln(L / L of the saturated model), a measure of the goodness of fit.
        status: how the fit ended.
        degenerate: whether the data do not tell some parameters apart; the covariance has what they
            tell.
        flat: names of the degenerate parameters.
    """

    names: tuple[str, ...]
    fixed: tuple[str, ...]
    values: np.ndarray
    errors: np.ndarray
    covariance: np.ndarray
    minus_two_log_likelihood: float
    deviance: float
    status: FitStatus
    degenerate: bool = False
    flat: tuple[str, ...] = ()


class AsymmetricError(NamedTuple):
    """MINOS errors: where -2 ln L, minimized over the other parameters, has risen by 1.

    Attributes:
        lower: distance to the lower crossing, negative; None where the parameter's bound comes
            first: that is no error.
        upper: distance to the upper crossing; None likewise.
    """

    lower: float | None
    upper: float | None


def summarize_minimum(
    objective: Objective, minimum: Minimum, movable: np.ndarray, minimizer: str
) -> Fit:
    """Add errors, covariance and status to a minimum.

    Args:
        objective: the likelihood with data.
        minimum: where the search ended.
        movable: the parameters that were free, shape (P,).
        minimizer: ``newton`` or ``iminuit``.

    Returns:
        The fit.
    """
    likelihood, data, point = objective.likelihood, objective.data, minimum.point
    names = likelihood.names
    covariance, regular, states = objective.curvature(point, movable)
    at_bounds, undetermined = states == AT_BOUND, states == UNDETERMINED
    flat = np.zeros_like(movable)
    if not regular:
        covariance, flat = _pseudo_covariance(objective, point, states == FREE)
        regular = not flat.any()
    errors = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    saturated = saturated_logpdf(likelihood.constraints, data.main, data.auxiliary)
    status = FitStatus(
        minimizer=minimizer,
        converged=minimum.converged,
        iterations=minimum.iterations,
        distance=minimum.distance,
        gradient_norm=float(
            np.abs(point.gradient * errors)[(states == FREE) | undetermined].max(initial=0.0)
        ),
        message=minimum.message
        if regular
        else f"{minimum.message}; some parameters are degenerate",
        at_bounds=tuple(names[at_bounds]),
        undetermined=tuple(names[undetermined]),
    )
    return Fit(
        names=tuple(names),
        fixed=tuple(names[~movable]),
        values=point.values,
        errors=errors,
        covariance=covariance,
        minus_two_log_likelihood=2 * (point.objective - saturated),
        deviance=2 * point.objective,
        status=status,
        degenerate=not regular,
        flat=tuple(names[flat]),
    )


@one_thread()
def _pseudo_covariance(
    objective: Objective, point: Point, free: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Covariance where the second derivatives are not positive, and the degenerate parameters.

    Near the bound of a fixed parameter they need not be: then the Fisher information replaces them.
    Degenerate parameters have the variance of what the data tell of them.
    """
    exact = objective.hessian(point)
    places = np.ix_(free, free)
    for matrix in (objective.information(point), exact):
        scale = np.sqrt(np.abs(matrix.diagonal()[free]))
        scale = np.where(scale > 0, scale, 1.0)
        scaled = matrix[places] / np.outer(scale, scale)
        values, vectors = np.linalg.eigh(scaled)
        singular = np.abs(vectors[:, values <= SMALLEST_EIGENVALUE]).max(axis=1, initial=0.0)
        if not singular.any():
            break
    regular = not singular.any()
    inverse = np.linalg.inv(scaled) if regular else np.linalg.pinv(scaled, 1e-10, hermitian=True)
    covariance = np.zeros_like(exact)
    covariance[places] = 0.5 * (inverse + inverse.T) / np.outer(scale, scale)
    flat = np.zeros_like(free)
    flat[free] = singular > IN_NULL_SPACE
    return covariance, flat
