"""Kernel: a fit with one more parameter fixed, near a fit whose covariance is known.

A search with the covariance in place of the second derivatives needs no matrix to be solved for. A
parameter is kept fixed with a Lagrange multiplier.
"""

from wollemi_likelihood.compiler.types import Integers, Reals
from wollemi_likelihood.kernels.algebra import dot
from wollemi_likelihood.kernels.descent import HUGE, TOLERANCE, evaluate, is_held
from wollemi_likelihood.kernels.records import Model, Observed, Work

# A search that reduces the distance to the minimum by less than this factor, or takes more steps,
# is left to `descent`.
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
        model: the model.
        data: observations.
        work: work space.
        parameters: where to begin; the minimum at the end, shape (P,).
        place: the fixed parameter, shape (1,).
        movable: which parameters were free in the fit, shape (P,).
        lower: bounds, shape (P,).
        upper: shape (P,).
        covariance: of the fit, 0 for parameters at a bound, shape (P, P).

    Returns:
        Whether it is a minimum. It is not looked for if other parameters are at a bound there.
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
    """Whether no parameter without a variance is pulled away from where it is."""
    for p in range(model.parameters):
        alone = movable[p] != 0 and p != fixed and covariance[p * model.parameters + p] == 0.0
        pulled = work.gradient[p] != 0.0 and not is_held(work, p, parameters, lower, upper)
        if alone and pulled:
            return False
    return True
