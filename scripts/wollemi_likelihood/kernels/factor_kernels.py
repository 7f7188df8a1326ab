"""Kernels for factors that are expressions of parameters, floors of cells, and additive statistical
parameters of bins, with two derivatives.

An expression is a list of operations. Each has a value and all derivatives by the arguments of the
expression, which follow by the rules for sums, products and powers of earlier operations.

A spread is the statistical error of a bin as in Combine (src/CMSHistErrorPropagator.cc,
arXiv:2404.06614, sec. 2.3): with u the product of uniform factors of a group and e the error of its
template, the expectation of the bin grows by x √Σ (u e)², where x is normal.
"""

from math import sqrt

from wollemi_likelihood.compiler.types import Reals
from wollemi_likelihood.expressions.factors import ABSOLUTE, ARGUMENT, CONSTANT, PRODUCT, SUM
from wollemi_likelihood.kernels.algebra import add_scaled, fill
from wollemi_likelihood.kernels.records import Model, Work

# Smaller statistical errors are ignored: they belong to groups without events.
SMALLEST_SPREAD = 1e-100
# Replaces smaller factors, so that derivatives can be divided by them, as in `evaluation`.
SMALLEST_FACTOR = 1e-150


def set_expressions(model: Model, work: Work, parameters: Reals) -> None:
    """Compute values of all expressions, and derivatives relative to the values."""
    for e in range(model.expressions):
        first = model.expression_operation[e]
        last = model.expression_operation[e + 1] - first - 1
        work.expression_value[e] = 1.0
        if last >= 0:  # otherwise the normalization of a group, set with its cells
            set_expression(model, work, e, last, parameters)


def set_expression(model: Model, work: Work, e: int, last: int, parameters: Reals) -> None:
    """Compute the value and derivatives of an expression; the last operation is its value."""
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
    """Compute the value and derivatives of one operation."""
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
        # At the kink, use the mean of both sides.
        side = 0.0
        if a != 0.0:
            side = 1.0 if a > 0.0 else -1.0
        combine(work, count, n, left, left, side, 0.0, 0.0)
    else:
        base = work.operation_value[left]
        power = float(right)
        work.operation_value[n] = whole_power(base, right)
        # Both operands are the base: half of the second derivative for each.
        slope = power * whole_power(base, right - 1)
        second = power * (power - 1.0) * whole_power(base, right - 2)
        combine(work, count, n, left, left, slope, 0.0, 0.5 * second)


def combine(
    work: Work, count: int, n: int, left: int, right: int, a: float, b: float, both: float
) -> None:
    """Compute derivatives of a function of two operations from its derivatives `a` by the first,
    `b` by the second, and `both`.
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
    """Raise to an integer power by multiplication."""
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
        model: Flattened model.
        work: Work space after `set_expressions`.
        group: Index of the group.
        columns: Position of the channel's first element in ``argument_column``.
        cells: Expected events of the group's cells.
        count: Number of cells.
        turned: Derivatives of the channel, by columns.
    """
    for x in range(model.group_expression[group], model.group_expression[group + 1]):
        e = model.acting_expression[x]
        for a in range(model.expression_argument[e], model.expression_argument[e + 1]):
            target = model.argument_column[columns + a]
            add_scaled(turned[target * count :], work.expression_slope[a], cells, count)


def curve_expressions(
    model: Model, work: Work, group: int, columns: int, total: float, width: int
) -> None:
    """Add Σ slope x second derivatives of a group by the arguments of its expressions: each one,
    pairs of them, and pairs with uniform factors and shifts.

    Args:
        model: Flattened model.
        work: Work space with ``line`` and ``other_line`` of the group.
        group: Index of the group.
        columns: Position of the channel's first element in ``argument_column``.
        total: Sum Σ slope x cells.
        width: Number of columns of the channel.
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
    """Add to the upper triangle of a channel's matrix."""
    if target < other:
        work.local[target * width + other] += value
    else:
        work.local[other * width + target] += value


def add_local_pair(work: Work, width: int, target: int, other: int, value: float) -> None:
    """Add the product of two factors' derivatives, twice if they have the same parameter."""
    if target == other:
        add_local(work, width, target, other, 2.0 * value)
    else:
        add_local(work, width, target, other, value)


