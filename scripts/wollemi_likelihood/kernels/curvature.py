"""Kernels for the second derivatives of a likelihood.

Private parameters have a diagonal matrix and are eliminated with it. The Schur complement, a matrix
of the shared parameters, remains. In the Fisher information it is a sum over bins, as the
information is, with smaller weights.

The exact second derivatives add Σ slope x second derivatives of the expected events. With L the
derivatives of ln(factors) and D the derivatives of the shifted nominal, a cell adds ``cells L Lᵀ +
factors (D Lᵀ + L Dᵀ)``. Apart from factors of single cells, L is the same in all cells of a group:
the sum over cells is taken first, and a group adds one product.
"""

from wollemi_likelihood.compiler.types import Reals
from wollemi_likelihood.kernels.algebra import add_products, dot, fill
from wollemi_likelihood.kernels.factor_kernels import curve_expressions, curve_spreads
from wollemi_likelihood.kernels.records import Model, Work


def assemble(model: Model, work: Work, exact: bool, eliminate: bool) -> bool:
    """Compute second derivatives by shared parameters, with free private parameters eliminated.

    Args:
        model: Flattened model.
        work: Work space after `differentiate`.
        exact: Whether to use exact second derivatives instead of the Fisher information.
        eliminate: Whether to eliminate private parameters, or only to compute their coupling.

    Returns:
        False if a free private parameter has a negative second derivative.
    """
    size = model.shared
    fill(work.matrix, 0.0, size * size)
    fill(work.diagonal, 0.0, size)
    for b in range(model.bins):
        p = model.private_parameter[b]
        constraint = work.constraint_weight[p] if p >= 0 else 0.0
        work.own_information[b] = work.weight[b] * work.own[b] * work.own[b] + constraint
    for channel in range(model.channels):
        if not assemble_channel(model, work, channel, exact, eliminate):
            return False
    for i in range(size):
        constraint = work.constraint_weight[model.shared_parameter[i]]
        work.matrix[i * size + i] += constraint
        work.diagonal[i] += constraint
    for k in range(model.penalties):
        add_penalty(model, work, k, size)
    return True


def add_penalty(model: Model, work: Work, k: int, size: int) -> None:
    """Add the second derivatives of a penalty to the upper triangle."""
    for i in range(model.penalty_begin[k], model.penalty_begin[k + 1]):
        first = model.penalty_shared[i]
        for j in range(model.penalty_begin[k], model.penalty_begin[k + 1]):
            second = model.penalty_shared[j]
            product = model.penalty_coefficient[i] * model.penalty_coefficient[j]
            if first <= second:
                work.matrix[first * size + second] += product
            if first == second:
                work.diagonal[first] += product


def assemble_channel(model: Model, work: Work, channel: int, exact: bool, eliminate: bool) -> bool:
    """Add the second derivatives of a channel."""
    size = model.shared
    columns = model.columns[model.channel_column[channel] :]
    width = model.channel_column[channel + 1] - model.channel_column[channel]
    first = model.channel_bin[channel]
    count = model.channel_bin[channel + 1] - first
    rows = model.channel_matrix[channel]
    jacobian = work.jacobian[rows:]
    coupling = work.coupling[rows:]
    local = work.local
    fill(local, 0.0, width * width)
    for b in range(count):
        factor = work.weight[first + b] * work.own[first + b]
        for j in range(width):
            coupling[b * width + j] = factor * jacobian[b * width + j]
    if exact:
        curve_channel(model, work, channel)
    for j in range(width):
        work.diagonal[columns[j]] += local[j * width + j]
    for b in range(count):
        weight = work.weight[first + b]
        source = jacobian[b * width :]
        for j in range(width):
            work.diagonal[columns[j]] += weight * source[j] * source[j]
        if eliminate and not exact and private_is_free(model, work, first + b):
            p = model.private_parameter[first + b]
            weight = weight * work.constraint_weight[p] / work.own_information[first + b]
        row = work.scaled[b * width :]
        for j in range(width):
            row[j] = weight * source[j]
    add_products(local, width, work.scaled, width, jacobian, width, width, width, count, 1.0)
    if eliminate and exact:
        if not eliminate_exactly(model, work, first, count, width, coupling):
            return False
        add_products(local, width, work.scaled, width, coupling, width, width, width, count, -1.0)
    for i in range(width):
        row = work.matrix[columns[i] * size :]
        source = local[i * width :]
        for j in range(i, width):
            row[columns[j]] += source[j]
    return True


def private_is_free(model: Model, work: Work, b: int) -> bool:
    """Whether a bin has a private parameter that moves and has information."""
    p = model.private_parameter[b]
    free = False
    if p >= 0:
        free = work.free[p] > 0 and work.own_information[b] > 0.0
    return free


def eliminate_exactly(
    model: Model, work: Work, first: int, count: int, width: int, coupling: Reals
) -> bool:
    """Divide the coupling of each bin by the second derivative of its private parameter."""
    for b in range(count):
        row = work.scaled[b * width :]
        scale = 0.0
        if private_is_free(model, work, first + b):
            scale = 1.0 / work.own_information[first + b]
        elif work.own_information[first + b] < 0.0:
            p = model.private_parameter[first + b]
            if p >= 0 and work.free[p] > 0:
                return False
        for j in range(width):
            row[j] = scale * coupling[b * width + j]
    return True


def curve_channel(model: Model, work: Work, channel: int) -> None:
    """Add Σ slope x second derivatives of the bins of a channel."""
    first = model.channel_bin[channel]
    count = model.channel_bin[channel + 1] - first
    width = model.channel_column[channel + 1] - model.channel_column[channel]
    coupling = work.coupling[model.channel_matrix[channel] :]
    for group in range(model.channel_group[channel], model.channel_group[channel + 1]):
        curve_group(model, work, channel, group, first, count, width, coupling)
    curve_spreads(model, work, channel, width, coupling)


