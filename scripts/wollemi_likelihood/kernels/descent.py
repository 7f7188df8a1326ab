"""Kernels for Newton steps with the Fisher information or exact second derivatives, within bounds.

The projected Newton method of Bertsekas (SIAM J. Control Optim. 20 (1982) 221): parameters that the
gradient pushes beyond a bound stay there. All others take a Newton step, cut at the bounds and
shortened until the objective falls. First steps use the Fisher information; last steps use the
exact second derivatives where these are positive, and converge quadratically.
"""

from wollemi_likelihood.compiler.types import Integers, Reals
from wollemi_likelihood.kernels.algebra import dot
from wollemi_likelihood.kernels.curvature import assemble
from wollemi_likelihood.kernels.equations import invert_free, solve_again, solve_free
from wollemi_likelihood.kernels.evaluation import differentiate, half_deviance
from wollemi_likelihood.kernels.records import Model, Observed, Work

MAXIMUM_ITERATIONS = 100
# Exact second derivatives are used within this distance, and after this many others. Farther away
# they lead to the nearest of several minima, which in 10 of 480 random fits was higher than the
# minimum found with the Fisher information.
NEAR = 0.01
PATIENCE = 8
# Second derivatives are reused while they reduce the distance by this factor.
FAST = 0.01
MAXIMUM_HALVINGS = 40
SUFFICIENT_DECREASE = 1e-4
# Estimated distance to the minimum in -ln L: parameters are within 4.5e-7 standard deviations.
TOLERANCE = 1e-13
# Distance at which a search that cannot improve counts as converged.
ROUNDING_TOLERANCE = 1e-8
NOISE = 1e-13
# Relative increase of the diagonal, so that degenerate parameters can be solved for.
RIDGE = 1e-10
LARGEST_RIDGE = 1.0
HUGE = 1e300

# States of a parameter; only positive ones move.
FREE = 1
HELD = 0
AT_BOUND = -1
UNDETERMINED = -2
# Outcomes of a search.
CONVERGED = 0
ROUNDED = 1  # no further improvement, very near the minimum
STUCK = 2  # no further improvement
LIMIT = 3


def evaluate(model: Model, data: Observed, work: Work, parameters: Reals) -> float:
    """Compute the objective, its gradient and the derivatives of the bins."""
    value = half_deviance(model, data, work, parameters)
    differentiate(model, work)
    return value


def descend(
    model: Model,
    data: Observed,
    work: Work,
    parameters: Reals,
    movable: Integers,
    lower: Reals,
    upper: Reals,
) -> int:
    """Search for a minimum within bounds.

    Args:
        model: Flattened model.
        data: Observations.
        work: Work space; ``summary`` receives objective, distance and iterations, and ``gradient``
            belongs to the minimum.
        parameters: Starting point, replaced by the minimum, shape (P,). An infinite objective is
            not searched.
        movable: Whether each parameter may change, shape (P,).
        lower: Lower bounds, shape (P,).
        upper: Upper bounds, shape (P,).

    Returns:
        Outcome of the search.
    """
    for p in range(model.parameters):
        if movable[p] != 0:
            parameters[p] = min(max(parameters[p], lower[p]), upper[p])
    objective = evaluate(model, data, work, parameters)
    work.summary[0] = objective
    work.summary[1] = HUGE
    work.summary[2] = 0.0
    if not objective < HUGE:
        return STUCK
    noise = NOISE * (1.0 + abs(objective))
    distance = HUGE
    end = LIMIT
    iteration = 0
    solved = 0
    while iteration < MAXIMUM_ITERATIONS:
        if not next_step(model, work, parameters, movable, lower, upper, distance, solved):
            solved += 1
        distance = -0.5 * dot(work.gradient, work.step, model.parameters)
        if abs(distance) < TOLERANCE:
            end = CONVERGED
            break
        better = search_line(model, data, work, parameters, lower, upper, objective, noise)
        if not better < HUGE:
            evaluate(model, data, work, parameters)
            end = ROUNDED if distance < ROUNDING_TOLERANCE else STUCK
            break
        objective = better
        iteration += 1
    work.summary[0] = objective
    work.summary[1] = distance
    work.summary[2] = float(iteration)
    return end


