"""Kernel for a fit with one more parameter fixed, near a fit whose covariance is known.

A search that uses the covariance instead of second derivatives does not have to solve a matrix. A
Lagrange multiplier keeps the parameter fixed.
"""

from wollemi_likelihood.compiler.types import Integers, Reals
from wollemi_likelihood.kernels.algebra import dot
from wollemi_likelihood.kernels.descent import HUGE, TOLERANCE, evaluate, is_held
from wollemi_likelihood.kernels.records import Model, Observed, Work

# A search is left to `descent` if a step reduces the distance to the minimum by less than this
# factor, or after this many steps.
SLOWEST = 0.5
MOST_STEPS = 40


def refit(
    model: Model,
    data: Observed,
    work: Work,
    parameters: Reals,
    place: Integers,
    movable: Integers,
    lower: Reals,
    upper: Reals,
    covariance: Reals,
) -> bool:
    """Search for the minimum with one parameter fixed.

    Args:
        model: Flattened model.
        data: Observations.
        work: Work space.
        parameters: Starting point, replaced by the minimum, shape (P,).
        place: Index of the fixed parameter, shape (1,).
        movable: Whether each parameter was free in the fit, shape (P,).
        lower: Lower bounds, shape (P,).
        upper: Upper bounds, shape (P,).
        covariance: Covariance of the fit, 0 for parameters at a bound, shape (P, P).

    Returns:
        Whether a minimum was found. The search ends if other parameters reach a bound.
    """
    count = model.parameters
    fixed = place[0]
    row = covariance[fixed * count :]
    before = HUGE
    for _ in range(MOST_STEPS):
        if not evaluate(model, data, work, parameters) < HUGE:
            return False
        for p in range(count):
            work.step[p] = -dot(covariance[p * count :], work.gradient, count)
        scale = work.step[fixed] / row[fixed]
        for p in range(count):
            work.step[p] = work.step[p] - scale * row[p]
        work.step[fixed] = 0.0
        distance = -0.5 * dot(work.gradient, work.step, count)
        if abs(distance) < TOLERANCE:
            return stays_free(model, work, parameters, fixed, movable, lower, upper, covariance)
        if not distance < SLOWEST * before:
            return False
        before = distance
        for p in range(count):
            parameters[p] += work.step[p]
            if work.step[p] != 0.0 and (parameters[p] <= lower[p] or parameters[p] >= upper[p]):
                return False
    return False


def stays_free(
    model: Model,
    work: Work,
    parameters: Reals,
    fixed: int,
    movable: Integers,
    lower: Reals,
    upper: Reals,
    covariance: Reals,
) -> bool:
    """Whether all others are within their bounds, as a start may not be, and the gradient keeps
    those without a variance where they are.
    """
    for p in range(model.parameters):
        outside = parameters[p] < lower[p] or parameters[p] > upper[p]
        if movable[p] != 0 and p != fixed and outside:
            return False
        alone = movable[p] != 0 and p != fixed and covariance[p * model.parameters + p] == 0.0
        pulled = work.gradient[p] != 0.0 and not is_held(work, p, parameters, lower, upper)
        if alone and pulled:
            return False
    return True
