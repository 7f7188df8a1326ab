"""Root of a function of one variable, with few evaluations."""

from collections.abc import Callable

MAXIMUM_EVALUATIONS = 100


def find_root(
    function: Callable[[float], float], low: float, high: float, tolerance: float
) -> float:
    """Find a root between two points where the function has different signs.

    The method of Chandrupatla (Adv. Eng. Softw. 28 (1997) 145): inverse quadratic interpolation
    where it is safe, bisection elsewhere; the first step is that of the secant.

    Args:
        function: continuous function.
        low: one end of the interval.
        high: the other end.
        tolerance: largest distance of the result to the root.

    Returns:
        The root.

    Raises:
        ValueError: the function has the same sign at both ends.
        RuntimeError: the tolerance was not reached, because the function is not continuous.
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