def descend_each(
    model: Model,
    data: Observed,
    work: Work,
    main: Reals,
    auxiliary: Reals,
    points: Reals,
    movable: Integers,
    lower: Reals,
    upper: Reals,
    outcomes: Integers,
    summaries: Reals,
    gradients: Reals,
    expected: Reals,
    toys: int,
    constrained: int,
) -> None:
    """Search for the minimum of each of T data sets like `descend`, without Python in between.

    Args:
        model: Flattened model.
        data: Space for the observations of one data set.
        work: Work space.
        main: Observed events, shape (T, B).
        auxiliary: Auxiliary observations, shape (T, C).
        points: Starting points, replaced by the minima, shape (T, P).
        movable: Whether each parameter may change, shape (P,).
        lower: Lower bounds, shape (P,).
        upper: Upper bounds, shape (P,).
        outcomes: Receives the outcome of each search, shape (T,).
        summaries: Receives objective, distance and iterations, shape (T, 3).
        gradients: Receives the gradients, shape (T, P).
        expected: Receives the expected events, shape (T, B).
        toys: Number of data sets, T.
        constrained: Number of auxiliary observations, C.
    """
    for toy in range(toys):
        bins = toy * model.bins
        parameters = toy * model.parameters
        for b in range(model.bins):
            data.main[b] = main[bins + b]
        for c in range(constrained):
            data.auxiliary[c] = auxiliary[toy * constrained + c]
        outcomes[toy] = descend(model, data, work, points[parameters:], movable, lower, upper)
        for k in range(3):
            summaries[3 * toy + k] = work.summary[k]
        for p in range(model.parameters):
            gradients[parameters + p] = work.gradient[p]
        for b in range(model.bins):
            expected[bins + b] = work.expected[b]


def next_step(
    model: Model,
    work: Work,
    parameters: Reals,
    movable: Integers,
    lower: Reals,
    upper: Reals,
    before: float,
    solved: int,
) -> bool:
    """Compute the next step of a search.

    Args:
        model: Flattened model.
        work: Work space after `evaluate`; the result is ``step``.
        parameters: Parameters, shape (P,).
        movable: Whether each parameter may change, shape (P,).
        lower: Lower bounds, shape (P,).
        upper: Upper bounds, shape (P,).
        before: Distance to the minimum at the last step, in -ln L.
        solved: Number of second derivatives computed so far.

    Returns:
        Whether the last second derivatives were reused.
    """
    if solved > 0 and repeat_step(model, work, parameters, movable, lower, upper):
        distance = -0.5 * dot(work.gradient, work.step, model.parameters)
        if distance >= 0.0 and distance < FAST * before:
            return True
    exact = before < NEAR or solved >= PATIENCE
    if not exact or not take_downhill_step(model, work, parameters, movable, lower, upper):
        take_step(model, work, parameters, movable, lower, upper, False)
    return False


def take_step(
    model: Model,
    work: Work,
    parameters: Reals,
    movable: Integers,
    lower: Reals,
    upper: Reals,
    exact: bool,
) -> bool:
    """Compute the Newton step of the parameters that are free to move.

    Parameters with a gradient but no curvature head for a bound: the objective is linear in them.

    Returns:
        False if the second derivatives are not positive definite.
    """
    for p in range(model.parameters):
        work.right[p] = -work.gradient[p]
        moves = movable[p] != 0 and not is_held(work, p, parameters, lower, upper)
        work.free[p] = FREE if moves else HELD
    ridge = RIDGE
    again = True
    while again:
        while not solve_free(model, work, exact, ridge):
            if exact or ridge > LARGEST_RIDGE:
                return False
            ridge = ridge * 100.0
        move_linear(model, work, parameters, lower, upper)
        again = False
        for p in range(model.parameters):
            if work.free[p] > 0 and leads_outwards(work, p, parameters, lower, upper):
                work.free[p] = HELD
                again = True
    return True


def is_held(work: Work, p: int, parameters: Reals, lower: Reals, upper: Reals) -> bool:
    """Whether a parameter is at a bound and the gradient pushes it outward."""
    at_lower = parameters[p] <= lower[p] and work.gradient[p] > 0.0
    return bool(at_lower or (parameters[p] >= upper[p] and work.gradient[p] < 0.0))


def leads_outwards(work: Work, p: int, parameters: Reals, lower: Reals, upper: Reals) -> bool:
    """Whether a parameter is at a bound and the step leads outward."""
    below = parameters[p] <= lower[p] and work.step[p] < 0.0
    return bool(below or (parameters[p] >= upper[p] and work.step[p] > 0.0))


