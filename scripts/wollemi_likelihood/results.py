"""Results of a fit, and the covariance from the second derivatives at its minimum."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.kernels.descent import AT_BOUND, FREE, UNDETERMINED
from wollemi_likelihood.newton import Minimum, Point
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.terms import saturated_logpdf

# Smallest invertible eigenvalue of the second derivatives, scaled to a diagonal of 1.
SMALLEST_EIGENVALUE = 1e-12
# Component of a degenerate parameter in a unit vector along which the likelihood is flat.
IN_NULL_SPACE = 1e-3


@dataclass(frozen=True)
class FitStatus:
    """Outcome of a fit.

    Attributes:
        minimizer: Minimizer, ``newton`` or ``iminuit``.
        converged: Whether a minimum was found.
        iterations: Number of Newton steps, or of likelihood evaluations by iminuit.
        distance: Estimated vertical distance to the minimum (EDM), in -ln L.
        gradient_norm: Largest derivative of -ln L by a movable parameter, in units of the inverse
            of the parameter's standard deviation.
        message: Description of the outcome.
        at_bounds: Parameters that ended at a bound.
        undetermined: Parameters without influence on the likelihood, left at their initial values.
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
        names: Parameter names, including fixed ones.
        fixed: Names of the fixed parameters.
        values: Estimates, shape (P,).
        errors: Standard deviations from the second derivatives, 0 for parameters that are fixed or
            at a bound, shape (P,).
        covariance: Covariance of the parameters inside their bounds, with the others fixed, shape
            (P, P).
        minus_two_log_likelihood: Value of -2 ln L at the estimates.
        deviance: Value of -2 ln(L / L of the saturated model), a measure of the goodness of fit.
        status: Outcome of the fit.
        degenerate: Whether some parameters are degenerate; the covariance is limited to the
            directions that the data determine.
        flat: Names of the degenerate parameters.
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
    """MINOS errors: distances to a rise of 1 in the profile of -2 ln L.

    Attributes:
        lower: Negative distance to the lower crossing; None if the parameter's bound comes first,
            which is not an error.
        upper: Distance to the upper crossing, or None.
    """

    lower: float | None
    upper: float | None


def summarize_minimum(
    objective: Objective, minimum: Minimum, movable: np.ndarray, minimizer: str
) -> Fit:
    """Add errors, covariance and status to a minimum.

    Args:
        objective: Objective of the likelihood with data.
        minimum: End of the search.
        movable: Whether each parameter was free, shape (P,).
        minimizer: Minimizer, ``newton`` or ``iminuit``.

    Returns:
        Summary of the fit.
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
    """Covariance for second derivatives that are not positive definite, and degenerate parameters.

    Near the bound of a fixed parameter the Fisher information replaces them. Variances of
    degenerate parameters cover the directions that the data determine.
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
