"""Kernels: factors that are expressions of parameters, with two derivatives.

An expression is a list of operations, each of which has its value and all derivatives by the
arguments of the expression: those of a later one follow by the rules for sums, products and powers.
"""

from wollemi.compiler.types import Reals
from wollemi.expressions.factors import ABSOLUTE, ARGUMENT, CONSTANT, PRODUCT, SUM
from wollemi.statistics.algebra import add_scaled, fill
from wollemi.statistics.records import Model, Work

# Replaces a smaller factor so that derivatives can be divided by it, as in `evaluation`.
SMALLEST_FACTOR = 1e-150


def set_expressions(model: Model, work: Work, parameters: Reals) -> None:
    """Values of all expressions, and their derivatives relative to the values."""
    for e in range(model.expressions):
        first = model.expression_operation[e]
        last = model.expression_operation[e + 1] - first - 1
        for n in range(last + 1):
            set_operation(model, work, e, n, parameters)
        begin = model.expression_argument[e]
        count = model.expression_argument[e + 1] - begin
        pair = model.expression_pair[e]
        value = work.operation_value[last]
        if abs(value) < SMALLEST_FACTOR:
            value = SMALLEST_FACTOR
        work.expression_value[e] = value
        slopes = work.operation_slope[last * count :]
        curvatures = work.operation_curvature[last * count * count :]
        for i in range(count):
            work.expression_slope[begin + i] = slopes[i] / value
        for i in range(count * count):
            work.expression_curvature[pair + i] = curvatures[i] / value


def set_operation(model: Model, work: Work, e: int, n: int, parameters: Reals) -> None:
    """Value and derivatives of one operation."""
    begin = model.expression_argument[e]
    count = model.expression_argument[e + 1] - begin
    place = model.expression_operation[e] + n
    kind = model.operation_kind[place]
    left = model.operation_left[place]
    right = model.operation_right[place]
    if kind == CONSTANT:
        work.operation_value[n] = model.operation_number[place]
        fill(work.operation_slope[n * count :], 0.0, count)
        fill(work.operation_curvature[n * count * count :], 0.0, count * count)
    elif kind == ARGUMENT:
        work.operation_value[n] = parameters[model.argument_parameter[begin + left]]
        fill(work.operation_slope[n * count :], 0.0, count)
        fill(work.operation_curvature[n * count * count :], 0.0, count * count)
        work.operation_slope[n * count + left] = 1.0
    elif kind == SUM:
        work.operation_value[n] = work.operation_value[left] + work.operation_value[right]
        combine(work, count, n, left, right, 1.0, 1.0, 0.0)
    elif kind == PRODUCT:
        a = work.operation_value[left]
        b = work.operation_value[right]
        work.operation_value[n] = a * b
        combine(work, count, n, left, right, b, a, 1.0)
    elif kind == ABSOLUTE:
        a = work.operation_value[left]
        work.operation_value[n] = abs(a)
        # At the kink, the mean of both sides.
        side = 0.0
        if a != 0.0:
            side = 1.0 if a > 0.0 else -1.0
        combine(work, count, n, left, left, side, 0.0, 0.0)
    else:
        base = work.operation_value[left]
        power = float(right)
        work.operation_value[n] = whole_power(base, right)
        # Of itself, half of the second derivative on each side.
        slope = power * whole_power(base, right - 1)
        second = power * (power - 1.0) * whole_power(base, right - 2)
        combine(work, count, n, left, left, slope, 0.0, 0.5 * second)


def combine(
    work: Work, count: int, n: int, left: int, right: int, a: float, b: float, both: float
) -> None:
    """Derivatives of a function of two operations, from its own: by the first one, by the second
    one, and by both.
    """
    slope = work.operation_slope[n * count :]
    first = work.operation_slope[left * count :]
    second = work.operation_slope[right * count :]
    curvature = work.operation_curvature[n * count * count :]
    for i in range(count):
        slope[i] = a * first[i] + b * second[i]
        for j in range(count):
            curvature[i * count + j] = (
                a * work.operation_curvature[(left * count + i) * count + j]
                + b * work.operation_curvature[(right * count + i) * count + j]
                + both * (first[i] * second[j] + first[j] * second[i])
            )


def whole_power(base: float, exponent: int) -> float:
    """Power by multiplication."""
    result = 1.0
    for _ in range(max(exponent, -exponent)):
        result = result * base
    if exponent < 0:
        result = 1.0 / result
    return result


def expression_product(model: Model, work: Work, group: int) -> float:
    """Product of the expressions of a group."""
    product = 1.0
    for x in range(model.group_expression[group], model.group_expression[group + 1]):
        product = product * work.expression_value[model.acting_expression[x]]
    return product


def differentiate_expressions(
    model: Model, work: Work, group: int, columns: int, cells: Reals, count: int, turned: Reals
) -> None:
    """Add the derivatives of a group by the arguments of its expressions.

    Args:
        model: the model.
        work: after `set_expressions`.
        group: number of the group.
        columns: first place in ``argument_column`` of its channel.
        cells: of the group.
        count: of them.
        turned: derivatives of the channel, by columns.
    """
    for x in range(model.group_expression[group], model.group_expression[group + 1]):
        e = model.acting_expression[x]
        for a in range(model.expression_argument[e], model.expression_argument[e + 1]):
            target = model.argument_column[columns + a]
            add_scaled(turned[target * count :], work.expression_slope[a], cells, count)


def curve_expressions(
    model: Model, work: Work, group: int, columns: int, total: float, width: int
) -> None:
    """Add Σ slope x second derivatives of a group by the arguments of its expressions: of each one,
    of pairs of them, and with uniform factors and shifts.

    Args:
        model: the model.
        work: with ``line`` and ``other_line`` of the group.
        group: number of the group.
        columns: first place in ``argument_column`` of its channel.
        total: Σ slope x cells.
        width: columns of its channel.
    """
    end = model.group_expression[group + 1]
    for x in range(model.group_expression[group], end):
        e = model.acting_expression[x]
        begin = model.expression_argument[e]
        count = model.expression_argument[e + 1] - begin
        for i in range(count):
            target = model.argument_column[columns + begin + i]
            slope = work.expression_slope[begin + i]
            for j in range(i, count):
                other = model.argument_column[columns + begin + j]
                curvature = work.expression_curvature[model.expression_pair[e] + i * count + j]
                add_local(work, width, target, other, total * curvature)
            for j in range(width):
                product = slope * (total * work.line[j] + work.other_line[j])
                if product != 0.0:
                    add_local_pair(work, width, target, j, product)
            for y in range(x + 1, end):
                f = model.acting_expression[y]
                for b in range(model.expression_argument[f], model.expression_argument[f + 1]):
                    other = model.argument_column[columns + b]
                    product = total * slope * work.expression_slope[b]
                    add_local_pair(work, width, target, other, product)


def add_local(work: Work, width: int, target: int, other: int, value: float) -> None:
    """Add to the upper triangle of the matrix of a channel."""
    if target < other:
        work.local[target * width + other] += value
    else:
        work.local[other * width + target] += value


def add_local_pair(work: Work, width: int, target: int, other: int, value: float) -> None:
    """Add the derivatives of two different factors: of one parameter twice."""
    if target == other:
        add_local(work, width, target, other, 2.0 * value)
    else:
        add_local(work, width, target, other, value)