def repeat_step(
    model: Model, work: Work, parameters: Reals, movable: Integers, lower: Reals, upper: Reals
) -> bool:
    """Compute a step with earlier second derivatives, which is much faster.

    Returns:
        False if the set of free parameters has changed.
    """
    for p in range(model.parameters):
        work.right[p] = -work.gradient[p]
        moves = movable[p] != 0 and not is_held(work, p, parameters, lower, upper)
        if moves != (work.free[p] > 0):
            return False
    solve_again(model, work)
    move_linear(model, work, parameters, lower, upper)
    for p in range(model.parameters):
        if work.free[p] > 0 and leads_outwards(work, p, parameters, lower, upper):
            return False
    return True


def move_linear(model: Model, work: Work, parameters: Reals, lower: Reals, upper: Reals) -> None:
    """Send parameters with a gradient but no curvature to a bound."""
    for i in range(model.shared):
        if work.diagonal[i] == 0.0:
            move_to_bound(work, model.shared_parameter[i], parameters, lower, upper)
    for b in range(model.bins):
        if model.private_parameter[b] >= 0 and work.own_information[b] == 0.0:
            move_to_bound(work, model.private_parameter[b], parameters, lower, upper)


def move_to_bound(work: Work, p: int, parameters: Reals, lower: Reals, upper: Reals) -> None:
    """Send a free parameter to the bound that its gradient points to."""
    if work.free[p] > 0 and work.gradient[p] != 0.0:
        bound = lower[p] if work.gradient[p] > 0.0 else upper[p]
        work.step[p] = bound - parameters[p]


def take_downhill_step(
    model: Model, work: Work, parameters: Reals, movable: Integers, lower: Reals, upper: Reals
) -> bool:
    """Compute a step with the exact second derivatives.

    Returns:
        False if they are not positive definite, or the step does not lead downhill.
    """
    positive = take_step(model, work, parameters, movable, lower, upper, True)
    return positive and dot(work.gradient, work.step, model.parameters) < 0.0


def search_line(
    model: Model,
    data: Observed,
    work: Work,
    parameters: Reals,
    lower: Reals,
    upper: Reals,
    objective: float,
    noise: float,
) -> float:
    """Halve the step until the objective falls by a fraction of the gradient's prediction.

    Returns:
        Objective at the new parameters, or infinity if none were found.
    """
    fraction = 1.0
    for _ in range(MAXIMUM_HALVINGS):
        promised = 0.0
        for p in range(model.parameters):
            place = parameters[p]
            if work.step[p] != 0.0:
                place = min(max(place + fraction * work.step[p], lower[p]), upper[p])
            work.trial[p] = place
            promised += work.gradient[p] * (place - parameters[p])
        value = half_deviance(model, data, work, work.trial)
        if value <= objective + SUFFICIENT_DECREASE * promised + noise:
            for p in range(model.parameters):
                parameters[p] = work.trial[p]
            differentiate(model, work)
            return value
        fraction = fraction * 0.5
    return 2.0 * HUGE


def invert_at(
    model: Model,
    data: Observed,
    work: Work,
    parameters: Reals,
    movable: Integers,
    lower: Reals,
    upper: Reals,
    covariance: Reals,
) -> bool:
    """Compute the covariance of free parameters inside their bounds; see `invert_free`.

    The states of the parameters are left in ``free``.
    """
    evaluate(model, data, work, parameters)
    assemble(model, work, False, False)
    for p in range(model.parameters):
        work.free[p] = HELD
        if movable[p] != 0:
            at_bound = parameters[p] <= lower[p] or parameters[p] >= upper[p]
            work.free[p] = AT_BOUND if at_bound else FREE
    for i in range(model.shared):
        mark_undetermined(work, model.shared_parameter[i], work.diagonal[i])
    for b in range(model.bins):
        if model.private_parameter[b] >= 0:
            mark_undetermined(work, model.private_parameter[b], work.own_information[b])
    return invert_free(model, work, covariance)


def mark_undetermined(work: Work, p: int, information: float) -> None:
    """Mark a free parameter that has no influence."""
    if work.free[p] != HELD and information == 0.0 and work.gradient[p] == 0.0:
        work.free[p] = UNDETERMINED


def solve_at(model: Model, data: Observed, work: Work, parameters: Reals) -> bool:
    """Solve linear equations with the Fisher information; see `solve_free`."""
    evaluate(model, data, work, parameters)
    return solve_free(model, work, False, RIDGE)


def curve_at(model: Model, data: Observed, work: Work, parameters: Reals, exact: bool) -> float:
    """The objective with all derivatives: ``matrix``, ``coupling`` and ``own_information``."""
    value = evaluate(model, data, work, parameters)
    assemble(model, work, exact, False)
    return value