def crop_group(model: Model, work: Work, group: int, count: int) -> None:
    """Multiply the cells of a group by their factors. Cells below the floor are moved to it; shifts
    do not change them, so their shift factors are 0.
    """
    cells = work.cells[model.group_cell[group] :]
    factors = work.factors[model.group_cell[group] :]
    floor = model.group_floor[group]
    scale = 1.0
    if model.group_normalizer[group] >= 0:
        scale = normalize(model, work, group, count)
    for b in range(count):
        factor = factors[b] * scale
        if cells[b] < floor:
            cells[b] = floor * factor
            factors[b] = 0.0
        else:
            cells[b] = cells[b] * factor
            factors[b] = factor


def normalize(model: Model, work: Work, group: int, count: int) -> float:
    """Factor that keeps the sum of the cells, with its derivatives by the parameters of shifts; it
    differs from 1 if cells are below their floor.
    """
    cells = work.cells[model.group_cell[group] :]
    floor = model.group_floor[group]
    e = model.group_normalizer[group]
    total = 0.0
    for b in range(count):
        total += max(cells[b], floor)
    slopes = work.expression_slope[model.expression_argument[e] :]
    curvatures = work.expression_curvature[model.expression_pair[e] :]
    first = model.group_shift[group]
    size = model.group_shift[group + 1] - first
    for i in range(size):
        a = model.shift_parameter[first + i]
        template = model.templates[model.shift_template[first + i] :]
        slope = 0.0
        second = 0.0
        for b in range(count):
            if cells[b] >= floor:
                slope += work.down_slope[a] * template[b] + work.up_slope[a] * template[count + b]
                second += template[count + b] - template[b]
        slopes[i] = -slope / total
        curvatures[i * size + i] = 2.0 * slopes[i] * slopes[i]
        curvatures[i * size + i] -= second * work.up_curvature[a] / total
        for j in range(i):
            curvatures[i * size + j] = 2.0 * slopes[i] * slopes[j]
            curvatures[j * size + i] = curvatures[i * size + j]
    return float(model.group_total[group] / total)


def set_spreads(model: Model, work: Work, channel: int, parameters: Reals) -> None:
    """Add the statistical shifts of a channel to the expectations of its bins."""
    expected = work.expected[model.channel_bin[channel] :]
    for q in range(model.channel_spread[channel], model.channel_spread[channel + 1]):
        variance = 0.0
        for m in range(model.spread_member[q], model.spread_member[q + 1]):
            factor = work.product[model.member_group[m]]
            variance += factor * factor * model.member_variance[m]
        pull = (parameters[model.spread_parameter[q]] - 1.0) / model.spread_width[q]
        work.spread_value[q] = sqrt(variance)
        work.spread_pull[q] = pull
        b = model.spread_bin[q]
        expected[b] = expected[b] + pull * work.spread_value[q]


def set_logarithmic_slopes(model: Model, work: Work, channel: int, group: int, line: Reals) -> None:
    """Add the logarithmic derivatives of a group's uniform factors to a row of columns."""
    for f in range(model.group_factor[group], model.group_factor[group + 1]):
        target = model.factor_target[f]
        line[target] = line[target] + work.log_slope[model.factor_value[f]]
    places = channel * model.expression_argument[model.expressions]
    for x in range(model.group_expression[group], model.group_expression[group + 1]):
        e = model.acting_expression[x]
        for a in range(model.expression_argument[e], model.expression_argument[e + 1]):
            target = model.argument_column[places + a]
            line[target] = line[target] + work.expression_slope[a]


def set_spread_slopes(model: Model, work: Work, channel: int, q: int, width: int) -> None:
    """Compute derivatives of a bin's statistical error by columns, as ``other_line``."""
    fill(work.other_line, 0.0, width)
    for m in range(model.spread_member[q], model.spread_member[q + 1]):
        group = model.member_group[m]
        factor = work.product[group]
        share = factor * factor * model.member_variance[m] / work.spread_value[q]
        fill(work.line, 0.0, width)
        set_logarithmic_slopes(model, work, channel, group, work.line)
        for j in range(width):
            work.other_line[j] += share * work.line[j]