def curve_group(
    model: Model,
    work: Work,
    channel: int,
    group: int,
    first: int,
    count: int,
    width: int,
    coupling: Reals,
) -> None:
    """Add the second derivatives of a group: uniform factors with each other and with shifts, then
    expressions and factors of cells.
    """
    cell = model.group_cell[group]
    cells = work.cells[cell:]
    factors = work.factors[cell:]
    slope = work.slope[first:]
    total = dot(slope, cells, count)
    logs = work.line
    shifts = work.other_line
    fill(logs, 0.0, width)
    fill(shifts, 0.0, width)
    for f in range(model.group_factor[group], model.group_factor[group + 1]):
        value = model.factor_value[f]
        target = model.factor_target[f]
        logs[target] = work.log_slope[value]
        work.local[target * width + target] += total * work.curvature[value]
    for s in range(model.group_shift[group], model.group_shift[group + 1]):
        target = model.shift_target[s]
        shifts[target] = shift_slope(model, work, s, slope, factors, count)
        curvature = shift_curvature(model, work, s, slope, factors, count)
        work.local[target * width + target] += curvature
    for i in range(width):
        if logs[i] != 0.0 or shifts[i] != 0.0:
            row = work.local[i * width :]
            factor = total * logs[i] + shifts[i]
            row[i] += 2.0 * logs[i] * shifts[i]
            for j in range(i + 1, width):
                row[j] += factor * logs[j] + logs[i] * shifts[j]
    places = channel * model.expression_argument[model.expressions]
    curve_expressions(model, work, group, places, total, width)
    for r in range(model.group_row[group], model.group_row[group + 1]):
        couple_row(model, work, group, r, first, count, width, coupling)
        couple_expressions(model, work, group, r, first, places, width, coupling)


def shift_curvature(
    model: Model, work: Work, s: int, slope: Reals, factors: Reals, count: int
) -> float:
    """Σ slope x factors x second derivative of the shifted nominal."""
    template = model.templates[model.shift_template[s] :]
    total = 0.0
    for b in range(count):
        total += slope[b] * factors[b] * (template[count + b] - template[b])
    return float(total * work.up_curvature[model.shift_parameter[s]])


def shift_slope(
    model: Model, work: Work, s: int, slope: Reals, factors: Reals, count: int
) -> float:
    """Σ slope x factors x derivative of the shifted nominal."""
    a = model.shift_parameter[s]
    template = model.templates[model.shift_template[s] :]
    total = 0.0
    for b in range(count):
        shifted = work.down_slope[a] * template[b] + work.up_slope[a] * template[count + b]
        total += slope[b] * factors[b] * shifted
    return total


def cell_shift_slope(model: Model, work: Work, s: int, b: int, count: int) -> float:
    """Derivative of the shifted nominal in a cell."""
    a = model.shift_parameter[s]
    template = model.templates[model.shift_template[s] :]
    return float(work.down_slope[a] * template[b] + work.up_slope[a] * template[count + b])


def couple_row(
    model: Model,
    work: Work,
    group: int,
    r: int,
    first: int,
    count: int,
    width: int,
    coupling: Reals,
) -> None:
    """Add the second derivatives of a factor of a cell: with itself, uniform factors, shifts, and
    later factors of the same cell.
    """
    b = model.row_bin[r]
    place = model.group_cell[group] + b
    value = model.row_value[r]
    target = model.row_target[r]
    weight = work.slope[first + b] * work.cells[place]
    add_second(work, first + b, b, width, coupling, target, target, weight * work.curvature[value])
    weight = weight * work.log_slope[value]
    for f in range(model.group_factor[group], model.group_factor[group + 1]):
        product = weight * work.log_slope[model.factor_value[f]]
        add_second(work, first + b, b, width, coupling, target, model.factor_target[f], product)
    for other in range(r + 1, model.group_row[group + 1]):
        if model.row_bin[other] != b:
            break
        product = weight * work.log_slope[model.row_value[other]]
        add_second(work, first + b, b, width, coupling, target, model.row_target[other], product)
    weight = work.slope[first + b] * work.factors[place] * work.log_slope[value]
    for s in range(model.group_shift[group], model.group_shift[group + 1]):
        product = weight * cell_shift_slope(model, work, s, b, count)
        if model.shift_target[s] == target:
            product = 2.0 * product
        add_second(work, first + b, b, width, coupling, target, model.shift_target[s], product)


def couple_expressions(
    model: Model,
    work: Work,
    group: int,
    r: int,
    first: int,
    columns: int,
    width: int,
    coupling: Reals,
) -> None:
    """Add the second derivatives of a cell's factor with the expressions of its group."""
    b = model.row_bin[r]
    cell = work.cells[model.group_cell[group] + b]
    weight = work.slope[first + b] * cell * work.log_slope[model.row_value[r]]
    for x in range(model.group_expression[group], model.group_expression[group + 1]):
        e = model.acting_expression[x]
        for a in range(model.expression_argument[e], model.expression_argument[e + 1]):
            target = model.argument_column[columns + a]
            product = weight * work.expression_slope[a]
            add_second(work, first + b, b, width, coupling, model.row_target[r], target, product)


def add_second(
    work: Work,
    place: int,
    b: int,
    width: int,
    coupling: Reals,
    target: int,
    other: int,
    value: float,
) -> None:
    """Add a second derivative by two targets to a bin."""
    if target < 0 and other < 0:
        work.own_information[place] += value
    elif target < 0 or other < 0:
        coupling[b * width + max(target, other)] += value
    else:
        work.local[min(target, other) * width + max(target, other)] += value
