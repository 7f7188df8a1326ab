"""Find the root of a function with few evaluations, and MINOS errors as such roots."""

import math
from collections.abc import Callable

from wollemi_likelihood.newton import Point
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.results import Fit
from wollemi_likelihood.scan import ProfileScan
from wollemi_likelihood.search import ImpossibleDataError

MAXIMUM_EVALUATIONS = 100
# Replaces an infinite rise of -2 ln L.
INFINITE = 1e9


def find_root(
    function: Callable[[float], float], low: float, high: float, tolerance: float
) -> float:
    """Find a root between two points at which the function has different signs.

    The method of Chandrupatla (Adv. Eng. Softw. 28 (1997) 145) uses inverse quadratic interpolation
    where it is safe and bisection elsewhere; the first step is a secant step.

    Args:
        function: Continuous function.
        low: First end of the interval.
        high: Second end of the interval.
        tolerance: Maximum distance of the result to the root.

    Returns:
        Root of the function.

    Raises:
        ValueError: The function has the same sign at both ends.
        RuntimeError: The tolerance was not reached because the function is not continuous.
    """
    a, b = high, low
    value_a, value_b = function(a), function(b)
    if value_a * value_b > 0:
        raise ValueError(f"no change of sign between {low} and {high}")
    part = 0.5 if value_a == value_b else value_a / (value_a - value_b)
    for _ in range(MAXIMUM_EVALUATIONS):
        smallest = tolerance / abs(b - a)
        if value_a == 0 or smallest > 0.5:
            return a if abs(value_a) < abs(value_b) else b
        part = min(1 - smallest, max(smallest, part))
        c, value_c = a, value_a
        a += part * (b - a)
        value_a = function(a)
        if (value_a < 0) != (value_c < 0):
            b, value_b, c, value_c = c, value_c, b, value_b
        part = _next_part(a, b, c, value_a, value_b, value_c)
    raise RuntimeError(f"no root found to {tolerance} between {low} and {high}")


def _next_part(
    a: float, b: float, c: float, value_a: float, value_b: float, value_c: float
) -> float:
    xi = (a - b) / (c - b)
    phi = (value_a - value_b) / (value_c - value_b)
    if not (phi**2 < xi and (1 - phi) ** 2 < 1 - xi):
        return 0.5
    first = value_a / (value_b - value_a) * value_c / (value_b - value_c)
    second = (c - a) / (b - a) * value_a / (value_c - value_a) * value_b / (value_c - value_b)
    return first + second


def crossing(
    scan: ProfileScan, result: Fit, direction: int, rise: float, accuracy: float
) -> float | None:
    """Signed distance from an estimate to a given rise of the profile; None if the bound is reached
    first.

    Args:
        scan: Profile scan of the parameter.
        result: Result of the fit.
        direction: Direction, -1 or 1.
        rise: Rise of -2 ln L.
        accuracy: Relative accuracy of the distance.

    Raises:
        WollemiError: A fit along the way failed.
    """
    index = result.names.index(scan.name)
    start = scan.objective(result.values)
    best, lowest = float(result.values[index]), start.objective
    bound = abs(float(scan.objective.likelihood.bounds[int(direction > 0), index]) - best)

    def excess(distance: float) -> float:
        if distance == 0:
            return -rise
        try:
            point = scan.fixed(best + direction * distance).point
        except ImpossibleDataError:
            return INFINITE
        return 2 * (point.objective - lowest) - rise

    step = float(result.errors[index]) or _first_step(scan.objective, start, index)
    low, high = 0.0, min(math.sqrt(rise) * step, bound)
    while (found := excess(high)) < 0 or (found == INFINITE and high - low > accuracy * step):
        if found == INFINITE:  # a nearer fit may lead there
            high = 0.5 * (low + high)
            continue
        if high >= bound:
            return None
        low, high = high, min(2 * high, bound)
    found = find_root(excess, low, high, accuracy * high)
    if not scan.verified(best + direction * found):  # beyond a second minimum
        return crossing(scan, result, direction, rise, accuracy)
    return direction * found


def _first_step(objective: Objective, point: Point, index: int) -> float:
    """Distance at which -2 ln L would rise by 1, given slope and curvature at a bound and fixed
    other parameters; never too far.
    """
    slope = abs(float(point.gradient[index]))
    curvature = float(objective.information(point)[index, index])
    return 1 / (slope + math.sqrt(slope**2 + curvature)) if slope or curvature else 1.0