def differentiate_spreads(
    model: Model, work: Work, channel: int, count: int, turned: Reals, own: Reals
) -> None:
    """Add the derivatives of the statistical shifts of a channel."""
    width = model.channel_column[channel + 1] - model.channel_column[channel]
    for q in range(model.channel_spread[channel], model.channel_spread[channel + 1]):
        if work.spread_value[q] > SMALLEST_SPREAD:
            b = model.spread_bin[q]
            set_spread_slopes(model, work, channel, q, width)
            for j in range(width):
                turned[j * count + b] += work.spread_pull[q] * work.other_line[j]
            slope = work.spread_value[q] / model.spread_width[q]
            if model.spread_target[q] < 0:
                own[b] += slope
            else:
                turned[model.spread_target[q] * count + b] += slope


def curve_spreads(model: Model, work: Work, channel: int, width: int, coupling: Reals) -> None:
    """Add Σ slope x second derivatives of the statistical shifts of a channel.

    With L and C the first and second derivatives of ln u and w = (u e)², the error s has first
    derivatives ``(Σ w L) / s`` and second derivatives ``(Σ w (2 L Lᵀ + C) - s' s'ᵀ) / s``.
    """
    begin = model.channel_spread[channel]
    end = model.channel_spread[channel + 1]
    if end > begin:
        for group in range(model.channel_group[channel], model.channel_group[channel + 1]):
            work.share[group] = 0.0
    for q in range(begin, end):
        if work.spread_value[q] > SMALLEST_SPREAD:
            b = model.spread_bin[q]
            slope = work.slope[model.channel_bin[channel] + b]
            weight = slope * work.spread_pull[q] / work.spread_value[q]
            for m in range(model.spread_member[q], model.spread_member[q + 1]):
                factor = work.product[model.member_group[m]]
                work.share[model.member_group[m]] += (
                    weight * factor * factor * model.member_variance[m]
                )
            set_spread_slopes(model, work, channel, q, width)
            add_square(work, width, -weight)
            couple_spread(model, work, q, b, width, slope / model.spread_width[q], coupling)
    if end > begin:
        for group in range(model.channel_group[channel], model.channel_group[channel + 1]):
            curve_share(model, work, channel, group, width)


def add_square(work: Work, width: int, weight: float) -> None:
    """Add the products of ``other_line`` with itself to the upper triangle of a channel."""
    for i in range(width):
        factor = weight * work.other_line[i]
        if factor != 0.0:
            row = work.local[i * width :]
            for j in range(i, width):
                row[j] += factor * work.other_line[j]


def couple_spread(
    model: Model, work: Work, q: int, b: int, width: int, scale: float, coupling: Reals
) -> None:
    """Add second derivatives by the parameter of a spread and by columns."""
    target = model.spread_target[q]
    for j in range(width):
        product = scale * work.other_line[j]
        if target < 0:
            coupling[b * width + j] += product
        elif product != 0.0:
            work.local[min(target, j) * width + max(target, j)] += product


def curve_share(model: Model, work: Work, channel: int, group: int, width: int) -> None:
    """Add the second derivatives of a group's errors in all bins of its channel."""
    share = work.share[group]
    if share != 0.0:
        fill(work.other_line, 0.0, width)
        set_logarithmic_slopes(model, work, channel, group, work.other_line)
        add_square(work, width, 2.0 * share)
        for f in range(model.group_factor[group], model.group_factor[group + 1]):
            value = model.factor_value[f]
            target = model.factor_target[f]
            second = work.curvature[value] - work.log_slope[value] * work.log_slope[value]
            work.local[target * width + target] += share * second
        places = channel * model.expression_argument[model.expressions]
        for x in range(model.group_expression[group], model.group_expression[group + 1]):
            e = model.acting_expression[x]
            begin = model.expression_argument[e]
            count = model.expression_argument[e + 1] - begin
            for i in range(count):
                target = model.argument_column[places + begin + i]
                for j in range(i, count):
                    other = model.argument_column[places + begin + j]
                    second = work.expression_curvature[model.expression_pair[e] + i * count + j]
                    second -= work.expression_slope[begin + i] * work.expression_slope[begin + j]
                    place = min(target, other) * width + max(target, other)
                    work.local[place] += share * second
